"""What the pipeline store remembers of a source's health, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.ids import partition_of
from hinomi.store.health_rows import AwakeHour, HealthWork, Power, SeenTry, SourceDay, Volume
from hinomi.store.pipeline import PipelineReader
from hinomi.store.pipeline_rows import DetectWork, SourceStatus
from hinomi.store.pipeline_writer import PipelineWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("engine")
NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
AOI, FUMI = "org_aoi", "org_fumi"
MIN = timedelta(minutes=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pipeline.sqlite"


@pytest.fixture
def writer(path: Path) -> Iterator[PipelineWriter]:
    store = PipelineWriter(path)
    store.claim(owner="me", is_free=lambda *_: False)
    yield store
    store.close()


def commit(writer: PipelineWriter, health: HealthWork, *, company: str = AOI) -> None:
    writer.commit_detect(DetectWork(offsets={partition_of(company): 1}, health=health))


def power(**moments: datetime) -> HealthWork:
    reason = {"off_reason": "off"} if "off_at" in moments else {}
    one = Power(AOI, "src_1", **moments, **reason)  # type: ignore[arg-type]
    return HealthWork(volumes=[Volume(AOI, "src_1", 5, since=NOW)], powers=[one])


def off_at(path: Path, *, now: datetime = NOW) -> datetime | None:
    with PipelineReader(path) as reader:
        return reader.health([AOI], now=now)[AOI, "src_1"].off_at


def test_a_day_of_a_source_adds_up_over_batches(writer: PipelineWriter, path: Path) -> None:
    day = SourceDay(AOI, "src_1", NOW.date(), 0b10, 3, 2, duplicates=1, findings=1, on_time=2)
    commit(writer, HealthWork(days=[day]))
    commit(writer, HealthWork(days=[replace(day, hours=0b100, ahead=1)]))
    with PipelineReader(path) as reader:
        (found,) = reader.source_days([AOI], since=NOW.date(), until=NOW.date())
        assert reader.source_days([FUMI], since=NOW.date(), until=NOW.date()) == []
    assert found == replace(
        day, hours=0b110, records=6, readable=4, duplicates=2, findings=2, on_time=4, ahead=1
    )


def test_a_goodbye_holds_until_something_younger_is_said(
    writer: PipelineWriter, path: Path
) -> None:
    commit(writer, power(on_at=NOW - MIN))
    commit(writer, power(off_at=NOW))
    assert off_at(path) == NOW
    commit(writer, power(on_at=NOW + MIN))  # what a PC still says while it shuts down
    assert off_at(path) == NOW
    commit(writer, power(on_at=NOW + 600 * MIN))
    assert off_at(path, now=NOW + 600 * MIN) is None


def test_yesterdays_goodbye_that_comes_after_the_mornings_records_is_old_news(
    writer: PipelineWriter, path: Path
) -> None:
    commit(writer, power(on_at=NOW))
    commit(writer, power(off_at=NOW - 900 * MIN))
    assert off_at(path) is None


def test_a_clock_that_was_ahead_once_hides_no_goodbye(writer: PipelineWriter, path: Path) -> None:
    commit(writer, power(on_at=NOW + timedelta(days=300)))
    commit(writer, power(off_at=NOW))
    assert off_at(path) == NOW


def test_what_a_source_usually_sends_survives_the_worker(writer: PipelineWriter) -> None:
    volume = Volume(AOI, "src_1", 77, 5, 12.5, 9, "high", NOW, 1)
    commit(writer, HealthWork(volumes=[volume]))
    assert writer.volume_of(AOI, "src_1") == volume
    assert writer.volume_of(FUMI, "src_1") is None


def test_a_try_is_told_to_the_company_that_made_it_only(writer: PipelineWriter, path: Path) -> None:
    seen = SeenTry(AOI, "src_1", "shiken-abcdefgh", "E1", NOW, readable=True)
    later = replace(seen, event_id="E2", receive_time=NOW + MIN)
    commit(writer, HealthWork(tries=[seen, later]))
    with PipelineReader(path) as reader:
        assert reader.tries({"shiken-abcdefgh": AOI}) == [seen]
        assert reader.tries({"shiken-abcdefgh": FUMI}) == []


def test_our_own_waking_minutes_add_up_and_sleep_leaves_a_gap(
    writer: PipelineWriter, path: Path
) -> None:
    hour = NOW.replace(minute=0, second=0)
    writer.note_awake(AwakeHour(hour, 0b01, 0b01))
    writer.note_awake(AwakeHour(hour, 0b00, 0b10))
    with PipelineReader(path) as reader:
        found = reader.awake(since=hour, until=hour + timedelta(hours=3))
    assert found == [AwakeHour(hour, 0b01, 0b11)]


def test_days_that_no_report_needs_are_forgotten(writer: PipelineWriter, path: Path) -> None:
    commit(writer, HealthWork(days=[SourceDay(AOI, "src_1", NOW.date())]))
    assert writer.forget_days(before=NOW.date()) == 0
    assert writer.forget_days(before=NOW.date() + timedelta(days=1)) == 1
    with PipelineReader(path) as reader:
        assert reader.source_days([AOI], since=NOW.date(), until=NOW.date()) == []


def test_every_source_is_read_at_once_without_its_samples(
    writer: PipelineWriter, path: Path
) -> None:
    status = SourceStatus(AOI, "src_1", 2, 2, 0, NOW, NOW, NOW, NOW, "a line of the customer")
    writer.commit_detect(DetectWork(offsets={partition_of(AOI): 1}, sources=[status]))
    with PipelineReader(path) as reader:
        assert reader.last_heard() == {(AOI, "src_1"): replace(status, first_readable="")}

"""What relays hear is kept in a bounded table: merged by time, real devices before passing ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.records import Event
from hinomi.pipeline.lan_devices import lan_device
from hinomi.store.lan_rows import MOST_DEVICES, LanDevice
from hinomi.store.pipeline import PipelineReader
from hinomi.store.pipeline_rows import DetectWork
from hinomi.store.pipeline_writer import PipelineWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("engine")
NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
PC = LanDevice("org_aoi", "src_1", "00142201aa02", {"names": "KEIRI-02"}, NOW, NOW + HOUR)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[PipelineWriter]:
    made = PipelineWriter(tmp_path / "pipeline.sqlite")
    made.claim(owner="test", is_free=lambda *_: True)
    yield made
    made.close()


def kept(tmp_path: Path, organisation: str = "org_aoi") -> list[LanDevice]:
    with PipelineReader(tmp_path / "pipeline.sqlite") as reader:
        return reader.lan_devices(organisation)


def test_the_newest_word_counts_and_the_first_time_stays(
    writer: PipelineWriter, tmp_path: Path
) -> None:
    later = replace(PC, facts={"names": "KEIRI-03"}, last_heard=NOW + 2 * HOUR)
    late = replace(PC, facts={"names": "KEIRI-01"}, first_heard=NOW - HOUR, last_heard=NOW)
    for each in (PC, later, late, replace(PC, organisation="org_fumi")):
        writer.commit_detect(DetectWork({0: 1}, lan=[each]))
    assert kept(tmp_path) == [replace(later, first_heard=NOW - HOUR)]
    assert [each.organisation for each in kept(tmp_path, "org_fumi")] == ["org_fumi"]


def test_a_flood_pushes_nobody_out(writer: PipelineWriter, tmp_path: Path) -> None:
    network = replace(PC, key="", facts={"segments": "192.0.2.0/24"})
    other = replace(PC, organisation="org_fumi")
    faked = [
        LanDevice("org_aoi", "src_1", f"{n:012x}", {}, NOW + 2 * HOUR, NOW + 2 * HOUR)
        for n in range(MOST_DEVICES + 300)
    ]
    writer.commit_detect(DetectWork({0: 1}, lan=[PC, network, other]))
    writer.commit_detect(DetectWork({0: 2}, lan=faked))
    found = kept(tmp_path)
    assert {PC.key, ""} <= {each.key for each in found}
    assert len(found) == MOST_DEVICES + 1
    assert len(kept(tmp_path, "org_fumi")) == 1


def test_what_was_not_heard_for_long_is_gone(writer: PipelineWriter, tmp_path: Path) -> None:
    new = replace(PC, key="new", last_heard=NOW + timedelta(days=100))
    writer.commit_detect(DetectWork({0: 1}, lan=[PC]))
    writer.commit_detect(DetectWork({0: 2}, lan=[new]))
    assert [each.key for each in kept(tmp_path)] == ["new"]


@pytest.mark.parametrize("age", ["", "-5", "x", "9" * 400, "１２", "99999999999"])
def test_an_age_that_is_none_breaks_nothing(age: str) -> None:
    fields = {"event": "found", "key": "k", "known_s": age, "silent_s": age}
    event = Event("e", "org", "src", "discovery", "", NOW, NOW, fields, b"")
    row = lan_device(event)
    assert row is not None
    assert row.first_heard <= row.last_heard <= NOW

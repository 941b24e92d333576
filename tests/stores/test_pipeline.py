"""The pipeline store keeps its promises: one writer per partition, all or nothing, no repeats."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.errors import LeaseLost
from hinomi.core.findings import Evidence, Finding, Why
from hinomi.core.ids import PARTITIONS, partition_of
from hinomi.core.words import ActionLevel, Certainty, Disposition, Level
from hinomi.store.finding_json import decode_finding, encode_finding
from hinomi.store.pipeline import PipelineReader
from hinomi.store.pipeline_rows import (
    DetectWork,
    LakeWork,
    ManifestRow,
    Offsets,
    SeenDevice,
    SetAsideCount,
    SourceStatus,
)
from hinomi.store.pipeline_writer import FINDINGS_PER_HOUR, PipelineWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("engine")
NOW = datetime(2026, 11, 21, 1, 2, 3, 456789, tzinfo=UTC)
AOI = "org_aoi"
FUMI = "org_fumi"
P = partition_of(AOI)


def a_finding(number: int = 1, *, organisation: str = AOI) -> Finding:
    return Finding(
        id=f"{organisation}-{number}",
        organisation=organisation,
        source="src_1",
        rule_id="rule-1",
        rule_title="Encoded PowerShell",
        level=Level.HIGH,
        event_time=NOW,
        receive_time=NOW,
        device="PC-1",
        user="葵",
        case="malware_on_pc",
        disposition=Disposition.SEEN,
        tags=("attack.execution",),
        why=(Why("selection", "Image", "C:\\a.exe", "endswith: \\a.exe"),),
        evidence=(Evidence("E1", NOW, {"Image": "C:\\a.exe"}, b"\x00\xffraw"),),
        slots={"device": "PC-1"},
        late=False,
        rule_pack="abc",
        directory_generation=3,
        certainty=Certainty.STRONG,
        action=ActionLevel.NOW,
        group_by="device",
    )


def a_status(**changes: object) -> SourceStatus:
    plain = SourceStatus(AOI, "src_1", records=2, readable=2, set_aside=0, last_receive=NOW)
    return replace(plain, **changes)  # type: ignore[arg-type]


def a_file(name: str = "2026-11-21/a.parquet", **changes: object) -> ManifestRow:
    row = ManifestRow(name, AOI, "windows", NOW.date(), 5, 900, NOW, NOW, NOW, NOW)
    return replace(row, **changes)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pipeline.sqlite"


@pytest.fixture
def writer(path: Path) -> Iterator[PipelineWriter]:
    made = PipelineWriter(path)
    made.claim(owner="worker-1", is_free=lambda *_: False)
    yield made
    made.close()


@pytest.fixture
def reader(path: Path, writer: PipelineWriter) -> Iterator[PipelineReader]:
    with PipelineReader(path) as made:
        yield made


def commit(writer: PipelineWriter, *findings: Finding, offset: int = 1) -> int:
    partitions = {partition_of(f.organisation) for f in findings} | {P}
    return writer.commit_detect(DetectWork(dict.fromkeys(partitions, offset), findings))


def test_a_finding_survives_json_unchanged() -> None:
    assert decode_finding(encode_finding(a_finding())) == a_finding()


def test_a_lone_worker_claims_every_partition(writer: PipelineWriter) -> None:
    assert set(writer.fences) == set(range(PARTITIONS))
    assert set(writer.offsets()) == set(range(PARTITIONS))


def test_findings_are_numbered_without_gaps_in_their_partition(
    writer: PipelineWriter, reader: PipelineReader
) -> None:
    commit(writer, a_finding(1), a_finding(2))
    commit(writer, a_finding(2), a_finding(3))
    assert [seq for seq, _ in reader.findings_after(P, 0)] == [1, 2, 3]
    assert [f.id for _, f in reader.findings_after(P, 1, limit=1)] == ["org_aoi-2"]
    assert reader.last_seqs()[P] == 3


def test_a_replay_writes_nothing_twice(writer: PipelineWriter, reader: PipelineReader) -> None:
    assert commit(writer, a_finding()) == 1
    assert commit(writer, a_finding()) == 0
    assert len(reader.findings_after(P, 0)) == 1


def test_a_lost_lease_writes_nothing_at_all(
    path: Path, writer: PipelineWriter, reader: PipelineReader
) -> None:
    """The former owner may not even know that it was away too long."""
    second = PipelineWriter(path)
    second.claim(owner="worker-2", is_free=lambda *_: True)
    with pytest.raises(LeaseLost):
        commit(writer, a_finding(), offset=9)
    with pytest.raises(LeaseLost):
        writer.commit_lake(LakeWork({P: 9}, [a_file()]))
    second.close()
    assert reader.findings_after(P, 0) == []
    assert reader.manifest(AOI) == []
    assert reader.offsets()[P] == Offsets(0, 0)


def test_one_lost_partition_of_many_stops_the_whole_commit(
    path: Path, writer: PipelineWriter, reader: PipelineReader
) -> None:
    second = PipelineWriter(path)
    second.claim(owner="worker-2", is_free=lambda partition, *_: partition == partition_of(FUMI))
    with pytest.raises(LeaseLost):
        commit(writer, a_finding(), a_finding(organisation=FUMI))
    second.close()
    assert reader.findings_of(AOI) == []


def test_a_released_lease_is_free_for_the_next_worker(path: Path, writer: PipelineWriter) -> None:
    writer.release()
    second = PipelineWriter(path)
    assert len(second.claim(owner="w2", is_free=lambda _, owner, __: owner == "")) == PARTITIONS
    second.close()


def test_beyond_the_hourly_bound_findings_are_counted_not_written(
    writer: PipelineWriter, reader: PipelineReader
) -> None:
    many = [a_finding(n) for n in range(FINDINGS_PER_HOUR + 7)]
    assert commit(writer, *many) == FINDINGS_PER_HOUR
    assert reader.findings_beyond(AOI) == 7
    later = replace(a_finding(999), event_time=NOW + timedelta(hours=1))
    assert commit(writer, later) == 1
    assert [seq for seq, _ in reader.findings_after(P, 98)] == [99, 100, 101]


def test_what_is_silenced_does_not_use_up_the_bound_of_what_is_told(
    writer: PipelineWriter, reader: PipelineReader
) -> None:
    """Or an attacker would hide behind the noise that somebody was right to except."""
    noise = [replace(a_finding(n), silenced_by="exception:e") for n in range(FINDINGS_PER_HOUR + 7)]
    assert commit(writer, *noise) == FINDINGS_PER_HOUR
    assert commit(writer, a_finding(999)) == 1
    assert reader.findings_beyond(AOI) == 7


def test_source_status_adds_up_and_keeps_the_first_readable_record(
    writer: PipelineWriter, reader: PipelineReader
) -> None:
    first = a_status(first_readable_at=NOW, first_readable="first", last_alive=NOW, last_event=NOW)
    bad = a_status(readable=1, set_aside=1, last_set_aside_at=NOW, last_set_aside_reason="empty")
    second = a_status(first_readable_at=NOW, first_readable="second", last_receive=NOW)
    for status in (first, bad, second):
        writer.commit_detect(DetectWork({P: 1}, sources=[status]))
    found = reader.source_status(AOI)["src_1"]
    assert (found.records, found.readable, found.set_aside) == (6, 5, 1)
    assert found.first_readable == "first"
    assert found.last_alive == NOW
    assert found.last_set_aside_reason == "empty"
    assert reader.source_status(FUMI) == {}


def test_a_clock_that_jumped_back_does_not_freeze_the_last_receive_time(
    writer: PipelineWriter, reader: PipelineReader
) -> None:
    for moment in (NOW + timedelta(days=900), NOW):
        writer.commit_detect(DetectWork({P: 1}, sources=[a_status(last_receive=moment)]))
    assert reader.source_status(AOI)["src_1"].last_receive == NOW


def test_set_aside_records_are_counted_by_source_day_and_reason(
    writer: PipelineWriter, reader: PipelineReader
) -> None:
    count = SetAsideCount(AOI, "src_1", date(2026, 11, 21), "empty", 2)
    for _ in range(2):
        writer.commit_detect(DetectWork({P: 1}, set_aside=[count]))
    assert reader.set_aside_counts(AOI) == [replace(count, records=4)]


def test_a_device_keeps_the_time_it_was_first_seen(
    writer: PipelineWriter, reader: PipelineReader
) -> None:
    later = NOW + timedelta(hours=1)
    for moment in (NOW, later):
        device = SeenDevice(AOI, "PC-1", "src_1", moment, moment)
        writer.commit_detect(DetectWork({P: 1}, devices=[device]))
    assert reader.seen_devices(AOI) == [SeenDevice(AOI, "PC-1", "src_1", NOW, later)]


def test_tries_count_only_at_the_same_place(writer: PipelineWriter) -> None:
    assert writer.note_attempts({P: (1, 10)}) == {P: 1}
    assert writer.note_attempts({P: (1, 12)}) == {P: 2}
    assert writer.note_attempts({P: (5, 12)}) == {P: 1}
    commit(writer)
    assert writer.note_attempts({P: (5, 12)}) == {P: 1}


def test_the_manifest_lists_only_the_asked_company_and_time(
    writer: PipelineWriter, reader: PipelineReader
) -> None:
    old = a_file("old", max_event_time=NOW - timedelta(days=2), min_event_time=NOW - timedelta(2))
    writer.commit_lake(LakeWork({P: 4}, [a_file(), old, a_file("f", organisation=FUMI)]))
    assert [row.file for row in reader.manifest(AOI)] == ["2026-11-21/a.parquet", "old"]
    assert [row.file for row in reader.manifest(AOI, until=NOW)] == ["old"]
    assert [r.file for r in reader.manifest(AOI, since=NOW)] == ["2026-11-21/a.parquet"]
    assert reader.offsets()[P] == Offsets(0, 4)


def test_a_damaged_file_is_named_and_no_longer_read(
    writer: PipelineWriter, reader: PipelineReader
) -> None:
    writer.commit_lake(LakeWork({P: 4}, [a_file()]))
    writer.mark_damaged(["2026-11-21/a.parquet"])
    assert reader.manifest(AOI) == []
    assert reader.damaged_files() == ["2026-11-21/a.parquet"]

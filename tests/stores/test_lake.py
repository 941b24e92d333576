"""The lake answers for one company only, from any process, and survives torn files."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.ids import PARTITIONS
from hinomi.core.records import Event, SetAside
from hinomi.core.words import SetAsideReason
from hinomi.store.lake import Lake, LakeTooSlow, Position, Query
from hinomi.store.lake_sweep import (
    delete_files,
    expired_files,
    quarantine_torn,
    sweep_unlisted,
)
from hinomi.store.lake_writer import LakeBuffer, write_bundle
from hinomi.store.pipeline import PipelineReader
from hinomi.store.pipeline_writer import PipelineWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 21, 1, 2, 3, 456789, tzinfo=UTC)
AOI = "org_aoi"
FUMI = "org_fumi"
DECLARED = {"windows": ("Image", "CommandLine"), "fortigate": ("srcip", "image")}


def an_event(
    number: int, *, organisation: str = AOI, shape: str = "windows", **fields: str
) -> Event:
    moment = NOW + timedelta(seconds=number)
    return Event(
        event_id=f"E{number:025d}",
        organisation=organisation,
        source="src_1",
        shape=shape,
        device="PC-1",
        event_time=moment,
        receive_time=moment,
        fields=fields,
        raw=b"\x83\x65\xff",
    )


def list_files(data: Path, *records: Event | SetAside) -> list[str]:
    """What the worker does with one bundle."""
    buffer = LakeBuffer(declared=lambda shape: DECLARED.get(shape, ()))
    buffer.add(records, offsets={0: 1}, monotonic=0)
    work = write_bundle(buffer.take(), folder=data / "lake", now=NOW)
    store = PipelineWriter(data / "pipeline.sqlite")
    assert len(store.claim(owner="w", is_free=lambda *_: True)) == PARTITIONS
    store.commit_lake(work)
    store.close()
    return sorted({row.file for row in work.files})


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    made = Lake(tmp_path / "lake")
    yield made
    made.close()


def ask(lake: Lake, data: Path, query: Query) -> list[str]:
    with PipelineReader(data / "pipeline.sqlite") as manifest:
        return [record.event_id[-2:] for record in lake.records(query, manifest=manifest)]


def test_records_come_back_newest_first_and_as_they_were(tmp_path: Path, lake: Lake) -> None:
    events = [
        an_event(1, Image="a", Other="日本"),
        an_event(2, shape="fortigate", image="lower", srcip="192.0.2.1"),
        an_event(3, IMAGE="c"),
    ]
    note = SetAside("E" + "0" * 23 + "04", AOI, "src_1", NOW, SetAsideReason.EMPTY, "no", b"")
    list_files(tmp_path, *events, note)
    with PipelineReader(tmp_path / "pipeline.sqlite") as manifest:
        found = lake.records(Query(AOI), manifest=manifest)
        one = lake.record(AOI, events[1].event_id, manifest=manifest)
        assert lake.count(AOI, manifest=manifest) == 4
    assert found == [events[2], events[1], events[0], note]
    assert one == events[1]


def test_another_company_is_never_in_the_answer(tmp_path: Path, lake: Lake) -> None:
    list_files(tmp_path, an_event(1), an_event(2, organisation=FUMI))
    assert ask(lake, tmp_path, Query(AOI)) == ["01"]
    with PipelineReader(tmp_path / "pipeline.sqlite") as manifest:
        assert lake.record(AOI, an_event(2).event_id, manifest=manifest) is None
        assert lake.record(FUMI, an_event(2).event_id, manifest=manifest) is not None


def test_pages_follow_each_other_without_gap_or_repeat(tmp_path: Path, lake: Lake) -> None:
    same_time = [replace(an_event(n), event_time=NOW) for n in range(1, 8)]
    list_files(tmp_path, *same_time[:3])
    list_files(tmp_path, *same_time[3:])
    first = ask(lake, tmp_path, Query(AOI, limit=4))
    after = Position(NOW, same_time[3].event_id)
    second = ask(lake, tmp_path, Query(AOI, limit=4, after=after))
    assert first + second == ["07", "06", "05", "04", "03", "02", "01"]


def test_many_files_are_read_until_the_page_is_full(
    tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hinomi.store.lake._FILES_PER_QUERY", 2)
    for number in range(6):
        list_files(tmp_path, an_event(number))
    asked: list[int] = []
    run = lake._run
    monkeypatch.setattr(lake, "_run", lambda s, f, *v: (asked.append(len(f)), run(s, f, *v))[1])
    assert ask(lake, tmp_path, Query(AOI, limit=2)) == ["05", "04"]
    assert asked[0] == 2
    assert sum(asked) <= 4
    assert ask(lake, tmp_path, Query(AOI, limit=9)) == ["05", "04", "03", "02", "01", "00"]


@pytest.mark.parametrize(
    ("search", "hits"),
    [("POWERSHELL", ["01"]), ("遮断", ["02"]), ("192.0.2", ["02"]), ("%", []), ("' or 1=1", [])],
)
def test_search_looks_at_every_native_value_ignoring_case(
    tmp_path: Path, lake: Lake, search: str, hits: list[str]
) -> None:
    list_files(
        tmp_path,
        an_event(1, Image="C:\\PowerShell.exe"),
        an_event(2, shape="fortigate", srcip="192.0.2.1", msg="通信を遮断しました"),
    )
    assert ask(lake, tmp_path, Query(AOI, search=search)) == hits


def test_time_and_source_narrow_the_answer(tmp_path: Path, lake: Lake) -> None:
    list_files(tmp_path, an_event(1), an_event(2), replace(an_event(3), source="src_2"))
    since = NOW + timedelta(seconds=2)
    assert ask(lake, tmp_path, Query(AOI, since=since)) == ["03", "02"]
    assert ask(lake, tmp_path, Query(AOI, until=since)) == ["01"]
    assert ask(lake, tmp_path, Query(AOI, source="src_2")) == ["03"]


def test_receive_days_past_retention_are_not_shown(tmp_path: Path, lake: Lake) -> None:
    old = replace(an_event(1), receive_time=NOW - timedelta(days=91))
    list_files(tmp_path, old, an_event(2))
    horizon = (NOW - timedelta(days=90)).date()
    assert ask(lake, tmp_path, Query(AOI, received_from=horizon)) == ["02"]


def test_a_torn_file_is_left_out_and_the_rest_is_answered(
    tmp_path: Path, lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    (torn,) = list_files(tmp_path, an_event(1))
    list_files(tmp_path, an_event(2))
    path = tmp_path / "lake" / torn
    path.write_bytes(path.read_bytes()[:-20])
    assert ask(lake, tmp_path, Query(AOI)) == ["02"]
    assert lake.torn == {torn}
    assert torn in caplog.text


def test_damaged_pages_inside_a_file_are_noticed_too(tmp_path: Path, lake: Lake) -> None:
    (torn,) = list_files(tmp_path, *(an_event(n, Image=f"{n}" * 30) for n in range(9)))
    list_files(tmp_path, an_event(20))
    path = tmp_path / "lake" / torn
    body = bytearray(path.read_bytes())
    body[4:400] = b"\xff" * 396
    path.write_bytes(bytes(body))
    assert ask(lake, tmp_path, Query(AOI)) == ["20"]


def test_a_slow_search_is_stopped_with_a_sentence(tmp_path: Path) -> None:
    list_files(tmp_path, *(an_event(n, Image="x" * 200) for n in range(20_000)))
    impatient = Lake(tmp_path / "lake", time_limit_s=0.001)
    slow = Query(AOI, search="y" * 50)
    with pytest.raises(LakeTooSlow, match="was stopped"):
        [ask(impatient, tmp_path, slow) for _ in range(50)]
    impatient.close()


def test_the_worker_quarantines_a_torn_file_and_keeps_the_proof(tmp_path: Path) -> None:
    (torn,) = list_files(tmp_path, an_event(1))
    (tmp_path / "lake" / torn).write_bytes(b"PAR1")
    store = PipelineWriter(tmp_path / "pipeline.sqlite")
    store.claim(owner="w", is_free=lambda *_: True)
    assert quarantine_torn(tmp_path / "lake", store=store, files=[torn]) == [torn]
    store.close()
    with PipelineReader(tmp_path / "pipeline.sqlite") as reader:
        assert reader.damaged_files() == [torn]
        assert reader.manifest(AOI) == []
    assert len(list((tmp_path / "lake" / "quarantine").iterdir())) == 1


def test_unlisted_files_are_swept_only_after_an_hour(tmp_path: Path) -> None:
    (listed,) = list_files(tmp_path, an_event(1))
    stray = tmp_path / "lake" / "2026-11-21" / "windows-X.parquet"
    stray.write_bytes(b"x")
    written = stray.stat().st_mtime
    for age, gone in ((3599, []), (3601, ["2026-11-21/windows-X.parquet"])):
        swept = sweep_unlisted(tmp_path / "lake", listed={listed}, machine_time=written + age)
        assert swept == gone
    assert (tmp_path / "lake" / listed).exists()


def test_a_file_goes_when_all_its_companies_are_past_retention(tmp_path: Path) -> None:
    list_files(tmp_path, an_event(1), an_event(2, organisation=FUMI))
    with PipelineReader(tmp_path / "pipeline.sqlite") as reader:
        rows = list(reader.all_files())
    days = {AOI: 30, FUMI: 400}
    today = NOW.date()
    assert expired_files(rows, retention_days=days, today=today + timedelta(days=31)) == []
    gone = expired_files(rows, retention_days=days, today=today + timedelta(days=401))
    assert gone == [rows[0].file]
    store = PipelineWriter(tmp_path / "pipeline.sqlite")
    store.claim(owner="w", is_free=lambda *_: True)
    delete_files(tmp_path / "lake", store=store, files=gone)
    store.close()
    assert not (tmp_path / "lake" / gone[0]).exists()


def test_another_process_reads_while_the_worker_writes(tmp_path: Path) -> None:
    """A DuckDB database file could not do this; Parquet files and a manifest can."""
    list_files(tmp_path, an_event(0))
    code = (
        "import sys, pathlib\n"
        "from hinomi.store.lake import Lake, Query\n"
        "from hinomi.store.pipeline import PipelineReader\n"
        "data = pathlib.Path(sys.argv[1])\n"
        "lake, seen = Lake(data / 'lake'), 0\n"
        "while seen < 10:\n"
        "    with PipelineReader(data / 'pipeline.sqlite') as manifest:\n"
        "        now = len(lake.records(Query('org_aoi'), manifest=manifest))\n"
        "    assert now >= seen, (now, seen)\n"
        "    seen = now\n"
        "assert not lake.torn\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) as other:
        for number in range(1, 10):
            list_files(tmp_path, an_event(number))
        assert other.wait(30) == 0

"""Records become columns and come back as they were."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.columns.batch import column_names, record_of, to_table
from hinomi.columns.parquet import is_whole, read_parquet, write_parquet
from hinomi.core.errors import StoreDamaged
from hinomi.core.records import Event, SetAside
from hinomi.core.words import Disposition, SetAsideReason, TimeNote

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 21, 1, 2, 3, 456789, tzinfo=UTC)


def event(number: int = 1, *, organisation: str = "org_aoi", **fields: str) -> Event:
    return Event(
        event_id=f"E{number:025d}",
        organisation=organisation,
        source="src_1",
        shape="fortigate",
        device="FGT-1",
        event_time=NOW,
        receive_time=NOW,
        fields=fields,
        raw=b"srcip=1 \x00\xff",
        time_note=TimeNote.NO_ZONE,
        user="aoi",
        disposition=Disposition.STOPPED,
    )


def test_records_come_back_from_a_file_as_they_were(tmp_path: Path) -> None:
    events = [event(1, srcip="192.0.2.1", msg="遮断しました"), event(2, organisation="org_fumi")]
    write_parquet(
        [to_table(events, declared=("srcip",), shape="fortigate")], tmp_path / "a.parquet"
    )
    assert read_parquet(tmp_path / "a.parquet") == events


def test_a_set_aside_record_keeps_its_reason_its_sentence_and_its_bytes(tmp_path: Path) -> None:
    record = SetAside("E1", "org_aoi", "src_1", NOW, SetAsideReason.NOT_JSON, "line 1", b"{\xff")
    write_parquet([to_table([record], declared=(), shape="set_aside")], tmp_path / "s.parquet")
    assert read_parquet(tmp_path / "s.parquet") == [record]


def test_a_name_from_the_wire_never_becomes_a_column() -> None:
    """Else anybody who sends a log line could widen or break every file."""
    table = to_table([event(a="1", _organisation="org_fumi")], declared=("srcip",), shape="x")
    assert {name for name in table.schema.names if not name.startswith("_")} == {"srcip"}
    back = record_of(table.to_pylist()[0], shape="x")
    assert back.organisation == "org_aoi"
    assert back.fields == {"a": "1", "_organisation": "org_fumi"}


def test_declared_names_are_unique_when_case_is_ignored() -> None:
    assert column_names(("srcip", "SrcIP", "_raw", "", "msg")) == ("srcip", "msg")


def test_a_field_that_differs_only_in_case_travels_in_the_rest() -> None:
    table = to_table([event(srcip="1", SRCIP="2")], declared=("srcip",), shape="x")
    assert record_of(table.to_pylist()[0], shape="x").fields == {"srcip": "1", "SRCIP": "2"}


def test_a_file_is_sorted_by_organisation_then_time(tmp_path: Path) -> None:
    events = [event(3), event(1, organisation="org_fumi"), event(2)]
    write_parquet([to_table(events, declared=(), shape="x")], tmp_path / "a.parquet")
    read = read_parquet(tmp_path / "a.parquet")
    assert [(e.organisation, e.event_id[-1]) for e in read] == [
        ("org_aoi", "2"),
        ("org_aoi", "3"),
        ("org_fumi", "1"),
    ]


def test_a_torn_file_is_named_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_parquet([to_table([event()], declared=(), shape="x")], path)
    assert is_whole(path)
    path.write_bytes(path.read_bytes()[:-10])
    assert not is_whole(path)
    with pytest.raises(StoreDamaged, match=r"a\.parquet"):
        read_parquet(path)


def test_no_half_written_name_stays_behind(tmp_path: Path) -> None:
    write_parquet([to_table([event()], declared=(), shape="x")], tmp_path / "d" / "a.parquet")
    assert [p.name for p in (tmp_path / "d").iterdir()] == ["a.parquet"]

"""A row group answers questions about fields as the records themselves would."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.columns.batch import to_table
from hinomi.columns.groups import Extent, read_groups
from hinomi.columns.parquet import write_parquet
from hinomi.core.errors import StoreDamaged
from hinomi.core.records import Event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hinomi.columns.groups import Group

NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
AOI = Extent(frozenset({"org_aoi"}))


def event(number: int, *, organisation: str = "org_aoi", **fields: str) -> Event:
    moment = NOW + timedelta(seconds=number)
    return Event(
        event_id=f"E{number:025d}",
        organisation=organisation,
        source="src_1",
        shape="windows",
        device="PC-1",
        event_time=moment,
        receive_time=moment,
        fields=fields,
        raw=f"raw {number}".encode(),
    )


def stored(folder: Path, *events: Event) -> Path:
    path = folder / "a.parquet"
    write_parquet([to_table(events, declared=("Image", "User"), shape="windows")], path)
    return path


def only_group(folder: Path, *events: Event) -> Group:
    ((_, group),) = read_groups(stored(folder, *events), extent=AOI)
    return group


def rows_where(group: Group, name: str, holds: Callable[[str], bool]) -> list[int] | None:
    values = group.field((name,))
    return None if values is None else values.where(holds).numbers()


def test_a_field_is_found_in_its_column_and_in_the_rest(tmp_path: Path) -> None:
    group = only_group(tmp_path, event(0, Image="a", Other="x"), event(1, Other="y"), event(2))
    assert rows_where(group, "Image", "a".__eq__) == [0]
    assert rows_where(group, "Other", "y".__eq__) == [1]
    other = group.field(("Other",))
    assert other is not None
    assert other.missing().numbers() == [2]


def test_a_field_is_found_under_another_case_when_its_own_is_not_there(tmp_path: Path) -> None:
    group = only_group(tmp_path, event(0, Image="a"), event(1, IMAGE="b"), event(2, Image="b"))
    assert rows_where(group, "Image", "b".__eq__) == [1, 2]
    assert rows_where(group, "image", "b".__eq__) is None, "three spellings: ask each record"


def test_the_first_name_that_a_record_has_counts(tmp_path: Path) -> None:
    group = only_group(tmp_path, event(0, Image="a", Path="b"), event(1, Path="b"), event(2))
    values = group.field(("Image", "Path"))
    assert values is not None
    assert values.where("b".__eq__).numbers() == [1]


def test_values_beyond_ascii_are_asked_in_python(tmp_path: Path) -> None:
    """Lower case differs between libraries: `İ` is one letter for some and two for others."""
    group = only_group(tmp_path, event(0, Image="C:\\A.EXE"), event(1, Image="C:\\İ.EXE"))
    values = group.field(("Image",))
    assert values is not None
    asked: list[str] = []
    found = values.fitting("suffix", ".exe", lambda v: bool(asked.append(v)) or v.endswith("E"))
    assert found.numbers() == [0, 1]
    assert asked == ["C:\\İ.EXE"]


def test_values_that_may_be_lists_are_asked_in_python(tmp_path: Path) -> None:
    """`ip: 10.0.0.1` is true of `["10.0.0.1"]`, which Arrow's comparison does not know."""
    group = only_group(tmp_path, event(0, ip='["x","y"]'), event(1, ip="y"), event(2, ip="[z"))
    values = group.field(("ip",))
    assert values is not None
    found = values.fitting("exact", "y", lambda value: '"y"' in value)
    assert found.numbers() == [0, 1]


def test_anywhere_looks_at_columns_rest_and_raw(tmp_path: Path) -> None:
    group = only_group(
        tmp_path, event(0, Image="find me"), event(1, Other="find me"), event(2), event(3, A="no")
    )
    for wanted, rows in (("find", [0, 1]), ("raw 2", [2]), ("PC-1", [])):
        found = group.anywhere(lambda values, w=wanted: values.where(lambda v: w in v))
        assert found.numbers() == rows


def test_rows_of_others_and_of_other_times_are_outside(tmp_path: Path) -> None:
    group = only_group(tmp_path, event(0), event(1), event(2), event(3, organisation="org_fumi"))
    extent = replace(AOI, since=NOW + timedelta(seconds=1), until=NOW + timedelta(seconds=2))
    assert group.within(extent).numbers() == [1]
    assert group.within(AOI).numbers() == [0, 1, 2]


def test_a_row_group_that_holds_nothing_of_the_extent_is_not_opened(tmp_path: Path) -> None:
    path = stored(tmp_path, event(0), event(1))
    nobody = Extent(frozenset({"org_fumi"}))
    assert list(read_groups(path, extent=nobody)) == []
    assert list(read_groups(path, extent=replace(AOI, since=NOW + timedelta(seconds=2)))) == []
    assert list(read_groups(path, extent=replace(AOI, until=NOW))) == []
    assert len(list(read_groups(path, extent=AOI))) == 1


def test_records_come_back_whole(tmp_path: Path) -> None:
    events = [event(0, Image="a", Other="x"), event(1, Other="y")]
    group = only_group(tmp_path, *events)
    values = group.field(("Other",))
    assert values is not None
    assert group.records(values.where("y".__eq__)) == [events[1]]


def test_two_spellings_in_one_record_come_back_in_their_order(tmp_path: Path) -> None:
    """A rule that asks for `user` takes the first of them, in the stream and years later."""
    record = event(0, USER="first", Image="a", User="second")
    (found,) = only_group(tmp_path, record).records(only_group(tmp_path, record).within(AOI))
    assert isinstance(found, Event)
    assert [name for name in found.fields if name.lower() == "user"] == ["USER", "User"]


def test_a_torn_file_is_named(tmp_path: Path) -> None:
    path = stored(tmp_path, event(0))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreDamaged, match=r"a\.parquet"):
        list(read_groups(path, extent=AOI))

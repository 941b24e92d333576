"""A line keeps its meaning whoever carries it: Beats, HEC, OTLP, GELF, rsyslog, Fluent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from hinomi.core.records import Event, RawRecord
from hinomi.normalise import read_record

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
LINE = (
    "date=2026-11-21 time=11:58:00 devname=FGT-HONSHA devid=FGT40FTK00000001 logid=0000000013"
    ' type="traffic" subtype="forward" level="notice" srcip=192.0.2.7 dstip=198.51.100.9'
    ' dstport=443 action="accept" tz="+0900"'
)
SSH = "Failed password for root from 203.0.113.9 port 40022 ssh2"


def beats(line: str) -> dict[str, Any]:
    return {
        "@timestamp": "2026-11-21T02:58:00.000Z",
        "message": line,
        "log": {"file": {"path": "/var/log/a.log"}},
        "agent": {"type": "filebeat", "version": "8.17.0"},
        "host": {"name": "srv-1"},
        "process": {"name": "sshd"},
    }


def hec(line: str) -> dict[str, Any]:
    return {"time": 1795229880, "host": "srv-1", "sourcetype": "x", "event": line}


def otlp(line: str) -> dict[str, Any]:
    resource = {"attributes": {"host.name": "srv-1"}}
    return {"timeUnixNano": "1795229880000000000", "body": line, "resource": resource}


def gelf(line: str) -> dict[str, Any]:
    return {"version": "1.1", "host": "srv-1", "short_message": line, "timestamp": 1795229880.5}


def rsyslog(line: str) -> dict[str, Any]:
    return {"message": line, "hostname": "srv-1", "programname": "sshd"}


def fluent(line: str) -> dict[str, Any]:
    return {"log": line + "\n", "stream": "stdout"}


def read(tree: dict[str, Any], *, kind: str = "auto") -> Event:
    raw = json.dumps(tree, ensure_ascii=False).encode()
    event = read_record(RawRecord("e", "o", "s", kind, "Asia/Tokyo", NOW, raw))
    assert isinstance(event, Event)
    return event


@pytest.mark.parametrize("wrap", [beats, hec, otlp, gelf, rsyslog, fluent])
@pytest.mark.parametrize("kind", ["auto", "fortigate", "yamaha"])
def test_a_firewalls_line_is_read_as_the_firewalls(wrap: Any, kind: str) -> None:
    event = read(wrap(LINE), kind=kind)
    assert event.shape == "fortigate"
    assert (event.fields["srcip"], event.device) == ("192.0.2.7", "FGT-HONSHA")
    assert event.event_time == datetime(2026, 11, 21, 2, 58, tzinfo=UTC)
    assert event.raw == json.dumps(wrap(LINE), ensure_ascii=False).encode()


def test_host_program_and_time_of_the_wrapping_serve_where_the_line_has_none() -> None:
    event = read(beats(SSH))
    assert (event.shape, event.device) == ("linux", "srv-1")
    assert event.event_time == datetime(2026, 11, 21, 2, 58, tzinfo=UTC)
    assert event.fields["carrier.log.file.path"] == "/var/log/a.log"


def test_an_object_inside_is_read_too() -> None:
    tree = {"EventID": 4625, "Channel": "Security", "Computer": "PC-1", "TargetUserName": "aoi"}
    event = read({"host": "PC-1", "event": tree})
    assert (event.shape, event.fields["TargetUserName"]) == ("windows", "aoi")


@pytest.mark.parametrize(
    "data",
    [
        {"data": [{"TargetUserName": "aoi"}, {"IpAddress": "203.0.113.9"}, {"": "bare"}]},
        {"TargetUserName": "aoi", "IpAddress": "203.0.113.9"},
    ],
    ids=["as a list", "as a map"],
)
def test_windows_events_of_the_opentelemetry_collector_are_windows_events(
    data: dict[str, Any],
) -> None:
    body = {
        "channel": "Security",
        "computer": "PC-1",
        "event_id": {"id": 4625, "qualifiers": 0},
        "provider": {"name": "Microsoft-Windows-Security-Auditing", "guid": "{54849625}"},
        "record_id": 77,
        "system_time": "2026-11-21T02:58:00.5000000Z",
        "execution": {"process_id": 4, "thread_id": 8},
        "event_data": data,
    }
    event = read({"observedTimeUnixNano": "1795229881000000000", "body": body})
    assert (event.shape, event.device) == ("windows", "PC-1")
    assert event.event_time == datetime(2026, 11, 21, 2, 58, 0, 500000, tzinfo=UTC)
    wanted = {
        "EventID": "4625",
        "Channel": "Security",
        "Provider_Name": "Microsoft-Windows-Security-Auditing",
        "EventRecordID": "77",
        "Execution_ProcessID": "4",
        "TargetUserName": "aoi",
        "IpAddress": "203.0.113.9",
    }
    assert {name: event.fields.get(name) for name in wanted} == wanted


@pytest.mark.parametrize(
    "tree",
    [
        {"message": LINE, "application": "shop"},
        {"event": LINE, "tenant": "x"},
        {"body": "a mail's text", "subject": "hello"},
        {"short_message": LINE},
        hec("something of an application"),
        {**beats(""), "message": ""},
        {"event": {}, "host": "x"},
    ],
)
def test_what_is_no_wrapping_or_holds_nothing_known_stays_as_it_is(tree: dict[str, Any]) -> None:
    event = read(tree)
    assert event.shape == "generic"
    assert not any(name.startswith("carrier.") for name in event.fields)

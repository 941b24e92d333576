"""One record in, one event or note out: kinds, set-aside reasons, serials, views."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.records import Event, RawRecord, SetAside
from hinomi.core.words import SetAsideReason, TimeNote
from hinomi.normalise import find_serial, read_record, read_sent, view, view_set_aside
from hinomi.normalise.record import MAX_RECORD_BYTES
from hinomi.normalise.serials import find_name

if TYPE_CHECKING:
    from collections.abc import Callable

FORTIGATE = (
    b'<189>devname="fw" devid="FGT1" logid="1" type="traffic" subtype="forward" vd="root" '
    b"srcip=1.2.3.4"
)


@pytest.mark.parametrize(
    ("raw", "kind", "reason"),
    [
        (b"", "auto", SetAsideReason.EMPTY),
        (b" \r\n\x00", "auto", SetAsideReason.EMPTY),
        (b'{"a": 1', "auto", SetAsideReason.NOT_JSON),
        (b'[{"a": 1', "auto", SetAsideReason.NOT_JSON),
        (b"\x01\x02\x03\x04\x05\x06ELF", "auto", SetAsideReason.UNDECODABLE),
        (b"x" * (MAX_RECORD_BYTES + 1), "auto", SetAsideReason.TOO_LARGE),
        (b"hello", "fortigate", SetAsideReason.UNKNOWN_FORMAT),
        (b'{"EventID": 1', "windows", SetAsideReason.NOT_JSON),
    ],
)
def test_what_cannot_be_read_is_set_aside_with_its_reason(
    record: Callable[..., RawRecord], raw: bytes, kind: str, reason: SetAsideReason
) -> None:
    result = read_record(record(raw, kind=kind))
    assert isinstance(result, SetAside)
    assert result.reason is reason
    assert result.detail
    assert result.raw == raw


def test_a_frame_that_collect_had_to_cut_is_set_aside(record: Callable[..., RawRecord]) -> None:
    cut = replace(record(FORTIGATE), frame_fault=SetAsideReason.TOO_LARGE)
    result = read_record(cut)
    assert isinstance(result, SetAside)
    assert result.reason is SetAsideReason.TOO_LARGE


def test_an_unknown_kind_is_found_by_its_look(event: Callable[..., Event]) -> None:
    assert event(FORTIGATE, kind="a kind of next year").shape == "fortigate"


def test_the_raw_bytes_are_kept_to_the_last_byte(event: Callable[..., Event]) -> None:
    raw = FORTIGATE + b"\x00\r\n"
    assert event(raw).raw == raw


def test_the_sources_zone_applies_where_the_line_states_none(event: Callable[..., Event]) -> None:
    line = "2026/11/20 09:20:00: IP Tunnel[1] Up"
    tokyo, berlin = event(line), event(line, timezone="Europe/Berlin")
    assert (berlin.event_time - tokyo.event_time).total_seconds() == 8 * 3600
    assert tokyo.time_note is TimeNote.NO_ZONE


def test_the_date_in_an_inspect_line_is_the_sessions_start_not_its_time(
    event: Callable[..., Event],
) -> None:
    found = event("[INSPECT] LAN2[out][1] TCP 10.0.0.1:1 > 10.0.0.2:2 (2026/11/01 00:00:00)")
    assert (found.event_time, found.time_note) == (found.receive_time, TimeNote.RECEIVED)


@pytest.mark.parametrize(
    ("raw", "serial"),
    [
        (FORTIGATE, "FGT1"),
        (b'<30>device_name="SFW" device_serial_id="X12345ABC" log_id=1', "X12345ABC"),
        (
            b"CEF:0|Fortinet|Fortigate|v7|1|n|3|deviceExternalId=FGT60F0001 src=1.2.3.4",
            "FGT60F0001",
        ),
        (b"id=firewall sn=18B1690729A8 time=x", "18B1690729A8"),
        (b"nothing here", None),
        (b"xdevid=notaserial", None),
        (b"", None),
        (b"\xff\xfe devid=\xe3\x81\x82", None),
        (b'date=2026-11-01,devname="a b",devid="FGT1CSV",logid="1"', "FGT1CSV"),
        (b'devid="FGT1" sn="FP231F0001" msg="an access point"', "FGT1"),
        (b"<14>Nov 20 10:00:05 pa 1,2026/11/20 10:00:05,001701000001,THREAT,url,1", "001701000001"),
        (b"1,2026/11/20 10:00:05,001701000001,GLOBALPROTECT,0,1", "001701000001"),
        (b"LEEF:1.0|WatchGuard|XTM|12.1|1AFF0024|a=b\tserial=80AA00000001A\tc=d", "80AA00000001A"),
    ],
)
def test_a_serial_is_found_in_raw_bytes(raw: bytes, serial: str | None) -> None:
    assert find_serial(raw) == serial


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b'<189>devid="MINE0001" devname="x"', "serial:MINE0001"),
        (b"<13>Nov 20 10:00:00 Aoi-NAS app: x", "host:aoi-nas"),
        (b"<13>1 2026-11-20T10:00:00Z nas.aoi.example app - - - x", "host:nas.aoi.example"),
        (b"<13>1 2026-11-20T10:00:00Z - app - - - x", None),
        (b"<13>Nov 20 10:00:00 192.168.1.1 app: x", None),
        (b"<13>Nov 20 10:00:00 localhost app: x", None),
        (b"<13>app: a message of Nov 20 10:00:00 theirs app: x", None),
        (b"no header", None),
    ],
)
def test_a_device_names_itself_by_serial_or_in_the_header_alone(
    raw: bytes, name: str | None
) -> None:
    assert find_name(raw) == name


@pytest.mark.parametrize(
    ("raw", "serial"),
    [
        (b'<189>url="/?x devid=THEIRS01 " devid="MINE0001"', "MINE0001"),
        (b'<189>url="/\\" devid=\\"THEIRS01\\" " devid="MINE0001"', "MINE0001"),
        (b'<189>devid="MINE0001" url="/" devid="THEIRS01" "', None),
        (b"CEF:0|V|P|1|1|n|3|deviceExternalId=MINE0001 msg=x deviceExternalId=THEIRS01", None),
        (b'<189>url="/?q= devid=THEIRS01', None),
        (b"<38>Nov 20 10:00:00 sv sshd[7]: Invalid user 1,2026/11/20 10:00:00,THEIRS001,TRAFFIC,x",
         None),
        (b"<38>1 2026-11-20T10:00:00Z sv sshd 7 - - 1,2026/11/20 10:00:00,THEIRS001,TRAFFIC,x",
         None),
    ],
)  # fmt: skip
def test_a_stranger_who_writes_a_serial_into_a_request_names_nobody(
    raw: bytes, serial: str | None
) -> None:
    """Else a visitor of one company's web site could push its records into another's book."""
    assert find_serial(raw) == serial


def test_the_ecs_view_keeps_what_has_no_name_under_vendor(event: Callable[..., Event]) -> None:
    ecs = view(event(FORTIGATE + b" odd=thing srcport=N/A"), "ecs")
    assert ecs["source.ip"] == "1.2.3.4"
    assert ecs["vendor.odd"] == "thing"
    assert ecs["vendor.srcport"] == "N/A"
    assert "source.port" not in ecs


def test_a_host_name_in_an_address_field_becomes_a_domain(event: Callable[..., Event]) -> None:
    ecs = view(event(FORTIGATE.replace(b"1.2.3.4", b"pc.example")), "ecs")
    assert "source.ip" not in ecs
    assert ecs["source.domain"] == "pc.example"


@pytest.mark.parametrize("as_", ["native", "ecs", "ocsf"])
@pytest.mark.parametrize("raw", [FORTIGATE, "署名 ".encode("cp932"), b"\xff\x81\xfe!", b"a\x00b"])
def test_every_view_is_json_with_valid_text(
    event: Callable[..., Event], as_: str, raw: bytes
) -> None:
    shown = view(event(raw), as_)  # type: ignore[arg-type]
    text = json.dumps(shown, ensure_ascii=False).encode("utf-8").decode("utf-8")
    assert ("raw_data" if as_ == "ocsf" else "event.original") in json.loads(text)


def test_the_ocsf_view_has_class_time_disposition_and_the_rest(event: Callable[..., Event]) -> None:
    shown = view(event(FORTIGATE.replace(b"traffic", b"utm") + b' action="blocked"'), "ocsf")
    assert shown["class_uid"] == 2004
    assert shown["category_uid"] == 2
    assert shown["type_uid"] == 200401
    assert shown["disposition_id"] == 2
    assert shown["src_endpoint"] == {"ip": "1.2.3.4"}
    assert shown["metadata"]["version"] == "1.8.0"  # type: ignore[index]
    assert shown["unmapped"]


def test_a_note_shows_its_reason_and_readable_bytes(record: Callable[..., RawRecord]) -> None:
    note = read_record(record(b'{"a": "\xe3\x81\x82'))
    assert isinstance(note, SetAside)
    assert view_set_aside(note) == {"set_aside": "not_json", "event.original": '{"a": "あ'}


def test_an_ocsf_object_carries_what_ocsf_requires_of_it(event: Callable[..., Event]) -> None:
    shown = view(event("<134>PP[01] Rejected at IN(9) filter: TCP 1.2.3.4:5 > 5.6.7.8:23"), "ocsf")
    assert shown["class_uid"] == 4001
    assert shown["activity_id"] == 5
    assert shown["connection_info"] == {"protocol_name": "tcp", "direction_id": 1}
    assert shown["dst_endpoint"] == {"ip": "5.6.7.8", "port": 23}


def test_a_sources_kind_is_a_hint_and_another_formats_record_is_read(
    record: Callable[..., RawRecord],
) -> None:
    """A relay registered as a PC also forwards the server's lines."""
    line = b"<86>Nov 20 10:12:00 nas sshd[12]: Accepted password for aoi from 192.0.2.7 port 22"
    assert isinstance(read_record(record(line, kind="windows")), SetAside)
    read = read_sent(record(line, kind="windows"))
    assert isinstance(read, Event)
    assert read.shape == "linux"


def test_what_no_particular_format_knows_stays_set_aside_under_its_kind(
    record: Callable[..., RawRecord],
) -> None:
    """Else a broken record of the registered device would pass as somebody's plain text."""
    assert isinstance(read_sent(record(b"half a thing", kind="windows")), SetAside)


def test_a_sender_cannot_forge_a_verdict(event: Callable[..., Event]) -> None:
    """Only a format judges: rules would tell the company what a stranger wrote into a field."""
    said = json.dumps({"verdict.kind": "ransomware", "verdict": {"inside": "pc-1"}, "a": "b"})
    fields = event(said.encode()).fields
    assert "verdict.kind" not in fields
    assert fields["said.verdict.kind"] == "ransomware"
    assert fields["said.verdict.inside"] == "pc-1"
    assert fields["a"] == "b"


def test_a_record_a_relay_kept_for_days_has_the_time_it_was_heard() -> None:
    """A line without a time, and one without a year, mean when they were said, not when they came;
    the receive time stays our own."""
    heard = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    for line, at in (
        (b'{"message": "x"}', heard),
        (b"<13>Jan  1 07:59:58 host prog: x", datetime(2026, 12, 31, 22, 59, 58, tzinfo=UTC)),
    ):
        raw = RawRecord("e", "o", "s", "auto", "Asia/Tokyo", heard + timedelta(days=3), line)
        raw.heard_at = heard
        event = read_record(raw)
        assert isinstance(event, Event)
        assert (event.event_time, event.receive_time) == (at, heard + timedelta(days=3))

"""The reader of anything: JSON, CEF, LEEF, Check Point data, key=value, CSV, plain syslog.

It knows notations, not vendors. The ECS view names what has a usual spelling (`spellings`) and what
stands in plain words (`phrases`).
"""

from __future__ import annotations

import csv
import re
from datetime import UTC
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, first
from hinomi.normalise.moment import Stated, from_text, zone_of_offset
from hinomi.normalise.notations import xml_fields
from hinomi.normalise.scanners.cef import scan_cef, scan_leef
from hinomi.normalise.scanners.pairs import scan_pairs
from hinomi.normalise.scanners.tree import flatten, load_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_DECLARED = (
    "message", "program", "pid", "host", "DeviceVendor", "DeviceProduct", "DeviceEventClassID",
    "Name", "Severity", "src", "spt", "dst", "dpt", "act", "suser", "duser", "shost", "dhost",
    "msg", "action", "srcip", "dstip", "user",
)  # fmt: skip
_PAIR = re.compile(r"(?:^|[\s,;|(])[A-Za-z_][\w.\-]*=(?=\S)")
_TIMES = ("@timestamp", "timestamp", "eventTime", "event_time", "time", "rt", "end", "start",
          "createdDateTime", "activityDateTime", "TimeGenerated", "EventTime", "date_time",
          "datetime", "occured", "occurred", "devTime", "when", "created_at", "createdAt",
          "event.created", "eventTimestamp", "Time", "properties.Timestamp", "ts",
          "time_generated", "CreationTime", "date", "Timestamp", "_time", "event_timestamp",
          "timeStamp", "deviceCustomDate1", "unixTime", "startTime", "properties.createdDateTime",
          "threatInfo.createdAt", "metadata.eventCreationTime", "event.eventTime",
          "clientReceivedTime", "GeneratedTime")  # fmt: skip


# Written without a zone but in UTC by their makers' documentation (Microsoft 365, ESET).
_UTC_TIMES = frozenset({"CreationTime", "occured", "TimeGenerated", "EventReceivedTime"})


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    for applies, read in _READERS:
        if applies(line, body):
            try:
                fields = read(line, body)
            except NotThisFormat:
                continue
            if fields:
                return _with_header(fields, line)
    if body[:1] in ("{", "[") and _is_broken_json(body):
        raise NotThisFormat("Broken JSON.")
    return _with_header({"message": body or line.text.strip()}, line)


def _is_broken_json(body: str) -> bool:
    """`[INSPECT] …` is a sentence; `{"a": 1,` and `[{"a"` are JSON that was cut."""
    return bool(re.match(r"\{\s*\"|\{\s*$|\[\s*\{", body))


def _with_header(fields: Fields, line: Line) -> Fields:
    header = line.header
    if header.host or header.program or header.pid:
        taken = {key.lower() for key in fields}
        parts = (("host", header.host), ("program", header.program), ("pid", header.pid))
        fields |= {name: value for name, value in parts if value and name not in taken}
    for name, value in header.data.items():
        fields.setdefault(name, value)
    return fields


def _read_json(line: Line, body: str) -> Fields:
    start = body.find("{")
    tree = load_object(body[start:])
    fields = flatten(tree)
    if start > 0:
        fields.setdefault("prefix", body[:start].strip())
    return fields


def _read_pairs(line: Line, body: str) -> Fields:
    fields = _split_inner(scan_pairs(body))
    if len(fields) < 2:
        raise NotThisFormat("Too few pairs.")
    start = _PAIR.search(body)
    lead = body[: start.start()].strip(" ,;|:") if start else ""
    if lead:
        fields.setdefault("message", lead if len(lead) > 60 else body)
    return fields


def _split_inner(fields: Fields) -> Fields:
    """`size=3254,user=debian,rport=45060` and `helo=a; from=b;`: pairs joined without a blank."""
    found: Fields = {}
    for name, value in fields.items():
        head, *rest = _INNER.split(value) if "=" in value and "://" not in value else [value]
        found[name] = head.strip().rstrip(";").strip('"') if head else head
        for key, text in zip(rest[::2], rest[1::2], strict=False):
            found.setdefault(key, text.strip())
    return found


def _read_structured(line: Line, body: str) -> Fields:
    fields = dict(line.header.data)
    if body:
        fields.setdefault("message", body)
    return fields


def _read_bracketed(line: Line, body: str) -> Fields:
    """`[action:"Accept"; src:"…"]`: Check Point's data, which is no valid structured data."""
    found = re.findall(r'(?<![\w.\-])(\w[\w.\-]*):\s?"((?:[^"\\]|\\.)*)"', body)
    if len(found) < 3:
        raise NotThisFormat("No bracketed data.")
    return {name: value.replace('\\"', '"').replace("\\=", "=") for name, value in reversed(found)}


def _read_csv(line: Line, body: str) -> Fields:
    mark = "\t" if body.count("\t") > 3 else ("|" if body.count("|") > body.count(",") else ",")
    try:
        rows = list(csv.reader([body.replace("\n", " ")], delimiter=mark, strict=False))
    except csv.Error as error:
        raise NotThisFormat(str(error)) from error
    if not rows or len(rows[0]) < 5:
        raise NotThisFormat("Too few columns.")
    fields = {f"column_{number}": cell.strip() for number, cell in enumerate(rows[0], 1) if cell}
    fields["message"] = body
    return fields


def _read_mnemonic(line: Line, body: str) -> Fields:
    """`%FACILITY-SEVERITY-MNEMONIC: text`, as Cisco's systems write."""
    found = _MNEMONIC.match(body)
    if not found:
        plain = _UNDERSCORED.match(body)
        if not plain:
            raise NotThisFormat("No mnemonic.")
        return {"eventcode": plain[1], "message": plain[2].strip()} | _spoken(plain[2])
    fields = {
        "facility": found[1],
        "severity": found[2],
        "eventcode": found[3],
        "message": found[4].strip(),
    }
    return fields | _spoken(found[4])


def _read_spoken(line: Line, body: str) -> Fields:
    """A sentence with `name: value` parts, as nginx and login notices write."""
    spoken = _spoken(body)
    if len(spoken) < 2:
        raise NotThisFormat("No named parts.")
    return {"message": body} | spoken


def _spoken(text: str) -> Fields:
    if len(text) > 16_384:
        return {}
    return {
        name.replace(" ", "_"): value.strip().strip("\"'")
        for name, value in _SPOKEN.findall(text)
        if value.strip()
    }


def _looks_like_pairs(line: Line, body: str) -> bool:
    return len(_PAIR.findall(body[:4096])) >= 2


_INNER = re.compile(r"[,;]\s*([A-Za-z_][\w.\-]*)=")
_MNEMONIC = re.compile(
    r":?\s*%([A-Z][A-Z0-9_]*(?:-[A-Z0-9_]+)*?)-(\d)-([A-Z0-9_]+): ?(.*)", re.DOTALL
)
_UNDERSCORED = re.compile(r"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): (.*)", re.DOTALL)  # Juniper
_SPOKEN = re.compile(r"(?:^|[,;\[(]\s*)([A-Za-z][\w \-]{0,24}):\s*(\"[^\"]*\"|'[^']*'|[^,;\]\[)]+)")
_READERS = (
    (lambda line, body: "CEF:" in line.text, lambda line, body: scan_cef(line.text)),
    (lambda line, body: "LEEF:" in line.text, lambda line, body: scan_leef(line.text)),
    (lambda line, body: "{" in body[:200] and body.endswith("}"), _read_json),
    (lambda line, body: body[:1] == "<" and body[-1:] == ">", lambda line, body: xml_fields(body)),
    (lambda line, body: "%" in body[:4] or ": " in body[:48], _read_mnemonic),
    (lambda line, body: len(line.header.data) > 3, _read_structured),
    (lambda line, body: '":"' not in body and body.count(':"') > 2, _read_bracketed),
    (_looks_like_pairs, _read_pairs),
    (lambda line, body: max(body.count(","), body.count("|"), body.count("\t")) > 5, _read_csv),
    (lambda line, body: ": " in body, _read_spoken),
)


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    date, time = fields.get("date", ""), fields.get("time", "")
    own = zone_of_offset(fields.get("tz", "")) or zone_of_offset(fields.get("timezone", ""))
    if date and time and (stated := from_text(f"{date} {time}", own or zone, receive)):
        return stated
    for name in _TIMES:
        text = fields.get(name)
        used = UTC if name in _UTC_TIMES else own or zone
        if text and (stated := from_text(text, used, receive)):
            return stated
    if "column_1" in fields:
        for name in (f"column_{number}" for number in range(1, 12)):
            if stated := from_text(fields.get(name, ""), own or zone, receive):
                return stated
    return None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if parent := fields.get("process.ppid"):
        ecs_values.put(ecs, "process.parent.pid", parent)
    if message := fields.get("message"):
        ecs.setdefault("event.reason", first(fields, ("reason", "msg")) or message)
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))


FORMAT = Format(
    name="generic",
    title_ja="その他の機器 (JSON, CEF, syslog など)",
    title_en="Other devices (JSON, CEF, syslog …)",
    shape="generic",
    sniff=lambda line: True,
    parse=_parse,
    declared=_DECLARED,
    ecs={
        "event.provider": ("provider",),
        "message": ("message",),
        "process.name": ("program",),
    },
    aliases={"src_ip": "src", "dst_ip": "dst", "dst_port": "dpt", "src_port": "spt"},
    device=(
        "host.name",
        "dvchost",
        "hostname",
        "HostName",
        "deviceName",
        "DeviceName",
        "computer_name",
        "Computer",
        "host",
    ),
    user=("suser", "user.name", "user", "userName", "UserName", "username", "duser"),
    serial=("sn", "serial", "deviceExternalId"),
    stated_time=_stated_time,
    derive=_derive,
    seen_ja=("JSON、CEF、LEEF、key=value、CSV、XML、RFC 5424のデータ、ふつうの文。",),
    lost_ja=(
        "機種を知らないため、項目の意味は名前から推し量ります。",
        "CSVの列には名前がありません（column_1、column_2 …）。",
    ),
)

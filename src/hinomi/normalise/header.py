"""The syslog header: PRI, RFC 3164 (with or without year), RFC 5424 with its data, or nothing.

Works on the bytes the sender wrote, never on a relay's idea of host and program: relays mangle
Yamaha, FortiGate and Check Point lines.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_PRI = re.compile(r"\s{0,4}<(\d{1,3})>\s?")
_RFC5424 = re.compile(r"1 (-|\d{4}-\d\d-\d\dT[^ ]+) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+) ?")
# "Mar 11 11:26:54", "Mar 11 2024 11:26:54.123", "*Mar 11 11:26:54.1 UTC", "Mar 11 11:26:54 2024"
_BSD = re.compile(
    rf"[*.]?((?:\d{{4}} )?{_MONTH} {{1,2}}\d{{1,2}}(?: \d{{4}})? \d\d:\d\d:\d\d(?:[.,]\d+)?"
    r"(?: 20\d\d(?= ))?(?: (?:[A-Z]{2,5}(?=:)|(?:UTC|GMT|JST|CET|CEST)\b))?):? ?"
)
# Meraki: "1673541902.311547724 FW_MX_01 events …"; squid: "1587042596.494   1717 192.168…"
_EPOCH = re.compile(r"(?:1 )?(1\d{9}\.\d{3,9}) +(?:([A-Za-z][\w.\-]*) +)?")
# Cisco: "HOST: Mar 6 2023 08:04:45.866 CET: %…", "000123: *Mar  6 08:04:45 …"
_LEAD = re.compile(rf"(?:\d+: )?(?:([A-Za-z0-9][\w.\-]*): )?(?=[*.]?{_MONTH} )")
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)(?=[ :]|$):? ?"
)
_HOST = re.compile(r"([A-Za-z0-9_.\-]+|[0-9A-Fa-f:.%]+|\[[0-9A-Fa-f:.]+\]) +")
_TAG = re.compile(r"(/?[A-Za-z_][\w./@+\-]*(?:\([\w:.\- ]*\))?)(?:\[(\d+)\])?: ?")
_STRUCTURED = re.compile(r'(?<![^\s="\[\]:])([^\s="\[\]:]+)[=:]"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r'\\(["\\\]=:])')


class Header(NamedTuple):
    """What stood before the message. Empty text and None mean: not there.

    A tuple because one is made per record, in a quarter of the time of a frozen dataclass.
    """

    body: str
    pri: int | None = None
    time: str = ""
    host: str = ""
    program: str = ""
    pid: str = ""
    message_id: str = ""
    data: Mapping[str, str] = MappingProxyType({})


def read_header(text: str) -> Header:
    """Take the header off; a text without one is all body."""
    if text[:1] == "{":
        return Header(text)  # no header begins so, and most JSON has none
    pri, rest = None, text
    if found := _PRI.match(text):
        pri, rest = int(found[1]), text[found.end() :]
    if found := _RFC5424.match(rest):
        return _structured(pri, rest, found)
    if found := _EPOCH.match(rest):
        return Header(rest[found.end() :], pri=pri, time=found[1], host=found[2] or "")
    if lead := _LEAD.match(rest):
        dated = _BSD.match(rest, lead.end())
        if dated and lead[1]:
            return Header(rest[dated.end() :], pri=pri, time=dated[1], host=lead[1])
        rest = rest[lead.end() :] if dated else rest
    if found := _BSD.match(rest) or _ISO.match(rest):
        return _dated(pri, rest, found)
    # "sshd[12]: …" is a tag without a header; "Foo: bar" may be any sentence, so the pid decides.
    if (tag := _TAG.match(rest)) and tag[2]:
        return Header(rest[tag.end() :], pri=pri, program=tag[1], pid=tag[2])
    return Header(rest, pri=pri)


def read_structured(text: str) -> dict[str, str]:
    """The `name="value"` pairs of structured data; also Check Point's `name:"value";`."""
    return {name: _ESCAPED.sub(r"\1", value) for name, value in _STRUCTURED.findall(text)}


def _dated(pri: int | None, rest: str, found: re.Match[str]) -> Header:
    time, rest = found[1], rest[found.end() :]
    host = program = pid = ""
    tag = _TAG.match(rest)
    if not (tag and tag[2]) and (name := _HOST.match(rest)) and not _is_pair(rest):
        tag = _TAG.match(rest, name.end())
        if tag or pri is not None or "T" in time or not time[:1].isdigit():
            host, rest = name[1], rest[name.end() :]
            tag = _TAG.match(rest)
    if tag:
        program, pid, rest = tag[1], tag[2] or "", rest[tag.end() :]
    return Header(rest, pri=pri, time=time, host=host, program=program, pid=pid)


def _is_pair(text: str) -> bool:
    """`date=…` right after the time: the sender wrote no host."""
    word = text.split(" ", 1)[0]
    return "=" in word or word in ("CEF:0|", "LEEF:")


def _structured(pri: int | None, rest: str, found: re.Match[str]) -> Header:
    time, host, program, pid, message_id = ("" if part == "-" else part for part in found.groups())
    rest = rest[found.end() :]
    end = _end_of_data(rest)
    return Header(
        rest[end:].lstrip(" \ufeff"),
        pri=pri,
        time=time,
        host=host,
        program=program,
        pid=pid if pid.isdigit() else "",
        message_id=message_id,
        data=read_structured(rest[:end]) if end > 1 else {},
    )


def _end_of_data(text: str) -> int:
    """Where the structured data ends: after "-" or after the last closing bracket."""
    if text[:1] == "-":
        return 1
    place = 0
    while text[place : place + 1] == "[":
        place = _end_of_element(text, place)
    return place


def _end_of_element(text: str, start: int) -> int:
    quoted, place = False, start
    while place < len(text):
        letter = text[place]
        if letter == "\\":
            place += 1
        elif letter == '"':
            quoted = not quoted
        elif letter == "]" and not quoted:
            return place + 1
        place += 1
    return len(text)

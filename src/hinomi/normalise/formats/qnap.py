"""QNAP QTS and QuTS hero: connection log and event log as `Name: value, Name: value`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Format, Verdict
from hinomi.normalise.judging import kind_of
from hinomi.normalise.sentences import IP, LONGEST, TEXT_ALIASES, TEXT_ECS, fields_of_header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Fields, Line

_START = re.compile(r"(?P<log>conn|event) log: ")
_KEY = re.compile(
    r"(?:^|, )(Users?|Source IP|Computer name|Connection type|Accessed resources?|Action|Content|"
    r"Application|Category|Severity|Client app(?:lication)?|Client Agent): ?"
)
_NAMES = {
    "User": "user", "Users": "user", "Source IP": "src_ip", "Computer name": "src_name",
    "Connection type": "app", "Accessed resources": "path", "Accessed resource": "path",
    "Action": "verb", "Content": "reason", "Application": "application", "Category": "category",
    "Severity": "severity", "Client app": "agent", "Client application": "agent",
    "Client Agent": "agent",
}  # fmt: skip
# CSV and older firmware write numbers (QNAP's manual, "Connection type codes", "Action codes").
_TYPES = ("UNKNOWN", "SAMBA", "FTP", "HTTP", "NFS", "AFP", "TELNET", "SSH", "ISCSI")
_ACTIONS = ("UNKNOWN", "Delete", "Read", "Write", "Open", "MakeDir", "NFS Mount", "NFS Mount Fail",
            "Rename", "Login Fail", "Login OK", "Logout", "NFS Unmount", "Copy", "Move",
            "Add")  # fmt: skip
_OFFENDER = re.compile(rf"\bfrom ({IP})")
_NOTHING = ("---", "", "(null)")
_DECLARED = (
    "host", "program", "pid", "message", "log", "user", "src_ip", "src_name", "app",
    "path", "verb", "resource",
    "reason", "application", "category", "severity", "agent", "outcome",
)  # fmt: skip


def _sniff(line: Line) -> bool:
    if line.header.program in ("qlogd", "qulogd"):
        return True
    return _START.match(line.header.body) is not None


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    start = _START.match(body)
    if start is None and line.header.program not in ("qlogd", "qulogd"):
        raise NotThisFormat("Neither a conn log nor an event log.")
    fields = fields_of_header(line) | {"message": body}
    if start is None:
        return fields
    fields["log"] = start["log"]
    text = body[start.end() : start.end() + LONGEST]
    marks = list(_KEY.finditer(text))
    for index, mark in enumerate(marks):
        stop = marks[index + 1].start() if index + 1 < len(marks) else len(text)
        value = text[mark.end() : stop].strip()
        if value not in _NOTHING:
            fields.setdefault(_NAMES[mark[1]], value)
    return _spelt_out(fields)


def _spelt_out(fields: Fields) -> Fields:
    for name, words in (("app", _TYPES), ("verb", _ACTIONS)):
        value = fields.get(name, "")
        if value.isdecimal() and len(value) < 4 and int(value) < len(words):
            fields[name] = words[int(value)]
    verb = fields.get("verb", "").lower()
    if verb.startswith("login"):
        fields["outcome"] = "failure" if "fail" in verb else "success"
        if "path" in fields:
            fields["resource"] = fields.pop("path")  # what was signed in to, no file
    if fields.get("src_ip", "127.0.0.1") == "127.0.0.1" and (
        found := _OFFENDER.search(fields.get("reason", ""))
    ):
        fields["src_ip"] = found[1]
    return fields


def _is_bad(fields: Mapping[str, str]) -> bool:
    reason = fields.get("reason", "").lower()
    return any(word in reason for word in ("malware", "virus", "ransom"))


def _disposition(fields: Mapping[str, str]) -> Disposition:
    if fields.get("outcome") == "failure":
        return Disposition.STOPPED
    reason = fields.get("reason", "").lower()
    if "block list" in reason or "has been blocked" in reason or "quarantined" in reason:
        return Disposition.STOPPED
    return Disposition.SEEN if _is_bad(fields) else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if fields.get("outcome") == "failure":
        return Verdict(ThreatKind.LOGIN_FAILED, fields.get("app", ""))
    reason = fields.get("reason", "")
    if "block list" in reason.lower():
        return Verdict(ThreatKind.BRUTE_FORCE, reason[:200])
    return Verdict(kind_of(ThreatKind.MALWARE, reason), reason[:200]) if _is_bad(fields) else None


FORMAT = Format(
    name="qnap",
    title_ja="QNAP NAS (QTS)",
    title_en="QNAP QTS",
    shape="qnap",
    sniff=_sniff,
    marks=("qlogd", "qulogd", "conn log: ", "event log: "),
    parse=_parse,
    declared=_DECLARED,
    ecs={**TEXT_ECS, "event.action": ("verb",), "event.category": ("category", "log")},
    aliases=TEXT_ALIASES,
    device=("host",),
    user=("user",),
    disposition=_disposition,
    ocsf_class=lambda fields: 3002 if "outcome" in fields else 1001 if "path" in fields else 0,
    verdict=_verdict,
    vendor="QNAP",
    product="QTS",
    seen_ja=(
        "公開マニュアルのQTS 4・5の接続ログとイベントログ（qlogd、qulogd）。番号の書き方も。",
    ),
    lost_ja=("イベントログの内容（Content）は文のまま残ります。",),
    is_from_manual=True,
)

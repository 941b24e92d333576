"""Cisco ASA, FTD, PIX and FWSM: `%ASA-6-302013: …`. The number names the message; most sentences
share the same few ways to write ends, users and groups, so those are patterns of their own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.asa_messages import (
    FLOW_NAMES,
    JUDGED,
    MESSAGES,
    PARTS,
    RATES,
    SPECIAL,
    STOPPED_WORDS,
)
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.sentences import (
    LONGEST,
    TEXT_ALIASES,
    TEXT_ECS,
    fields_of_header,
    parts_in,
    parts_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_MARK = re.compile(r"%(ASA|FTD|PIX|FWSM|NGIPS)-(?:\w+-)?(\d)-(\d{6}): ?")
_TIME = re.compile(
    r"\w{3} {1,2}\d{1,2}(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d+)?(?: [A-Z]{3,4})?"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"
)
_NAME = re.compile(r"([A-Za-z0-9][\w.\-]*) ?:? *$")
# A relay may have cut the mark off; these beginnings are the ASA's alone.
_BEGINNINGS = (
    "Group <",
    "Group = ",
    "Built inbound ",
    "Built outbound ",
    "Built dynamic ",
    "Teardown TCP ",
    "Teardown UDP ",
    "Teardown ICMP ",
    "Teardown dynamic ",
    "Task ran for ",
    "Deny tcp src ",
    "Deny udp src ",
    "Deny icmp src ",
    "AAA user auth",
)
_INTELLIGENCE = ("IP Block", "IP Monitor", "DNS Block", "DNS Monitor", "URL Block", "URL Monitor")
_FLOW_KEY = re.compile(r"(?:^|, )([A-Z][A-Za-z0-9_]*(?: Policy)?): ")
_DECLARED = (
    "product", "severity", "message_id", "message", "action", "outcome", "reason", "host", "user",
    "domain", "group", "src_if", "src_ip", "src_port", "src_nat_ip", "src_nat_port", "src_user",
    "dst_if", "dst_ip", "dst_port", "dst_nat_ip", "dst_nat_port", "dst_user", "proto", "direction",
    "rule", "bytes", "duration", "connection", "command", "url", "server_ip", "src_mac",
    "session_type", "AccessControlRuleAction", "AccessControlRuleName", "ACPolicy",
    "ApplicationProtocol", "InitiatorBytes", "ResponderBytes", "DNSQuery", "URLCategory",
    "SSLServerName", "SrcIP", "SrcPort", "DstIP", "DstPort", "Protocol",
    "Classification", "InlineResult", "SID", "FileName", "FileSHA256", "ThreatName",
    "FileDisposition", "FileAction", "AccessControlRuleReason", "UserAgent",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    **TEXT_ECS,
    **{name: (*TEXT_ECS.get(name, ()), *natives) for name, natives in FLOW_NAMES.items()},
    "event.code": ("message_id",),
    "observer.product": ("product",),
}


def _sniff(line: Line) -> bool:
    if "-" in line.text[:200] and _MARK.search(line.text, 0, 220):
        return True
    return line.header.body.startswith(_BEGINNINGS)


def _parse(line: Line) -> Fields:
    found = _MARK.search(line.text, 0, 220)
    if found is None:
        return _without_mark(line)
    fields: Fields = {"product": found[1], "severity": found[2], "message_id": found[3]}
    _add_lead(fields, line, line.text[: found.start()])
    text = line.text[found.end() :].strip()
    fields["message"] = text
    if found[3].startswith("43000") or text.startswith(("EventPriority: ", "DeviceUUID: ")):
        fields.update(_flow(text))
    else:
        _add_parts(fields, found[3], text[:LONGEST])
    return fields


def _without_mark(line: Line) -> Fields:
    body = line.header.body.strip()
    if not body.startswith(_BEGINNINGS):
        raise NotThisFormat("No %ASA- or %FTD- mark.")
    fields = fields_of_header(line) | {"message": body}
    _add_parts(fields, "", body[:LONGEST])
    return fields


def _add_lead(fields: Fields, line: Line, lead: str) -> None:
    """Time and name before the mark: with or without year, with `host :` or a relay's host."""
    times = _TIME.findall(lead)
    if times:
        fields["time"] = times[-1]
        lead = lead[lead.rfind(times[-1]) + len(times[-1]) :]
    name = _NAME.search(lead.strip())
    host = name[1] if name and name[1] != "SFIMS" else line.header.host
    if host and not host.isdigit():
        fields["host"] = host


def _flow(text: str) -> Fields:
    """430001–430005: `Name: value, Name: value`; a value may hold commas (browsers do)."""
    marks = list(_FLOW_KEY.finditer(text))
    fields: Fields = {}
    for index, mark in enumerate(marks):
        stop = marks[index + 1].start() if index + 1 < len(marks) else len(text)
        value = text[mark.end() : stop].strip().strip('"')
        if value:
            fields.setdefault(mark[1], value)
    return fields


def _add_parts(fields: Fields, number: str, text: str) -> None:
    action, outcome = MESSAGES.get(number, ("", ""))
    if action:
        fields["action"] = action
    if outcome:
        fields["outcome"] = outcome
    patterns = SPECIAL.get(number, ()) or SPECIAL[""]
    for pattern in patterns:
        if found := pattern.search(text):
            fields.update(parts_of(found))
            break
    parts_in(PARTS, text, fields)
    _tidy(fields)


def _tidy(fields: Fields) -> None:
    """The side that opened the connection is the source, though the ASA names outside first."""
    is_built = fields.get("message", "").startswith("Built outbound ")
    if is_built and "dst_ip" in fields:
        for part in ("if", "ip", "port", "nat_ip", "nat_port", "user"):
            here, there = fields.pop(f"src_{part}", ""), fields.pop(f"dst_{part}", "")
            fields |= {f"src_{part}": there} if there else {}
            fields |= {f"dst_{part}": here} if here else {}
    for name in ("user", "src_user", "dst_user"):
        domain, slash, rest = fields.get(name, "").partition("\\")
        if slash:
            fields[name] = rest
            fields.setdefault("domain", domain)
    if reason := fields.get("reason"):
        reason = reason.strip()
        is_quoted = len(reason) > 1 and reason[0] == reason[-1] == '"'
        fields["reason"] = reason[1:-1] if is_quoted else reason


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    text = first(fields, ("FirstPacketSecond", "time"))
    return from_text(text, zone, receive) if text else None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    words = first(fields, ("InlineResult", "FileAction")).lower()
    if words or "SID" in fields or "FileSHA256" in fields:
        is_stopped = words[:5] != "would" and any(word in words for word in STOPPED_WORDS)
        return Disposition.STOPPED if is_stopped else Disposition.SEEN
    if reason := _intelligence(fields):
        return Disposition.STOPPED if "Block" in reason else Disposition.SEEN
    if _rate(fields):
        return Disposition.SEEN
    judged = JUDGED.get(fields.get("message_id", ""))
    return judged[1] if judged else Disposition.UNKNOWN


def _intelligence(fields: Mapping[str, str]) -> str:
    """`IP Block`, `DNS Monitor` …: the connection met an address or name of Cisco's lists."""
    reason = fields.get("AccessControlRuleReason", "")
    return reason if any(word in reason for word in _INTELLIGENCE) else ""


def _rate(fields: Mapping[str, str]) -> ThreatKind | None:
    if fields.get("message_id") != "733100":
        return None
    message = fields.get("message", "")[:60]
    return next((kind for word, kind in RATES.items() if word in message), None)


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    number = fields.get("message_id", "")
    if number == "430001":
        return Verdict(ThreatKind.INTRUSION, fields.get("Message", ""))
    if number in ("430004", "430005"):
        is_bad = number == "430005" or fields.get("FileDisposition", "").lower() == "malware"
        name = first(fields, ("ThreatName", "FileName"))
        return Verdict(ThreatKind.MALWARE, name) if is_bad else None
    if rate := _rate(fields):
        return Verdict(rate, "")
    if _intelligence(fields):
        name = first(fields, ("SecIntMatchingIP", "DNSSICategory", "URLSICategory", "URL"))
        return Verdict(ThreatKind.BAD_SITE, name)
    judged = JUDGED.get(number)
    return Verdict(judged[0], first(fields, ("attack", "rule", "reason"))) if judged else None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    name, at, realm = str(ecs.get("user.name", "")).partition("@")
    if at and fields.get("domain"):
        ecs["user.name"] = name
        ecs.setdefault("host.name", realm)
    if (group := fields.get("group")) and "domain" not in fields:
        ecs.setdefault("user.domain", group)
    for mapped, native in (("src_user", "source.user.name"), ("dst_user", "destination.user.name")):
        if user := fields.get(mapped):
            ecs[native] = user.partition("@")[0]
    for name in ("network.transport", "network.application"):
        if name in ecs:
            ecs[name] = str(ecs[name]).lower()
    if url := str(ecs.get("url.original", "")):
        ecs_values.add_url(ecs, url)
    if server := first(fields, ("SSLServerName", "ReferencedHost")):
        ecs.setdefault("url.domain", server)


FORMAT = Format(
    name="cisco_asa",
    title_ja="Cisco ASA・Secure Firewall (FTD)",
    title_en="Cisco ASA and Secure Firewall (FTD)",
    shape="cisco_asa",
    sniff=_sniff,
    marks=("%ASA-", "%FTD-", "%PIX-", "%FWSM-", "%NGIPS-", *_BEGINNINGS),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases=TEXT_ALIASES,
    device=("host", "DeviceUUID"),
    user=("user", "User", "src_user"),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: {
        "1": 4001,
        "3": 4001,
        "6": 3002,
        "7": 4014,
        "4": 2004,
    }.get(fields.get("message_id", "")[:1], 0),
    verdict=_verdict,
    vendor="Cisco",
    product="ASA",
    seen_ja=(
        "ASA 8・9系とFTD（%ASA-、%FTD-）、PIX・FWSMの見出し。時刻あり・なし、RFC 5424も。",
        "FTDの通信・侵入・ファイル記録（430001〜430005）の「名前: 値」形式。",
    ),
    lost_ja=(
        "表にない番号の文は、番号・本文と、文中の共通の書き方（相手先、利用者、グループ）だけを読みます。",
        "切断（302014など）には、どちらから始めた通信かが書かれません。",
    ),
)

"""Unbound: `unbound[12:0] info: 192.0.2.1 name. A IN`, replies, local zones, RPZ."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Format, Verdict
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.sentences import IP, LONGEST, TEXT_ECS, fields_of_header, parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Fields, Line

_OWN = re.compile(
    r"(?:\[(?P<time>\d{10})\]|(?P<time_2>\w{3} \d\d \d\d:\d\d:\d\d)) unbound\[(?P<pid>\d+):\d+\] "
)
_TEXT = re.compile(
    r"(?:\[\d+:\d+\] )?(?P<severity>info|error|warning|notice|debug|reply|query|fatal error): "
)
_QUERY = re.compile(
    rf"(?P<src_ip>{IP})(?:@(?P<src_port>\d+))? (?P<query>\S+)\.? (?P<record_type>[A-Z0-9]+) "
    r"(?P<class>IN|CH|ANY)(?: (?P<rcode>[A-Z]+) (?P<seconds>[\d.]+) (?P<cached>[01]) "
    r"(?P<bytes>\d+))?"
)
_LOCAL = re.compile(
    rf"(?P<rule>\S+) (?P<action>\S+) (?P<src_ip>{IP})@(?P<src_port>\d+) (?P<query>\S+) "
    r"(?P<record_type>[A-Z0-9]+) (?P<class>IN|CH)"
)
_RPZ = re.compile(
    rf"(?:\S+ )?rpz: applied \[(?P<rule>[^\]]*)\] (?P<trigger>\S+) (?P<action>rpz-\S+) "
    rf"(?P<src_ip>{IP})@(?P<src_port>\d+) (?P<query>\S+) (?P<record_type>\S+) (?P<class>\S+)"
)
_DECLARED = (
    "host", "program", "pid", "message", "time", "severity", "src_ip", "src_port", "query",
    "record_type", "class", "rcode", "bytes", "seconds", "cached", "rule", "trigger", "action",
)  # fmt: skip
_REFUSING = ("deny", "refuse", "always_nxdomain", "always_refuse", "always_null", "redirect",
             "inform_deny", "inform_redirect", "rpz-nxdomain", "rpz-nodata", "rpz-drop",
             "rpz-local-data", "rpz-cname-override")  # fmt: skip


def _sniff(line: Line) -> bool:
    return line.header.program == "unbound" or _OWN.match(line.text) is not None


def _parse(line: Line) -> Fields:
    fields = fields_of_header(line)
    text = line.header.body.strip()
    if own := _OWN.match(line.text):
        fields |= parts_of(own)
        fields["program"] = "unbound"
        text = line.text[own.end() :].strip()
    elif line.header.program != "unbound":
        raise NotThisFormat("No line of Unbound's.")
    fields["message"] = text
    lead = _TEXT.match(text)
    if lead:
        fields["severity"] = lead["severity"]
        text = text[lead.end() :]
    for pattern in (_RPZ, _LOCAL, _QUERY):
        if found := pattern.match(text[:LONGEST]):
            fields |= parts_of(found)
            break
    if "query" in fields:
        fields["query"] = fields["query"].rstrip(".") or "."
    return fields


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    text = fields.get("time", "")
    return from_text(text, zone, receive) if text else None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    action = fields.get("action", "").lower()
    if not action:
        return Disposition.UNKNOWN
    return Disposition.STOPPED if action in _REFUSING else Disposition.SEEN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    """Only lists of dangerous names judge; a local zone is the office's own naming."""
    if not fields.get("action", "").startswith("rpz-"):
        return None
    return Verdict(ThreatKind.BAD_SITE, fields.get("query", ""))


FORMAT = Format(
    name="unbound",
    title_ja="Unbound (DNSサーバー)",
    title_en="Unbound",
    shape="unbound",
    sniff=_sniff,
    marks=("unbound",),
    parse=_parse,
    declared=_DECLARED,
    ecs={**TEXT_ECS, "dns.question.class": ("class",)},
    device=("host",),
    stated_time=_stated_time,
    disposition=_disposition,
    ocsf_class=lambda fields: 4003 if "query" in fields else 0,
    verdict=_verdict,
    vendor="NLnet Labs",
    product="Unbound",
    seen_ja=("Unbound 1.9〜1.20のlog-queries、log-replies、log-local-actions、RPZの行。",),
    lost_ja=("答えの中身（IPアドレス）は記録されません。",),
)

"""BIND 9's named: queries, answers, RPZ, transfers, updates; with or without category."""

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

_TIME = re.compile(r"(?P<time>\d{1,2}-\w{3}-\d{4} \d\d:\d\d:\d\d(?:\.\d+)?) ")
_CATEGORIES = (
    "client|cname|config|database|default|delegation-only|dispatch|dnssec|dnstap|edns-disabled|"
    "general|lame-servers|network|notify|nsid|queries|query-errors|rate-limit|resolver|rpz|"
    "rpz-passthru|security|serve-stale|spill|trust-anchor-telemetry|unmatched|update|"
    "update-security|xfer-in|xfer-out|zoneload|responses"
)
_LEVELS = "critical|error|warning|notice|info|debug(?: \\d+)?"
_LEAD = re.compile(rf"(?:(?P<category>{_CATEGORIES}): )?(?:(?P<severity>{_LEVELS}): )?")
_CLIENT = (
    rf"client (?:@0x[0-9a-fA-F]+ )?(?P<src_ip>{IP})#(?P<src_port>\d+)"
    r"(?:/key \S+)?(?: \((?P<query>[^)\s]*)\))?: (?:view (?P<view>\S+): )?"
)
_PARTS = tuple(
    re.compile(text)
    for text in (
        (
            rf"query: (?P<query>\S+) (?P<class>IN|CH|HS|ANY|CLASS\d+) (?P<record_type>\S+) "
            rf"(?P<flags>[+\-]\S*)(?: \((?P<dst_ip>{IP})\))?"
        ),
        (
            rf"answer: (?P<query>\S+) (?P<class>IN|CH|HS) (?P<record_type>\S+) (?P<flags>[+\-]\S*)?"
            rf"(?: ?\((?P<dst_ip>{IP})\))? -> (?P<rcode>\w+)(?: (?P<answer>.*))?$"
        ),
        r"response: (?P<query>\S+) (?P<class>IN|CH) (?P<record_type>\S+) (?P<rcode>[A-Z]+)",
        (
            r"(?:disabled )?rpz (?P<trigger>[A-Z\-]+) (?P<policy>[A-Za-z\-]+) rewrite "
            r"(?P<query>[^/\s]+)(?:/(?P<record_type>\w+)/(?P<class>\w+))? via (?P<rule>\S+)"
            r"(?: \(CNAME to: (?P<cname>[^)]+)\))?"
        ),
        (
            r"query (?:\(cache\) )?'(?P<query>[^/']+)/(?P<record_type>\w+)/(?P<class>\w+)' "
            r"(?P<outcome>denied|approved)"
        ),
        (
            r"query failed \((?P<rcode>\w+)\) for (?P<query>[^/\s]+)/(?P<class>\w+)/"
            r"(?P<record_type>\w+)"
        ),
        (
            r"(?P<action>updating zone|update|zone transfer|AXFR-style IXFR|transfer of|received "
            r"notify for zone|request has invalid signature|signer) '?(?P<zone>[^'/\s]+)?"
        ),
        (
            rf"(?:transfer of|zone) '?(?P<zone>[^/'\s]+)/(?P<class>IN|CH)'? ?(?:from|to) "
            rf"(?P<src_ip>{IP})#(?P<src_port>\d+): (?P<reason>.*)$"
        ),
        (
            rf"(?P<reason>\b\w[\w ]{{0,60}}) resolving '(?P<query>[^/']+)/"
            r"(?P<record_type>\w+)/\w+': "
            rf"(?P<dst_ip>{IP})#(?P<dst_port>\d+)"
        ),
        r"(?P<outcome>denied|refused)\b",
        r"rate limit (?P<action>drop|slip|stop limiting) \S+ (?:response|error)",
    )
)
_BEGINNING = re.compile(
    rf"(?:(?:{_CATEGORIES}): )?(?:(?:{_LEVELS}): )?"
    r"(?:client (?:@0x[0-9a-fA-F]+ )?[0-9A-Fa-f.:]+#\d+|(?:zone|transfer of) '?[\w.\-]+/(?:IN|CH)|"
    r"[\w ]+ resolving '[^']+/\w+/IN': )"
)
_DECLARED = (
    "host", "program", "pid", "message", "time", "category", "severity", "src_ip", "src_port",
    "dst_ip", "dst_port", "query", "record_type", "class", "flags", "rcode", "answer", "view",
    "zone", "rule", "trigger", "policy", "cname", "action", "outcome", "reason",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    **TEXT_ECS,
    "event.category": ("category",),
    "event.action": ("action", "policy"),
    "dns.question.class": ("class",),
    "dns.header_flags": (),
    "rule.name": ("rule",),
}
# What a response policy zone does with the name.
_REFUSING = ("NXDOMAIN", "NODATA", "DROP", "CNAME", "LOCAL-DATA", "TCP-ONLY", "NO-OP")


def _sniff(line: Line) -> bool:
    if line.header.program:
        return line.header.program.rpartition("/")[2].startswith("named")
    body = line.header.body
    found = _TIME.match(body)
    return _BEGINNING.match(body, found.end() if found else 0, 400) is not None


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    if not _sniff(line):
        raise NotThisFormat("No line of BIND's.")
    fields = fields_of_header(line) | {"message": body}
    text = body[:LONGEST]
    if found := _TIME.match(text):
        fields["time"], text = found["time"], text[found.end() :]
    if lead := _LEAD.match(text):
        fields |= parts_of(lead)
        text = text[lead.end() :]
    if client := re.match(_CLIENT, text):
        fields |= parts_of(client)
        text = text[client.end() :]
    for pattern in _PARTS:
        if part := pattern.search(text):
            for name, value in parts_of(part).items():
                fields.setdefault(name, value)
    return fields


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    text = fields.get("time", "")
    return from_text(text, zone, receive) if text else None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    policy = fields.get("policy", "").upper()
    if policy == "PASSTHRU":
        return Disposition.LET_THROUGH
    if fields.get("message", "").startswith("disabled") or not policy:
        return Disposition.UNKNOWN
    return Disposition.STOPPED if policy in _REFUSING else Disposition.SEEN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    """A name on the list of a response policy zone; a pass-through is the owner's exception."""
    if "policy" not in fields or fields["policy"].upper() == "PASSTHRU":
        return None
    return Verdict(ThreatKind.BAD_SITE, fields.get("query", ""))


FORMAT = Format(
    name="bind",
    title_ja="BIND (DNSサーバー)",
    title_en="BIND 9",
    shape="bind",
    sniff=_sniff,
    marks=("named", "client ", "/IN", "/CH"),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    device=("host",),
    stated_time=_stated_time,
    disposition=_disposition,
    ocsf_class=lambda fields: 4003 if "query" in fields else 0,
    verdict=_verdict,
    vendor="ISC",
    product="BIND",
    seen_ja=("BIND 9.9〜9.18のquery、answer、rpz、xfer、update、resolver、securityの行。",),
    lost_ja=("BINDは答えを標準では記録しません。rpzとquery-errorsだけが結果を言います。",),
)

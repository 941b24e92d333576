"""Cisco ISE: `CISE_Failed_Attempts 0000000012 3 0 time zone … 5400 NOTICE …, Name=value, …`.

Long messages come in parts that share a number; each part is read for itself, so a later part has
pairs and no sentence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.sentences import MAC

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_PART = re.compile(
    r"(?:(?P<class>CISE_\w+):? )?(?P<message_number>\d{10}) (?P<parts>\d{1,3}) (?P<part>\d{1,3}) "
)
_HEAD = re.compile(
    r"(?:(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+\-]\d\d:?\d\d) |[+\-]\d{4} )"
    r"(?:(?P<sequence>\d+) )?"
    r"(?:(?P<code>\d{4,5}) )?(?P<severity>[A-Z]+) (?P<category>[^:,]+): (?P<text>[^,]*)(?:, ?|$)"
)
_PLAIN = re.compile(r"(?P<severity>[A-Z]+): (?P<text>Configuration [^:]+): ")
_SPLIT = re.compile(r"(?<!\\)[,;] ?")
_REDIRECT = re.compile(r"url-redirect=(\S+?)[;,\s]")
_DECLARED = (
    "class", "message_number", "parts", "part", "time", "code", "severity", "category", "text",
    "message", "host", "UserName", "User", "Protocol", "Device IP Address", "NetworkDeviceName",
    "DestinationIPAddress", "DestinationPort", "NAS-IP-Address", "Calling-Station-ID",
    "FailureReason", "Response", "AuthenticationIdentityStore", "AuthenticationMethod",
    "IdentityPolicyMatchedRule", "AuthorizationPolicyMatchedRule", "ISEPolicySetName",
    "Remote-Address", "Framed-IP-Address", "CmdSet", "Admin", "AdminInterface", "AdminIPAddress",
    "ObjectType", "ObjectName", "PeerName", "PeerAddress", "EndPointMACAddress", "SSID",
    "PostureStatus", "CPMSessionID",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.code": ("code",),
    "event.category": ("category",),
    "event.reason": ("Response", "text"),
    "log.level": ("severity",),
    "observer.hostname": ("host",),
    "source.ip": ("Device IP Address", "NAS-IP-Address", "AdminIPAddress", "Remote-Address"),
    "source.port": ("Device Port",),
    "source.mac": (),
    "destination.ip": ("DestinationIPAddress", "ISELocalAddress"),
    "destination.port": ("DestinationPort",),
    "destination.domain": ("PeerName",),
    "client.ip": ("Framed-IP-Address", "Remote-Address"),
    "network.protocol": ("Protocol",),
    "user.name": ("UserName", "User", "Admin", "User-Name", "AdminName"),
    "rule.name": ("IdentityPolicyMatchedRule", "AuthorizationPolicyMatchedRule"),
    "rule.ruleset": ("ISEPolicySetName",),
    "host.name": ("NetworkDeviceName",),
    "network.name": ("SSID",),
    "tls.version": ("TLSVersion",),
    "tls.cipher": ("TLSCipher",),
    "process.command_line": ("CmdSet",),
    "url.original": ("url-redirect",),
    "message": ("message",),
}


def _sniff(line: Line) -> bool:
    text = line.text[:400]
    if "CISE_" in text[:160] or "ConfigVersionId=" in text:
        return True
    body = line.header.body
    return bool(_PART.match(body) or _PLAIN.match(body)) or " null: MnT " in text


def _parse(line: Line) -> Fields:
    body = line.text.strip()
    start = body.find("CISE_")
    body = body[start:] if 0 <= start < 160 else line.header.body.strip()
    fields: Fields = {"message": body}
    if line.header.host:
        fields["host"] = line.header.host
    rest = body
    if found := _PART.match(rest):
        fields |= {name: value for name, value in found.groupdict().items() if value}
        rest = rest[found.end() :].lstrip()
    if head := _HEAD.match(rest):
        fields |= {name: value.strip() for name, value in head.groupdict().items() if value}
        rest = rest[head.end() :]
    elif plain := _PLAIN.match(rest):
        fields |= plain.groupdict()
        rest = rest[plain.end() :]
    elif len(fields) < 3 and "=" not in rest:
        raise NotThisFormat("No record of ISE's.")
    _add_pairs(fields, rest)
    return fields


def _add_pairs(fields: Fields, rest: str) -> None:
    """`Name=value, ` with `\\,` inside values; repeated names keep the first."""
    if found := _REDIRECT.search(f"{rest} "):
        fields["url-redirect"] = found[1]
    place, count = 0, 0
    while place < len(rest) and count < 500:
        stop = _end_of_value(rest, place)
        name, equals, value = rest[place:stop].strip().partition("=")
        if equals and value.strip():
            fields.setdefault(name.strip(), value.strip().replace("\\,", ","))
        elif name and "text" not in fields and not equals:
            fields["text"] = name.strip()
        place, count = stop + 1, count + 1


def _end_of_value(rest: str, start: int) -> int:
    """The next comma or semicolon that ends a pair; `Response={…; …}` is one value."""
    equals = rest.find("=", start, start + 80)
    if equals > 0 and rest[equals + 1 : equals + 2] in ("{", "["):
        close = rest.find("}" if rest[equals + 1] == "{" else "]", equals)
        start = close if close > 0 else start
    found = _SPLIT.search(rest, start)
    return found.start() if found else len(rest)


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    text = fields.get("time", "")
    return from_text(text, zone, receive) if text else None


def _is_failed(fields: Mapping[str, str]) -> bool:
    return "Failed_Attempts" in fields.get("class", "") or fields.get("category", "").startswith(
        "Failed-Attempt"
    )


def _disposition(fields: Mapping[str, str]) -> Disposition:
    return Disposition.STOPPED if _is_failed(fields) else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if _is_failed(fields):
        return Verdict(ThreatKind.LOGIN_FAILED, first(fields, ("FailureReason", "text")))
    if fields.get("text", "").startswith("Configuration Changed"):
        return Verdict(ThreatKind.SETTING_CHANGED, first(fields, ("Object Name", "ObjectName")))
    return None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    names = ("EndPointMACAddress", "Calling-Station-ID", "Response", "UserName", "User-Name")
    for name in names:
        if found := re.search(MAC, fields.get(name, "")[:2_048]):
            ecs.setdefault("source.mac", found[0])
            break
    if fields.get("class") or fields.get("category"):
        ecs["event.outcome"] = "failure" if _is_failed(fields) else "success"
    if url := str(ecs.get("url.original", "")):
        ecs_values.add_url(ecs, url)


FORMAT = Format(
    name="cisco_ise",
    title_ja="Cisco ISE (認証サーバー)",
    title_en="Cisco ISE",
    shape="cisco_ise",
    sniff=_sniff,
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={"username": "UserName"},
    device=("host", "NetworkDeviceName"),
    user=("UserName", "User", "Admin"),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 3002,
    verdict=_verdict,
    vendor="Cisco",
    product="ISE",
    seen_ja=("ISE 2・3系のsyslog（CISE_で始まる記録と、分けて送られる続き）。",),
    lost_ja=("分けて送られた記録は、つながずに1件ずつ読みます。",),
)

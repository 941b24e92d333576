"""Barracuda CloudGen Firewall: `Level Box Service text`, the firewall's activity log
(`Block: type=FWD|proto=TCP|srcIP=…`, also without names) and the user accounting.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import NO_DEED, kind_by_words
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.rows import natives
from hinomi.normalise.scanners.positional import name_columns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_LEVELS = "Emergency|Alert|Critical|Fatal|Error|Warning|Notice|Security|Info|Debug|Internal|Panic"
_LOOK = re.compile(rf"(?:^|[\s:])(?P<level>{_LEVELS}) {{1,9}}(?P<box>[\w.\-]+) +(?=\S)")
_IP = r"\d+\.\d+\.\d+\.\d+|[0-9A-Fa-f]*:[0-9A-Fa-f:]+:[0-9A-Fa-f]+"
_ACTIVITY = re.compile(
    r"(?:(?P<service>[\w/\-]+)[: ]+)?(?:\[(?P<kind>\w+)\] )?(?P<action>Allow|LocalAllow|Block|"
    r"LocalBlock|Remove|LocalRemove|Drop|LocalDrop|Fail|LocalFail|Detect|LocalDetect|Deny|Rule|"
    r"Session|Scan|Login|LocalLogin): (?P<rest>\S.*\|.*)"
)
_COLUMNS = (
    "type", "proto", "srcIF", "srcIP", "srcPort", "srcMAC", "dstIP", "dstPort", "dstService",
    "dstIF", "rule", "info", "srcNAT", "dstNAT", "duration", "count", "receivedBytes",
    "sentBytes", "receivedPackets", "sentPackets", "user", "protocol", "application", "target",
    "content", "urlcat",
)  # fmt: skip
_ACCOUNTING = re.compile(r"(?P<action>update|start|stop|login|logout)\|(?P<rest>.*\|.*)", re.I)
_ACCOUNT_COLUMNS = (
    "box_name", "group", "", "", "", "", "", "session_start", "session_now", "receivedBytes",
    "sentBytes", "client_ip", "", "", "client_user",
)  # fmt: skip
_PEER = r"(?P<login_host>[^_\s]{1,80})_(?P<box_said>[^_\s]{1,80})_[\d\-]+_\d+"
_SENTENCES = tuple(re.compile(text) for text in (
    (rf"(?P<srcIP>{_IP}):(?P<srcPort>\d+) +login (?P<result>succeeded|failed): {_PEER} "
    r"(?P<text>.*)"),
    (rf"(?:New|Closing|Closed) Session GCSID_{_PEER}_(?P<srcIP>{_IP})_(?P<srcPort>\d+)_\d+"),
    rf"\[(?P<admin>[\w.\-]+)@(?P<srcIP>{_IP})_(?P<srcPort>\d+)\] +(?P<text>.*)",
    (r"(?P<service>[\w/\-]+): \[\w+\] SecurityEvent: \((?P<event>[^)]+)\) "
    rf"(?P<text>.{{0,200}}?source IP (?P<srcIP>{_IP}).*)"),
    r"(?P<service>[\w/\-]+): \[\w+\] SecurityEvent: \((?P<event>[^)]+)\) (?P<text>.*)",
    (r"(?P<text>.{0,120}?(?:[Aa]uthentication|[Ll]ogin).{0,60}?(?:user|for) "
    rf"'?(?P<user>[\w.@\\\-]+)'? .{{0,80}}?from (?:peer )?(?P<srcIP>{_IP}).*)"),
))  # fmt: skip
# The service that speaks stands before its words, in spellings no other word has.
_SERVICE = re.compile(r"(?P<service>[A-Z][A-Za-z0-9]*(?:-[A-Z][A-Za-z0-9]*)+) (?P<text>.*)")
_COMMAND = re.compile(r"\b(?:Execute|Executing|execute|Run): (?P<command>/\S.*)")
_LONGEST = 8_192
_DECLARED = (
    "level", "box", "service", "action", "type", "proto", "srcIF", "srcIP", "srcPort", "srcMAC",
    "dstIP", "dstPort", "dstService", "dstIF", "rule", "info", "srcNAT", "dstNAT", "duration",
    "count", "receivedBytes", "sentBytes", "receivedPackets", "sentPackets", "user", "protocol",
    "application", "target", "content", "urlcat", "text", "event", "result", "admin", "command",
    "client_ip", "client_user", "login_host",
)  # fmt: skip
_ECS = natives({
    "event.action": "action",
    "event.outcome": "result",
    "event.reason": "text info",
    "log.level": "level",
    "observer.name": "box",
    "observer.ingress.interface.name": "srcIF",
    "observer.egress.interface.name": "dstIF",
    "source.ip": "srcIP",
    "source.port": "srcPort",
    "source.mac": "srcMAC",
    "source.bytes": "sentBytes",
    "source.packets": "sentPackets",
    "source.nat.ip": "srcNAT",
    "destination.ip": "dstIP",
    "destination.port": "dstPort",
    "destination.bytes": "receivedBytes",
    "destination.packets": "receivedPackets",
    "destination.nat.ip": "dstNAT",
    "destination.domain": "target",
    "client.user.name": "client_user",
    "network.transport": "proto",
    "network.protocol": "protocol dstService",
    "network.application": "application",
    "rule.name": "rule",
    "rule.category": "urlcat event",
    "user.name": "user admin client_user",
    "host.name": "login_host",
    "process.command_line": "command",
    "service.name": "service",
})  # fmt: skip
_ALIASES = {
    "src_ip": "srcIP", "dst_ip": "dstIP", "src_port": "srcPort", "dst_port": "dstPort",
    "SourceIp": "srcIP", "DestinationIp": "dstIP", "SourcePort": "srcPort",
    "DestinationPort": "dstPort", "username": "user", "r-dns": "target",
}  # fmt: skip
_FAULTS = r"licen[cs]e.{0,60}expired|pattern update.{0,40}fail"
_kind_of_event = kind_by_words(
    (r"virus|malware|\bATP\b", ThreatKind.MALWARE),
    (r"botnet|spyware", ThreatKind.CALLBACK),
    (r"\bIPS\b|\bIDS\b|intrusion|pattern", ThreatKind.EXPLOIT),
    (r"scan|sweep", ThreatKind.SCAN),
    (r"flood|rate limit|max.*session|\bDDoS\b", ThreatKind.FLOOD),
    (r"spoof|land attack|\barp\b|ping of death", ThreatKind.INTRUSION),
    (_FAULTS, ThreatKind.FAULT),
)
_BLOCKS = frozenset({"block", "localblock", "drop", "localdrop", "deny"})
_FAILED = re.compile(r"(?:login|authentication).{0,60}fail|fail.{0,60}(?:login|authentication)",
                     re.IGNORECASE)  # fmt: skip


def _sniff(line: Line) -> bool:
    """The level is a word of its own, padded to nine, and the box's name follows: no other format
    begins so. A header may stand before it."""
    found = _LOOK.search(line.text[:200])
    if not found:
        return False
    rest = line.text[found.end() : found.end() + 600]
    padded = found["level"].ljust(8) + " " in line.text[:200]
    return padded and found.start() <= len(line.text) - len(line.header.body) + 1 and bool(rest)


def _parse(line: Line) -> Fields:
    found = _LOOK.search(line.text[:200])
    if not found:
        raise NotThisFormat("No level and box.")
    fields: Fields = {"level": found["level"], "box": found["box"]}
    rest = line.text[found.end() :].strip()
    if activity := _ACTIVITY.match(rest):
        return fields | _activity(activity)
    if account := _ACCOUNTING.match(rest):
        columns = name_columns(account["rest"].split("|"), _ACCOUNT_COLUMNS)
        return fields | {"action": account["action"], **columns}
    return fields | _sentence(rest)


def _activity(found: re.Match[str]) -> Fields:
    fields = {name: value for name, value in found.groupdict().items() if value and name != "rest"}
    pieces = found["rest"].split("|")
    if "=" not in pieces[0]:
        return fields | name_columns(pieces, _COLUMNS)
    for piece in pieces:
        name, equals, value = piece.partition("=")
        if equals and value:
            fields.setdefault(name.strip(), value.strip())
    return fields


def _sentence(text: str) -> Fields:
    for pattern in _SENTENCES:
        if found := pattern.match(text[:_LONGEST]):
            fields = {name: value for name, value in found.groupdict().items() if value}
            break
    else:
        named = _SERVICE.match(text)
        fields = dict(named.groupdict()) if named else {"text": text}
    if command := _COMMAND.search(fields.get("text", "")[:_LONGEST]):
        fields["command"] = command["command"]
    return fields


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    return from_text(fields.get("session_now", ""), zone, receive)


def _kind(fields: Mapping[str, str]) -> ThreatKind | None:
    said = f"{fields.get('event', '')} {fields.get('info', '')}"
    if kind := _kind_of_event(said):
        return kind
    text = fields.get("text", "")
    if fields.get("result") == "failed" or _FAILED.search(text[:1_000]):
        return ThreatKind.LOGIN_FAILED
    return ThreatKind.FAULT if re.search(_FAULTS, text[:1_000], re.IGNORECASE) else None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """A blocked connection is a verdict only where a security function is named as the reason."""
    if _kind(fields) in NO_DEED:
        return Disposition.UNKNOWN
    action = fields.get("action", "").lower()
    if action in _BLOCKS or "unallowed" in fields.get("text", ""):
        return Disposition.STOPPED
    return Disposition.SEEN if "detect" in action else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    kind = _kind(fields)
    return Verdict(kind, first(fields, ("event", "info", "text"))) if kind else None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if address := fields.get("client_ip"):
        ecs["client.ip"] = [address]
    milliseconds = fields.get("duration", "")
    if milliseconds.isdecimal() and len(milliseconds) < 13:
        ecs["event.duration"] = int(milliseconds) * 1_000_000


def _ocsf_class(fields: Mapping[str, str]) -> int:
    kind = _kind(fields)
    if "result" in fields or kind is ThreatKind.LOGIN_FAILED:
        return 3002
    if kind not in (None, ThreatKind.FAULT):
        return 2004
    return 4001 if "dstIP" in fields else 0


FORMAT = Format(
    name="barracuda",
    title_ja="Barracuda CloudGen Firewall",
    title_en="Barracuda CloudGen Firewall",
    shape="barracuda",
    sniff=_sniff,
    marks=tuple(f"{level:8} " for level in _LEVELS.split("|")),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases=_ALIASES,
    device=("box",),
    user=("user", "admin", "client_user"),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=_ocsf_class,
    verdict=_verdict,
    vendor="Barracuda",
    product="CloudGen Firewall",
    seen_ja=("CloudGen Firewall 8・9系のsyslog（通信、利用者、管理、認証、監視の記録）。",),
    lost_ja=("文で書かれる記録は、よく出る形だけを分けて読みます。ほかは文のまま残します。",),
)

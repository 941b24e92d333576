"""Cisco Meraki MX, MR and MS: `<134>1 1763632800.123456789 NAME type …`, pairs or a sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.scanners.pairs import scan_pairs
from hinomi.normalise.sentences import IP, LONGEST, MAC, TEXT_ECS, parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_TYPES = frozenset({
    "flows", "firewall", "vpn_firewall", "cellular_firewall", "urls", "events", "ids-alerts",
    "security_event", "airmarshal_events", "ip_flow_start", "ip_flow_end", "l7_firewall",
    "bridge_anyconnect_client_vpn_firewall",
})  # fmt: skip
_REQUEST = re.compile(r"\brequest: ?(?:(?P<method>[A-Z]+|UNKNOWN) )?(?P<url>\S+)")
_PATTERN = re.compile(r"\bpattern: ?(?P<pattern>.+)$")
_MESSAGE = re.compile(r"\bmessage: ?(?P<attack>.+)$")
_LEADING = re.compile(r"(?P<word>[a-z][\w\-]*)(?: |$)(?!=)")
_SENTENCES = tuple(
    re.compile(text)
    for text in (
        (
            rf"dhcp lease of ip (?P<src_ip>{IP}) (?:from server mac (?P<server_mac>{MAC}) )?"
            rf"(?:from mx mac (?P<mx_mac>{MAC}) )?for client mac (?P<src_mac>{MAC})"
            rf"(?: with hostname (?P<src_name>\S+))?(?: from router (?P<router>{IP}))?"
        ),
        rf"dhcp no offers for mac (?P<src_mac>{MAC})(?: host = (?P<dst_ip>{IP}))?",
        rf"dhcp release for mac (?P<src_mac>{MAC})",
        (
            rf"client_vpn_(?:dis)?connect user id '(?P<user>[^']*)' local ip (?P<src_nat_ip>{IP})"
            rf"(?: connected from (?P<src_ip>{IP}))?"
        ),
        rf".{{0,200}}?Peer IP=(?P<src_ip>{IP})(?: Peer port=(?P<src_port>\d+))?",
        r"content_filtering_block url='(?P<url>[^']*)' server='(?P<server>[^']*)'",
        r"(?:port|Port) (?P<src_if>\w+) (?:status )?changed (?P<change>.+)$",
    )
)
_DECLARED = (
    "type", "event", "message", "src", "dst", "sport", "dport", "mac", "protocol", "pattern",
    "action", "user", "agent", "method", "url", "signature", "priority", "direction", "decision",
    "attack", "disposition", "name", "sha256", "dhost", "translated_src_ip", "translated_port",
    "translated_dst_ip", "ssid", "bssid", "identity", "ip", "src_ip", "src_mac", "src_name",
    "server", "type_2", "timestamp",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    **TEXT_ECS,
    "observer.hostname": ("host",),
    "observer.name": ("host",),
    "host.name": (),
    "host.hostname": (),
    "event.category": ("type",),
    "event.action": ("action", "decision", "event"),
    "event.reason": ("attack", "reason"),
    "source.ip": ("src", "src_ip", "ip", "client_ip", "peer_contact"),
    "source.port": ("sport",),
    "source.mac": ("mac", "src_mac", "client_mac", "shost"),
    "source.nat.ip": ("translated_src_ip", "src_nat_ip"),
    "source.nat.port": ("translated_port",),
    "destination.ip": ("dst", "dst_ip", "server", "server_ip"),
    "destination.port": ("dport",),
    "destination.mac": ("dhost",),
    "destination.nat.ip": ("translated_dst_ip",),
    "network.protocol": ("protocol",),
    "network.direction": ("direction",),
    "http.request.method": ("method",),
    "user_agent.original": ("agent",),
    "url.original": ("url",),
    "user.name": ("user", "identity", "user_id"),
    "rule.id": ("signature",),
    "rule.name": ("attack", "pattern"),
    "event.severity": ("priority",),
    "file.hash.sha256": ("sha256",),
    "threat.indicator.name": ("name",),
    "network.name": ("ssid",),
    "message": ("message",),
}
_REFUSALS = ("content_filtering_block", "8021x_eap_failure", "anyconnect_vpn_auth_failure")
_DENIES = ("deny", "0 ", "drop", "block")


def _sniff(line: Line) -> bool:
    word, _, rest = line.header.body.partition(" ")
    return bool(rest) and word in _TYPES


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    word, _, rest = body.partition(" ")
    if word not in _TYPES:
        raise NotThisFormat("No type of Meraki's.")
    fields: Fields = {"type": word, "message": body}
    if line.header.host:
        fields["host"] = line.header.host
    lead = _LEADING.match(rest)
    if lead and lead["word"] not in ("src", "dst"):
        name = "action" if lead["word"] in ("allow", "deny") else "event"
        fields[name] = lead["word"]
    for pattern in (_REQUEST, _PATTERN, _MESSAGE):
        if found := pattern.search(rest[:LONGEST]):
            fields |= parts_of(found)
            rest = rest[: found.start()]
    _add_pairs(fields, rest)
    for pattern in _SENTENCES:
        if found := pattern.match(rest[:LONGEST]):
            fields |= parts_of(found)
            break
    if "pattern" in fields and "action" not in fields:
        denied = fields["pattern"].lower().startswith(_DENIES)
        fields["action"] = "deny" if denied else "allow"
    return fields


def _add_pairs(fields: Fields, rest: str) -> None:
    if "=" not in rest:
        return
    start = rest.rfind(" ", 0, rest.find("=")) + 1
    for name, value in scan_pairs(rest[start:]).items():
        if value[:1] == "'" and "'" in value[1:]:
            value = value[1:].partition("'")[0]  # what follows the quote is no value
        if name == "type":
            fields.setdefault("event", value.strip("'"))
        elif value:
            fields.setdefault(name, value.strip("'"))


def _disposition(fields: Mapping[str, str]) -> Disposition:
    word = first(fields, ("decision", "action")).lower()
    if fields.get("type") in ("security_event", "ids-alerts") or "blocked" in word:
        if word.startswith(("block", "deny", "drop")):
            return Disposition.STOPPED
        return Disposition.LET_THROUGH if word == "allow" else Disposition.SEEN
    if fields.get("event", "") in _REFUSALS:
        return Disposition.STOPPED
    return Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    kind, event = fields.get("type", ""), fields.get("event", "")
    if "sha256" in fields or event.startswith("security_filtering"):
        bad = fields.get("disposition", "") == "malicious"
        return Verdict(ThreatKind.MALWARE, fields.get("name", "")) if bad else None
    if kind == "ids-alerts" or event == "ids_alerted":
        return Verdict(ThreatKind.INTRUSION, first(fields, ("attack", "signature")))
    if event in ("rogue_ssid_detected", "ssid_spoofing_detected"):
        return Verdict(ThreatKind.SUSPICIOUS, fields.get("ssid", ""))
    if event == "content_filtering_block":
        return Verdict(ThreatKind.POLICY, fields.get("url", ""))
    if event in ("8021x_eap_failure", "anyconnect_vpn_auth_failure"):
        return Verdict(ThreatKind.LOGIN_FAILED, fields.get("identity", ""))
    return None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if url := str(ecs.get("url.original", "")):
        ecs_values.add_url(ecs, url)


FORMAT = Format(
    name="cisco_meraki",
    title_ja="Cisco Meraki (MX・MR・MS)",
    title_en="Cisco Meraki (MX, MR, MS)",
    shape="cisco_meraki",
    sniff=_sniff,
    marks=tuple(f"{kind} " for kind in _TYPES),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "src_ip": "src",
        "dst_ip": "dst",
        "src_port": "sport",
        "dst_port": "dport",
        "c-uri": "url",
        "c-useragent": "agent",
        "cs-method": "method",
        "username": "user",
    },
    device=("host",),
    user=("user", "identity", "user_id"),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: {
        "urls": 4002,
        "events": 0,
        "airmarshal_events": 0,
        "security_event": 2004,
        "ids-alerts": 2004,
    }.get(fields.get("type", ""), 4001),
    verdict=_verdict,
    vendor="Cisco",
    product="Meraki",
    seen_ja=(
        (
            "MX・MR・MSのsyslog：flows、firewall、urls、events、ids-alerts、security_event、"
            "airmarshal_events、ip_flow_start/end。"
        ),
    ),
    lost_ja=("パターンが「0」「1」で始まる古い版は、許可・拒否の語に読み替えます。",),
)

"""Clavister NetWall (cOS Core): `id=… event=… action=… [message=… key=value ][conn [conn … ]]`.

Groups in brackets only hold pairs together; their names say nothing, the keys do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import NO_DEED, kind_by_words
from hinomi.normalise.rows import natives, outcomes
from hinomi.normalise.scanners.pairs import keep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_LOOK = re.compile(r"\bid=\d{5,8} event=\w+")
_KEY = re.compile(r"(?:^|(?<=[\s\[\]]))([A-Za-z_]\w*)=")
_GROUP = re.compile(r"\s\]|\]\[|\s\[|\]\Z")  # where a group ends or begins behind a value
_PRIORITY = re.compile(r"\bprio=(\d)\b")
_DECLARED = (
    "id", "event", "action", "message", "rule", "connsrcip", "connsrcport", "conndestip",
    "conndestport", "newconnsrcip", "newconnsrcport", "newconndestip", "newconndestport",
    "connipproto", "connrecvif", "conndestif", "connrecvzone", "conndestzone", "origsent",
    "termsent", "srcip", "srcport", "destip", "destport", "hwsender", "hwdest", "username",
    "authrule", "authevent", "ipaddr", "client_ip", "server", "application", "url", "categories",
    "algname", "reason", "prio", "virusname", "filename", "signame", "sigid", "attackname",
)  # fmt: skip
_ECS = natives({
    "event.code": "id",
    "event.action": "action event",
    "event.reason": "message",
    "log.level": "prio",
    "source.ip": "connsrcip srcip ipaddr authsrcip",
    "source.port": "connsrcport srcport",
    "source.mac": "hwsender srchw",
    "source.nat.ip": "newconnsrcip client_ip",
    "source.nat.port": "newconnsrcport",
    "source.bytes": "origsent",
    "destination.ip": "conndestip destip",
    "destination.port": "conndestport destport",
    "destination.mac": "hwdest desthw",
    "destination.nat.ip": "newconndestip",
    "destination.nat.port": "newconndestport",
    "destination.bytes": "termsent",
    "client.ip": "client_ip",
    "server.ip": "server",
    "network.transport": "transport",
    "network.application": "application",
    "observer.ingress.interface.name": "connrecvif recvif iface",
    "observer.egress.interface.name": "conndestif destif",
    "observer.ingress.zone": "connrecvzone recvzone",
    "observer.egress.zone": "conndestzone destzone",
    "rule.name": "rule authrule",
    "rule.category": "categories",
    "user.name": "username user",
    "url.original": "url",
    "url.domain": "domain fqdn",
    "file.name": "filename",
    "host.os.name": "os_info",
    "threat.indicator.name": "virusname signame attackname",
    "http.request.method": "method",
})  # fmt: skip
_ALIASES = {
    "src_ip": "connsrcip", "dst_ip": "conndestip", "src_port": "connsrcport",
    "dst_port": "conndestport", "SourceIp": "connsrcip", "DestinationIp": "conndestip",
    "SourcePort": "connsrcport", "DestinationPort": "conndestport", "c-uri": "url",
    "r-dns": "domain", "Signature": "virusname", "Filename": "filename",
}  # fmt: skip
_TRANSPORTS = frozenset({"tcp", "udp", "icmp", "icmpv6", "gre", "esp", "ah", "igmp", "sctp"})
_OUTCOMES = outcomes({
    Disposition.STOPPED: "drop close block blocked block_data reject abort remove_file deny "
    "blacklist",
    Disposition.SEEN: "audit log notify none ignore",
    Disposition.LET_THROUGH: "allow allow_processing pass",
})  # fmt: skip
# Words of the event's name → what was judged (cOS Core log reference).
_kind_of_event = kind_by_words(
    (r"virus_found|infected|malware", ThreatKind.MALWARE),
    (r"botnet", ThreatKind.CALLBACK),
    (r"intrusion_detected|idp_notice|url_detected_by_idp", ThreatKind.EXPLOIT),
    (r"scan_detected|scanner|port_scan", ThreatKind.SCAN),
    (r"flood|syn_flood_protection|dos_protection|threshold", ThreatKind.FLOOD),
    (r"spoof|land_attack|ping_of_death|reputation", ThreatKind.INTRUSION),
    ((r"bad_user_credentials|login_fail|failed_login|user_auth_fail|admin_auth_fail|"
     r"invalid_username_or_password|authentication_failed"), ThreatKind.LOGIN_FAILED),
    (r"licen[cs]e_expire|no_valid_license|database_(?:down|update_fail)|update_failure",
     ThreatKind.FAULT),
    (r"spam_found|blocked_filetype|restricted_site_notice|request_blocked", ThreatKind.POLICY),
    flags=re.NOFLAG,
)  # fmt: skip


def _sniff(line: Line) -> bool:
    return " event=" in line.text[:400] and bool(_LOOK.search(line.text[:400]))


def _parse(line: Line) -> Fields:
    text = line.text
    start = _LOOK.search(text)
    if not start:
        raise NotThisFormat("No id= and event=.")
    fields = _pairs(text[start.start() :])
    if found := _PRIORITY.search(text[: start.start()][-200:]):
        fields["prio"] = found[1]
    transport = first(fields, ("connipproto", "ipproto_2", "ipproto")).lower()
    if transport in _TRANSPORTS:
        fields["transport"] = transport
    return fields


def _pairs(text: str) -> Fields:
    """A value runs to the next key or to the end of its group; what is quoted holds neither."""
    parts = text.split('"')
    last = len(parts) - 1
    plain = '"'.join(
        "_" * len(part) if place % 2 and place < last else part for place, part in enumerate(parts)
    )
    fields: Fields = {}
    marks = list(_KEY.finditer(plain))
    for index, mark in enumerate(marks):
        stop = marks[index + 1].start() if index + 1 < len(marks) else len(plain)
        if end := _GROUP.search(plain, mark.end(), stop):
            stop = end.start()
        value = text[mark.end() : stop].strip()
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1]
        keep(fields, mark[1], value)
    return fields


def _kind(fields: Mapping[str, str]) -> ThreatKind | None:
    event = fields.get("event", "").lower()
    return _kind_of_event(event)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """Only of events that judge: a rule's drop is the firewall's routing."""
    if _kind(fields) in NO_DEED:
        return Disposition.UNKNOWN
    return _OUTCOMES.get(fields.get("action", "").lower(), Disposition.UNKNOWN)


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    kind = _kind(fields)
    names = ("virusname", "signame", "attackname", "description", "categories", "message")
    return Verdict(kind, first(fields, names)) if kind else None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    """`3.09 K` is rounded by the device; only whole numbers are bytes."""
    if level := fields.get("prio"):
        ecs["log.level"] = level
    if "newconnsrcip" not in fields and "connsrcip" in fields:
        ecs.pop("source.nat.ip", None)


def _ocsf_class(fields: Mapping[str, str]) -> int:
    kind, event = _kind(fields), fields.get("event", "")
    if kind is ThreatKind.LOGIN_FAILED or event.startswith(("user_login", "user_logout")):
        return 3002
    if kind not in NO_DEED:
        return 2004
    if "oneconnect" in event:
        return 4014
    return 4002 if "url" in fields else (4001 if "connsrcip" in fields else 0)


FORMAT = Format(
    name="clavister",
    title_ja="Clavister",
    title_en="Clavister NetWall (cOS Core)",
    shape="clavister",
    sniff=_sniff,
    marks=(" event=",),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases=_ALIASES,
    user=("username", "user"),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=_ocsf_class,
    verdict=_verdict,
    vendor="Clavister",
    product="NetWall",
    seen_ja=("cOS Core 12～14系のsyslog（[conn …]などのかたまりを含む書き方）。",),
    lost_ja=("通信量は「3.09 K」のように丸めて書かれることがあり、その場合は数として読みません。",),
)

"""Ubiquiti UniFi: the gateway's packet lines, its intrusion lines, access points' stations, and the
CEF of UniFi Network's SIEM integration.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.scanners.cef import scan_cef
from hinomi.normalise.scanners.pairs import scan_pairs
from hinomi.normalise.sentences import (
    MAC,
    TEXT_ALIASES,
    TEXT_ECS,
    fields_of_header,
    read_sentence,
    sentences,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Fields, Line

_PACKET = re.compile(
    r"(?:\[[\d. ]+\] ?)?\[(?P<rule>(?P<chain>[A-Z][A-Z0-9_]*)-(?P<what>[A-Z]+|\d+)-"
    r"(?P<rule_id>[\w]+))\] ?(?:DESCR=\\?\"(?P<description>[^\"\\]*)\\?\" )?(?=IN=)"
)
_DESCRIBED = re.compile(r"(?:\[[\d. ]+\] ?)?DESCR=\\?\"(?P<description>[^\"\\]*)\\?\" (?=IN=)")
# What netfilter writes of a packet → our names.
_NETFILTER = {
    "IN": "src_if", "OUT": "dst_if", "SRC": "src_ip", "DST": "dst_ip", "SPT": "src_port",
    "DPT": "dst_port", "PROTO": "proto", "LEN": "bytes", "MAC": "mac_header",
}  # fmt: skip
_VERBS = {"A": "accept", "D": "drop", "R": "reject", "RET": "return", "DROP": "drop",
          "ACCEPT": "accept", "REJECT": "reject", "B": "drop"}  # fmt: skip
_SENTENCES = sentences(
    (
        (
            "station",
            "",
            (
                rf"(?P<src_if>\S+): STA (?P<src_mac>{MAC}) (?P<app>IEEE 802\.\w+|WPA|RADIUS|MLME): "
                r"(?P<verb>.+)$"
            ),
        ),
        (
            "station",
            "",
            rf"(?:wevent\.\w+\(\): )?EVENT_STA_(?P<verb>\w+) (?P<src_if>\S+): (?P<src_mac>{MAC})",
        ),
        ("radar", "", r"(?P<src_if>\S+): (?P<verb>DFS-RADAR-DETECTED)(?: (?P<reason>.*))?"),
    )
)
_PROGRAMS = frozenset({"hostapd", "stahtd", "mcad", "switch", "wevent", "ubios-udapi-server",
                       "mca-ctrl"})  # fmt: skip
_CEF_NAMES = {
    "src": "src_ip", "dst": "dst_ip", "spt": "src_port", "dpt": "dst_port", "proto": "proto",
    "app": "app", "msg": "reason", "UNIFIhost": "host", "UNIFIipsSignature": "signature",
    "UNIFIipsSignatureId": "signature_id", "UNIFIpolicyName": "rule", "UNIFIrisk": "risk",
    "UNIFIclientMac": "src_mac", "UNIFIclientAlias": "src_name", "UNIFIclientIp": "src_ip",
    "UNIFIadmin": "user", "UNIFIcategory": "category", "UNIFIsubCategory": "sub_category",
    "act": "verb", "suser": "user",
}  # fmt: skip
_DECLARED = (
    "host", "program", "pid", "message", "kind", "chain", "rule", "rule_id", "description", "verb",
    "src_if", "src_ip", "src_port", "src_mac", "src_name", "dst_if", "dst_ip", "dst_port", "proto",
    "app", "bytes", "mac_header", "signature", "signature_id", "risk", "category", "sub_category",
    "reason", "user", "Name", "DeviceEventClassID", "DeviceVersion", "Severity",
)  # fmt: skip


def _sniff(line: Line) -> bool:
    if "CEF:" in line.text[:160]:
        return "|Ubiquiti|" in line.text[:240]
    body = line.header.body
    if line.header.program in _PROGRAMS:
        return True
    return "IN=" in body[:300] and bool(_PACKET.match(body) or _DESCRIBED.match(body))


def _parse(line: Line) -> Fields:
    if "CEF:" in line.text[:160]:
        return _of_cef(line)
    body = line.header.body.strip()
    fields = fields_of_header(line) | {"message": body}
    if found := _PACKET.match(body) or _DESCRIBED.match(body):
        parts = {name: value for name, value in found.groupdict().items() if value}
        what = parts.pop("what", "")
        fields |= parts | {"kind": "packet"}
        if what in _VERBS:
            fields["verb"] = _VERBS[what]
        for name, value in scan_pairs(body[found.end() :]).items():
            if value and name in _NETFILTER:
                fields[_NETFILTER[name]] = value.split()[0]
        return fields
    if not _sniff(line):
        raise NotThisFormat("No line of UniFi's.")
    return fields | read_sentence(_SENTENCES, body)


def _of_cef(line: Line) -> Fields:
    fields = scan_cef(line.text)
    if fields.get("DeviceVendor") != "Ubiquiti":
        raise NotThisFormat("CEF, but not Ubiquiti's.")
    named = {_CEF_NAMES[name]: value for name, value in fields.items() if name in _CEF_NAMES}
    rest = {name: value for name, value in fields.items() if name not in _CEF_NAMES}
    return {"message": fields.get("msg", fields.get("Name", ""))} | rest | named


def _is_threat(fields: Mapping[str, str]) -> bool:
    return "signature" in fields or fields.get("Name", "").startswith("Threat ")


def _disposition(fields: Mapping[str, str]) -> Disposition:
    name = f"{fields.get('Name', '')} {fields.get('reason', '')}".lower()
    if _is_threat(fields):
        return Disposition.STOPPED if "blocked" in name else Disposition.SEEN
    if "login failed" in name or "failed to log in" in name:
        return Disposition.STOPPED
    return Disposition.SEEN if _verdict(fields) else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    name = f"{fields.get('Name', '')} {fields.get('reason', '')}".lower()
    if _is_threat(fields):
        return Verdict(ThreatKind.INTRUSION, first(fields, ("signature", "rule", "Name")))
    if "honeypot" in name:
        return Verdict(ThreatKind.SUSPICIOUS, fields.get("Name", ""))
    if "login failed" in name or "failed to log in" in name:
        return Verdict(ThreatKind.LOGIN_FAILED, fields.get("Name", ""))
    if "config" in name and ("modified" in name or "changed" in name):
        return Verdict(ThreatKind.SETTING_CHANGED, fields.get("Name", ""))
    return None


FORMAT = Format(
    name="unifi",
    title_ja="Ubiquiti UniFi",
    title_en="Ubiquiti UniFi",
    shape="unifi",
    sniff=_sniff,
    marks=(*_PROGRAMS, "|Ubiquiti|", "IN="),
    parse=_parse,
    declared=_DECLARED,
    ecs={
        **TEXT_ECS,
        "event.action": ("verb", "Name"),
        "event.code": ("DeviceEventClassID", "signature_id"),
        "event.category": ("category",),
        "event.severity": ("Severity",),
        "rule.name": ("signature", "description", "rule"),
        "rule.id": ("signature_id", "rule_id"),
        "rule.ruleset": ("chain",),
        "observer.version": ("DeviceVersion",),
    },
    aliases=TEXT_ALIASES,
    device=("host",),
    user=("user",),
    disposition=_disposition,
    ocsf_class=lambda fields: 2004 if _is_threat(fields) else 4001,
    verdict=_verdict,
    vendor="Ubiquiti",
    product="UniFi",
    seen_ja=(
        (
            "公開資料のゲートウェイの通信行（DESCR=、[WAN_LOCAL-D-…]）、無線端末の行、"
            "UniFi Network 9のSIEM連携（CEF）。"
        ),
    ),
    lost_ja=("CEF以外の侵入検知の行はSuricataの形なので、Suricataとして読みます。",),
    is_from_manual=True,
)

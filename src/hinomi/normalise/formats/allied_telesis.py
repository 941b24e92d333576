"""Allied Telesis AlliedWare Plus (AR routers, x switches): firewall, UTM functions, connections,
commands and sign-ins, as the AR series' technical guides print them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Format, Verdict
from hinomi.normalise.judging import kind_of
from hinomi.normalise.scanners.pairs import scan_pairs
from hinomi.normalise.sentences import (
    IP,
    LONGEST,
    TEXT_ALIASES,
    TEXT_ECS,
    fields_of_header,
    parts_of,
    read_sentence,
    sentences,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Fields, Line

_SEVERITIES = "emerg|alert|crit|err|error|warn|warning|notice|info|debug"
_SHOWN = re.compile(  # `show log`: 2026 Nov 20 18:00:01 local5.info awplus IPS[2014]: …
    r"(?P<time>\d{4} \w{3} +\d{1,2} \d\d:\d\d:\d\d) (?P<facility>\w+)\."
    rf"(?P<severity>{_SEVERITIES}) "
    r"(?P<host>\S+) (?P<program>[\w\-./]+)(?:\[(?P<pid>\d+)\])?: "
)
_FIREWALL = re.compile(
    r"(?:\[[\d. ]+\] ?)?Firewall(?: rule (?P<rule>\S+?))?: (?P<verb>PERMIT|DENY|REJECT|LOG)"
    r"(?: (?P<reason>(?!IN=)[^=]+?))? (?=IN=)"
)
_VERBS = "Drop|Alert|Block|Pass|Allow|DROP|ALERT|BLOCK"
_UTM = re.compile(
    rf"\[(?P<verb>{_VERBS})\] (?P<function>IPREP|MALWARE|IPS|"
    r"URLFILTER|AV|ATP|WEBCONTROL|DPI)[:\s]+(?P<signature>.*?)(?: \(?URL:(?P<url>[^\s\])]+)[\])]?)?"
    rf" \[?(?P<proto>[A-Za-z0-9\-]+)\]? (?P<src_ip>{IP})(?::(?P<src_port>\d+))? -> "
    rf"(?P<dst_ip>{IP})(?::(?P<dst_port>\d+))?"
)
_CONNECTION = re.compile(r"(?P<verb>NEW|END) (?=proto=)")
_PAIRS = {
    "IN": "src_if", "OUT": "dst_if", "SRC": "src_ip", "DST": "dst_ip", "SPT": "src_port",
    "DPT": "dst_port", "PROTO": "proto", "LEN": "bytes", "proto": "proto", "orig_src": "src_ip",
    "orig_dst": "dst_ip", "orig_sport": "src_port", "orig_dport": "dst_port",
    "orig_pkts": "src_packets", "orig_bytes": "src_bytes", "reply_pkts": "dst_packets",
    "reply_bytes": "dst_bytes", "reply_src": "dst_nat_ip", "reply_dst": "src_nat_ip",
    "reply_sport": "dst_nat_port", "reply_dport": "src_nat_port",
}  # fmt: skip
_SENTENCES = sentences(
    (
        ("command", "", r"\[(?P<user>[^@\]]+)@(?P<tty>[^\]]+)\] ?(?P<command>.+)$"),
        (
            "login",
            "failure",
            (
                rf".*?(?:login failure|Authentication failed|FAILED LOGIN).*?"
                rf"(?:user|for|User) '?(?P<user>[\w.\-@]+)'?(?:.*?from (?P<src_ip>{IP}))?"
            ),
        ),
        (
            "link",
            "",
            r"(?:Port up|Port down|Interface) ?(?:notification )?(?P<src_if>port[\d.]+|\S+)",
        ),
        ("loop", "", r".*?(?P<verb>Thrash|Loop Protection|Storm)[^:]*: ?(?P<reason>.+)$"),
    )
)
_PROGRAMS = frozenset({"IMISH", "IMI", "IPS", "HPI", "HSL", "NSM", "EPSR", "URLFILTER", "connlog",
                       "EXFX", "ATMF", "VCS", "LOOPPROT", "IPREP", "MALWARE", "UTM", "webcontrol",
                       "pluto"})  # fmt: skip
_DECLARED = (
    "host", "program", "pid", "message", "time", "facility", "severity", "kind", "function",
    "signature", "verb", "rule", "reason", "src_if", "src_ip", "src_port", "src_nat_ip",
    "src_nat_port", "dst_if", "dst_ip", "dst_port", "dst_nat_ip", "dst_nat_port", "proto", "bytes",
    "src_bytes", "dst_bytes", "src_packets", "dst_packets", "app", "url", "user",
    "command", "outcome",
)  # fmt: skip
_DEFAULTS = {
    "IPREP": ThreatKind.CALLBACK, "MALWARE": ThreatKind.MALWARE, "AV": ThreatKind.MALWARE,
    "IPS": ThreatKind.INTRUSION, "ATP": ThreatKind.MALWARE, "URLFILTER": ThreatKind.BAD_SITE,
    "WEBCONTROL": ThreatKind.POLICY, "DPI": ThreatKind.POLICY,
}  # fmt: skip


def _sniff(line: Line) -> bool:
    text = line.text
    if _SHOWN.match(text[:120]):
        return True
    body = line.header.body
    if line.header.program in _PROGRAMS:
        return True
    return (
        body[:60].lstrip("[0123456789. ]").startswith("Firewall")
        and (_FIREWALL.match(body[:300]) is not None)
    ) or (body[:1] == "[" and _UTM.match(body[:600]) is not None)


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    fields = fields_of_header(line)
    if shown := _SHOWN.match(line.text):
        fields |= parts_of(shown)
        body = line.text[shown.end() :].strip()
    elif not _sniff(line):
        raise NotThisFormat("No line of AlliedWare Plus.")
    fields["message"] = body
    text = body[:LONGEST]
    if found := _UTM.match(text):
        fields |= parts_of(found) | {"kind": "utm"}
        if fields["proto"].lower() not in ("tcp", "udp", "icmp"):
            fields["app"] = fields.pop("proto").lower()
        return fields
    for kind, pattern in (("packet", _FIREWALL), ("connection", _CONNECTION)):
        if found := pattern.match(text):
            fields |= parts_of(found) | {"kind": kind}
            for name, value in scan_pairs(text[found.end() :]).items():
                if value and name in _PAIRS:
                    fields[_PAIRS[name]] = value.split()[0]
            return fields
    return fields | read_sentence(_SENTENCES, text)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    if fields.get("kind") == "utm":
        verb = fields["verb"].lower()
        return Disposition.STOPPED if verb in ("drop", "block") else Disposition.SEEN
    is_refused = fields.get("outcome") == "failure"
    return Disposition.STOPPED if is_refused else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if fields.get("kind") == "utm":
        name = fields.get("signature", "").strip()
        return Verdict(kind_of(_DEFAULTS[fields["function"]], name), name)
    if fields.get("outcome") == "failure":
        return Verdict(ThreatKind.LOGIN_FAILED, "")
    return None


FORMAT = Format(
    name="allied_telesis",
    title_ja="アライドテレシス (AlliedWare Plus)",
    title_en="Allied Telesis AlliedWare Plus",
    shape="allied_telesis",
    sniff=_sniff,
    marks=(
        *_PROGRAMS,
        "Firewall",
        *(f".{severity} " for severity in _SEVERITIES.split("|")),
        *(f"[{verb}] " for verb in _VERBS.split("|")),
    ),
    parse=_parse,
    declared=_DECLARED,
    ecs={
        **TEXT_ECS,
        "event.action": ("verb", "kind"),
        "event.category": ("function",),
        "rule.name": ("signature", "rule"),
    },
    aliases=TEXT_ALIASES,
    device=("host",),
    user=("user",),
    disposition=_disposition,
    ocsf_class=lambda fields: {"utm": 2004, "packet": 4001, "connection": 4001}.get(
        fields.get("kind", ""), 0
    ),
    verdict=_verdict,
    vendor="Allied Telesis",
    product="AlliedWare Plus",
    seen_ja=(
        (
            "公開マニュアルのAlliedWare Plus 5（ARルーター、xスイッチ）："
            "ファイアウォール、IPレピュテーション、"
            "マルウェア、IPS、接続記録、コマンドの記録。syslogとshow logの両方の書き方。"
        ),
    ),
    lost_ja=("古いAlliedWare（CentreCOM）の番号付きの記録は、本文だけを読みます。",),
    is_from_manual=True,
)

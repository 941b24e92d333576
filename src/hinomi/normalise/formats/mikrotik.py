"""MikroTik RouterOS: `topic,topic sentence`, BSD syslog without topics, and CEF (7.18 and later).

From MikroTik's documentation of logging and firewall.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Format, Verdict
from hinomi.normalise.scanners.cef import scan_cef
from hinomi.normalise.sentences import (
    IP,
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

_TOPIC_NAMES = (
    "account|bgp|bridge|caps|certificate|container|critical|ddns|dhcp|dns|dude|"
    "e-mail|error|event|firewall|gsm|hotspot|igmp-proxy|interface|ipsec|iscsi|isdn|kvm|l2tp|ldp|"
    "lora|lte|manager|mme|mpls|ntp|ospf|ovpn|pim|poe-out|ppp|pppoe|pptp|radius|radvd|rip|route|"
    "rsvp|script|smb|snmp|ssh|sstp|store|stp|system|telephony|tftp|timer|ups|vrrp|wireguard|"
    "web-proxy|wireless"
)
_TOPICS = re.compile(rf"(?P<topics>(?:{_TOPIC_NAMES})(?:,[a-z!\-]+)+):? +")
_PACKET = (
    r"(?:(?P<rule>.{0,60}?) )?(?P<chain>input|forward|output|srcnat|dstnat|prerouting|postrouting|"
    r"\S+): in:(?P<src_if>\(unknown \d+\)|[^\s,]+) out:(?P<dst_if>\(unknown \d+\)|[^\s,]+),? ?"
    rf"(?:connection-state:(?P<state>[\w,\-]+),? )?(?:connection-mark:\S+ )?"
    rf"(?:src-mac (?P<src_mac>{MAC}),? )?(?:dst-mac (?P<dst_mac>{MAC}),? )?"
    r"proto (?P<proto>[\w\-]+)(?: \((?P<flags>[^)]*)\))?, "
    rf"\[?(?P<src_ip>{IP})\]?(?::(?P<src_port>\d+))?->\[?(?P<dst_ip>{IP})\]?(?::(?P<dst_port>\d+))?"
    rf"(?:, NAT \(?(?P<nat>[^,]+?)\)?)?(?:, (?:prio \S+ )?len (?P<bytes>\d+))?"
)
_SENTENCES = sentences(
    (
        ("packet", "", _PACKET),
        (
            "login",
            "failure",
            (
                rf"login failure for user (?P<user>.+?) from (?P<src_ip>{IP}|{MAC}) "
                r"via (?P<app>[\w\-]+)"
            ),
        ),
        (
            "login",
            "success",
            rf"user (?P<user>\S+) logged in (?:from (?P<src_ip>{IP}) )?via (?P<app>[\w\-]+)",
        ),
        (
            "logout",
            "",
            rf"user (?P<user>\S+) logged out (?:from (?P<src_ip>{IP}) )?via (?P<app>[\w\-]+)",
        ),
        (
            "vpn_login",
            "success",
            (
                rf"(?:<[^>]*>: )?(?P<user>\S+) logged in, (?P<tunnel_ip>{IP})"
                rf"(?: from (?P<src_ip>{IP}))?"
            ),
        ),
        ("vpn_logout", "", r"(?:<[^>]*>: )?(?P<user>\S+) logged out, (?P<reason>.+)$"),
        (
            "vpn_login",
            "failure",
            r"(?:<[^>]*>: )?user (?P<user>\S+) authentication failed(?: - (?P<reason>.*))?",
        ),
        (
            "dhcp",
            "",
            (
                rf"(?P<server>\S+) (?P<verb>(?:de)?assigned) (?P<src_ip>{IP}) (?:to|for|from) "
                rf"(?P<src_mac>{MAC})(?: (?P<src_name>\S+))?"
            ),
        ),
        (
            "wireless",
            "",
            (
                rf"(?P<src_mac>{MAC})@(?P<src_if>\S+?):? (?P<verb>(?:dis)?connected)"
                r"(?:, (?P<reason>.*))?"
            ),
        ),
        ("link", "", r"(?P<src_if>\S+) link (?P<verb>up|down)(?: \((?P<reason>[^)]*)\))?"),
        (
            "user_added",
            "success",
            r"user (?P<target>\S+) added by (?P<user>[^\s(]+)|user added by (?P<user_2>[^\s(]+)",
        ),
        (
            "setting",
            "",
            r"(?P<thing>[\w /\-]+?) (?P<verb>added|changed|removed|moved) by (?P<user>[^\s(]+)",
        ),
        ("reboot", "", r"(?:system|router) (?:rebooted|was rebooted)(?: (?P<reason>.*))?"),
    )
)
_LOOKS = re.compile(
    r"(?:\S+ )?(?:input|forward|output): in:\S|login failure for user .+ from \S+ via "
    r"(?:winbox|ssh|telnet|web|api|ftp)|user \S+ logged (?:in|out)(?: from \S+)? via "
    r"(?:winbox|ssh|telnet|web|api|local|ftp)"
)
_DECLARED = (
    "host", "program", "message", "topics", "kind", "chain", "rule", "src_if", "src_ip",
    "src_port", "src_mac", "dst_if", "dst_ip", "dst_port", "dst_mac", "proto", "flags", "state",
    "bytes", "user", "app", "outcome", "reason", "verb", "thing", "target", "tunnel_ip", "src_name",
    "server", "nat",
)  # fmt: skip
_KINDS = {
    "login": ThreatKind.LOGIN_FAILED, "vpn_login": ThreatKind.LOGIN_FAILED,
    "user_added": ThreatKind.NEW_ADMIN, "setting": ThreatKind.SETTING_CHANGED,
}  # fmt: skip


def _body(line: Line) -> str:
    """The header reader may take `firewall,info` for a host."""
    header = line.header
    word = f"{header.host} " if "," in header.host else ""
    return f"{word}{header.body}".strip()


_MARKS = (
    "|MikroTik|", "put: in:", "ward: in:", "login failure for user ", " logged in", " logged out",
    *(f"{topic}," for topic in _TOPIC_NAMES.split("|")),
)  # fmt: skip


def _sniff(line: Line) -> bool:
    if "CEF:" in line.text[:120]:
        return "|MikroTik|" in line.text[:200]
    if line.header.program:
        return False
    body = _body(line)
    if body[:1] in ("{", "[", "<") or not ("," in body[:40] or " " in body[:40]):
        return False
    return _TOPICS.match(body[:160]) is not None or _LOOKS.match(body[:300]) is not None


def _parse(line: Line) -> Fields:
    if "CEF:" in line.text[:120]:
        fields = scan_cef(line.text)
        body = fields.get("msg", "")
        return fields | {"message": body} | read_sentence(_SENTENCES, body)
    body = _body(line)
    fields = fields_of_header(line)
    if "," in fields.get("host", ""):
        del fields["host"]
    topics = _TOPICS.match(body[:200])
    if topics:
        fields["topics"], body = topics["topics"], body[topics.end() :]
    elif not _LOOKS.match(body[:300]):
        raise NotThisFormat("No line of RouterOS.")
    fields["message"] = body
    return fields | read_sentence(_SENTENCES, body)


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    kind = fields.get("kind", "")
    if kind.endswith("login") and fields.get("outcome") != "failure":
        return None
    name = fields.get("thing", "") or fields.get("app", "") or fields.get("target", "")
    return Verdict(_KINDS[kind], name) if kind in _KINDS else None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    if fields.get("outcome") == "failure":
        return Disposition.STOPPED
    seen = fields.get("kind") in ("user_added", "setting")
    return Disposition.SEEN if seen else Disposition.UNKNOWN


FORMAT = Format(
    name="mikrotik",
    title_ja="MikroTik RouterOS",
    title_en="MikroTik RouterOS",
    shape="mikrotik",
    sniff=_sniff,
    marks=_MARKS,
    parse=_parse,
    declared=_DECLARED,
    ecs={
        **TEXT_ECS,
        "event.action": ("verb", "kind"),
        "event.category": ("topics",),
        "rule.ruleset": ("chain",),
        "client.nat.ip": ("tunnel_ip",),
    },
    aliases=TEXT_ALIASES,
    device=("host", "dvchost"),
    user=("user",),
    disposition=_disposition,
    ocsf_class=lambda fields: {"packet": 4001, "login": 3002, "dhcp": 4004}.get(
        fields.get("kind", ""), 0
    ),
    verdict=_verdict,
    vendor="MikroTik",
    product="RouterOS",
    seen_ja=("公開マニュアルのRouterOS 6・7のsyslog（トピックあり・BSD形式）とCEF。",),
    lost_ja=(
        "ファイアウォールの行は許可・拒否を書きません。log-prefixに書けばルール名として残ります。",
    ),
    is_from_manual=True,
)

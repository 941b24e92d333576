"""NEC UNIVERGE IX routers: `FUNCTION.NUMBER: sentence`, with or without syslog header.

From the functional manuals of IX2000/3000 and IX-R. The sentences share their ways to name ends,
interfaces and users, so those parts are looked for in all of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Format, Verdict
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.sentences import (
    IP,
    LONGEST,
    MAC,
    TEXT_ALIASES,
    TEXT_ECS,
    fields_of_header,
    parts_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Fields, Line

_FUNCTIONS = (
    "AAA|ARP|BGP|BRG|CFG|CRY|DDNS|DHC|DHCP|DNS|DOT1X|ETH|EVT|FLT|FTP|GRE|HTTP|HTTPD|ICMP|IFM|IKE|"
    "IKE2|IP|IP4|IP6|IPS|L2TP|LCP|LLDP|LOG|MAC|MAP|MSC|MOB|NAT|NAPT|NDP|NET|NM|NTP|OSPF|PPP|PPPOE|"
    "PRX|QOS|RAD|RIP|RTE|SCH|SEC|SNMP|SNTP|SSH|SSHD|SYS|TEL|TELNET|TNL|TUN|UFS|URL|USB|VLAN|VRRP|"
    "WEB|ZTP"
)
_MARK = re.compile(rf"(?P<function>{_FUNCTIONS})\.(?P<number>\d{{3}}): ?")
_TIME = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d")
_NUMBER = re.compile(r"\.\d{3}: ")
_END = r"(?:\[?(?P<SIDE_ip>%s)\]?)(?:[:.](?P<SIDE_port>\d{1,5})\b)?" % IP  # noqa: UP031
_PARTS = tuple(
    re.compile(text)
    for text in (
        (
            r"\b(?P<verb>BLOCK|PASS|REJECT|DROP|PERMIT|DENY|[Bb]locked|[Dd]iscard(?:ed)?|[Pp]assed)\b"
            rf"[ :]*(?:(?P<proto>[a-zA-Z0-9\-]+) )?{_END.replace('SIDE', 'src')} ?(?:->|>) ?"
            rf"{_END.replace('SIDE', 'dst')}"
        ),
        r"\bmatch(?:ed)? (?P<rule>[\w.\-]+)",
        (
            r"(?P<src_if>(?:GigaEthernet|FastEthernet|Tunnel|Loopback|Dialer|BVI|MobileEthernet|USB-"
            r"Serial|GE|FE|Null)[\w/.\-]*\d)"
        ),
        r"\b(?P<verb>in|out)$",
        rf"\b(?:from|peer|src|source|client|remote)[ :=]+{_END.replace('SIDE', 'src')}",
        rf"\b(?:to|dst|destination|server)[ :=]+{_END.replace('SIDE', 'dst')}",
        r"\b[Uu]ser(?:name)?[ :=]+[\"']?(?P<user>[\w.\-@]+)[\"']?",
        r"\b(?P<user>[\w.\-@]+) (?:login|logged in|logout|logged out)\b",
        rf"\b(?P<src_mac>{MAC})\b",
        r"\b(?P<status>up|down|established|released|timeout|expired)\b",
        r"\b(?P<app>telnet|ssh|http|https|console|Telnet|SSH|HTTP|HTTPS)\b",
    )
)
_FAILED = re.compile(
    r"(?i)(?:login|logon|authentication|password)[^.]{0,40}(?:fail|incorrect|invalid|reject|denied)|"
    r"(?:fail|invalid|incorrect)[^.]{0,30}(?:login|authentication|password)"
)
_CONFIG = re.compile(
    r"(?i)\b(?:config(?:uration)? (?:changed|saved|was changed)|enter config mode)"
)
_DECLARED = (
    "host", "program", "message", "time", "function", "number", "verb", "src_if",
    "src_ip", "src_port",
    "src_mac", "dst_ip", "dst_port", "proto", "rule", "user", "app", "status", "outcome",
)  # fmt: skip


def _sniff(line: Line) -> bool:
    """Looks for the number first: `.011: ` is rarer than the letters before it."""
    number = _NUMBER.search(line.text, 0, 200)
    return number is not None and _MARK.search(line.text, 0, number.end()) is not None


def _parse(line: Line) -> Fields:
    found = _MARK.search(line.text, 0, 240)
    if found is None:
        raise NotThisFormat("No FUNCTION.NUMBER mark of an IX router.")
    fields = fields_of_header(line)
    if _MARK.match(f"{fields.get('program', '')}: "):
        del fields["program"]  # the mark itself, which looks like a program
    if not line.header.time and (time := _TIME.search(line.text[: found.start()])):
        fields["time"] = time[0]
    text = line.text[found.end() :].strip()
    fields |= found.groupdict() | {"message": text}
    for pattern in _PARTS:
        if part := pattern.search(text[:LONGEST]):
            for name, value in parts_of(part).items():
                fields.setdefault(name, value)
    if _FAILED.search(text[:LONGEST]):
        fields["outcome"] = "failure"
    return fields


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    text = fields.get("time", "")
    return from_text(text, zone, receive) if text else None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    if fields.get("outcome") == "failure":
        return Disposition.STOPPED
    is_change = _CONFIG.search(fields.get("message", "")[:LONGEST])
    return Disposition.SEEN if is_change else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if fields.get("outcome") == "failure":
        return Verdict(ThreatKind.LOGIN_FAILED, fields.get("app", ""))
    if _CONFIG.search(fields.get("message", "")[:LONGEST]):
        return Verdict(ThreatKind.SETTING_CHANGED, "")
    return None


FORMAT = Format(
    name="nec_ix",
    title_ja="NEC UNIVERGE IX ルーター",
    title_en="NEC UNIVERGE IX",
    shape="nec_ix",
    sniff=_sniff,
    marks=tuple(f"{function}." for function in _FUNCTIONS.split("|")),
    parse=_parse,
    declared=_DECLARED,
    ecs={
        **TEXT_ECS,
        "event.action": ("verb", "status"),
        "event.category": ("function",),
        "event.code": ("number",),
    },
    aliases=TEXT_ALIASES,
    device=("host",),
    user=("user",),
    stated_time=_stated_time,
    disposition=_disposition,
    ocsf_class=lambda fields: 4001 if "dst_ip" in fields else 0,
    verdict=_verdict,
    vendor="NEC",
    product="UNIVERGE IX",
    seen_ja=("公開マニュアルの「機能名.番号: 本文」の形（IX2000・IX3000・IX-R）。",),
    lost_ja=(
        "番号ごとの文の一覧は公開の範囲で確かめられません。相手先・利用者・結果は共通の言葉から読みます。",
    ),
    is_from_manual=True,
)

"""Yamaha RTX and NVR routers: `<PRI>` and text, no header, no time; or `show log` with a date.

Every line becomes an event with its message; lines of a known grammar also give their parts. The
date in an INSPECT line is the session's start, not the time of the record.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format
from hinomi.normalise.moment import Stated, from_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_SHOW_LOG = re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d): ?")
_IF = (
    r"(?P<interface>(?:LAN|WAN|PP|TUNNEL|ONU|BRIDGE|LOOPBACK|NULL|VLAN)[\w/.]*"
    r"(?:\[[\w.:]+\])?(?:\([\w:/.]+\))?)"
)
_ENDS = r"(?P<proto>(?:IPv6 |IP6 )?[\w\-]+) (?P<src>\S+) > (?P<dst>\S+)"
_MAC = r"[0-9A-Fa-f]{2}(?:[: \-][0-9A-Fa-f]{2}){5,6}"

# kind, pattern. The first that matches names the line's kind; groups become fields.
_LINES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            "inspect",
            (
                rf"\[INSPECT\] {_IF}\[(?P<direction>in|out)\](?:\[(?P<filter>[\w.\-]*)\])? "
                rf"{_ENDS}(?: \((?P<session_start>[\d/]+ [\d:]+)\))?"
            ),
        ),
        (
            "filter",
            (
                rf"{_IF} (?P<action>Rejected|Passed|Discarded|Restricted) at "
                r"(?P<direction>IN|OUT)"
                rf"\((?P<filter>[\w.\-]+)\)(?: filter)?: (?:(?P<src_mac>{_MAC}|<MAC>) > "
                rf"(?P<dst_mac>{_MAC}|<MAC>)(?: (?P<ethertype>\S+))?|{_ENDS})"
            ),
        ),
        (
            "dhcp",
            (
                rf"\[DHCPD\](?: {_IF})? "
                rf"(?P<action>Allocates|Extends|Releases|Release|Declined|Expired|"
                r"Allocate|Extend|Reserves) (?P<ip>[0-9A-Fa-f.:]+?|<IP>)"
                rf"(?:: (?P<mac>{_MAC}|\S+))?(?: \(.*\))?$"
            ),
        ),
        (
            "login",
            (
                r"(?P<action>Login) (?P<outcome>succeeded|failed|refused) for "
                r"(?P<service>\w+(?: GUI)?)"
                r"(?:: (?P<src_ip>[0-9A-Fa-f.:]+)(?: (?P<user>\S+))?)?(?: (?:by )?"
                r"(?P<who>[\w.\-@]+))?$"
            ),
        ),
        (
            "administrator",
            (
                r"'(?P<privilege>administrator)' (?P<outcome>succeeded|failed) for "
                r"(?P<service>\w+)(?:: (?P<src_ip>[0-9A-Fa-f.:]+)(?: "
                r"(?P<user>\S+))?| user| (?P<who>\S+))?"
            ),
        ),
        (
            "logout",
            (
                r"(?P<action>Logout) from (?P<service>\w+)(?:: "
                r"(?P<src_ip>[0-9A-Fa-f.:]+)(?: (?P<user>\S+))?)?"
            ),
        ),
        (
            "tunnel",
            (
                r"(?:IP )?(?:Tunnel|TUNNEL)\[(?P<tunnel>\d+)\](?:"
                r" (?:IPsec|L2TP|IPIP|PPTP))?:? "
                r"(?P<status>[Uu]p|[Dd]own|[Cc]onnected|[Dd]isconnected|[Ee]stablished)\b"
            ),
        ),
        ("ike", r"\[IKE\d*\](?: ?\[(?P<gateway>\d+)\])? ?(?P<text>.*)$"),
        ("ipsec", r"\[IPSEC\d*\](?:\[(?P<gateway>\d+)\])? ?(?P<text>.*)$"),
        ("l2tp", r"\[(?:L2TP|PPTP)\]\s*(?:TUNNEL\[(?P<tunnel>\d+)\])?\s*(?P<text>.*)$"),
        (
            "switch",
            (
                r"\[SWCTL\] (?P<switch>\S+?): (?P<port>\S+) (?P<text>link "
                r"(?P<status>up|down).*)$"
            ),
        ),
        ("pppoe", r"PPPOE\[(?P<pp>\d+)\] (?P<text>.*)$"),
        (
            "ppp",
            (
                r"PP\[(?P<pp>[\w/]+)\] "
                r"(?P<text>(?:PPP|Call|IP Commencing|Disconnect|SEND|RECV|PP IP).*)$"
            ),
        ),
        (
            "link",
            (
                rf"{_IF}: (?:(?P<port>PORT\d+) )?link (?P<status>up|down)(?: \("
                rf"(?P<speed>[^)]*)\))?"
            ),
        ),
        (
            "intrusion",
            (
                rf"(?:\[(?:IDS|INTRUSION|FW)\]\s*)?{_IF} (?P<direction>IN|OUT|in|out) "
                r"(?P<attack>\S.{0,80}?) (?P<src>[0-9A-Fa-f][\w.:]*) > (?P<dst>[0-9A-Fa-f][\w.:]*)"
            ),
        ),
        ("intrusion", r"\[(?:IDS|INTRUSION|FW)\]\s*(?P<text>.*)$"),
        ("restart", r"(?P<action>Restart) by (?P<reason>.*)$"),
        (
            "start",
            (
                r"(?P<model>(?:RTX|NVR|FWX|SRT|RT|vRX|RTA|SWX|WLX)\w*) Rev\."
                r"(?P<revision>[\d.]+).*starts"
            ),
        ),
        ("config", r"(?:\[CONFIG\] ?|Configuration )(?P<text>.*)$"),
        ("other", r"\[(?P<subsystem>[A-Z][A-Z0-9_\-]{2,15})\]\s?(?P<text>.*)$"),
    )
)
_OUTBOUND = re.compile(r"(?:to|from|with) (\d{1,3}(?:\.\d{1,3}){3})")
_LOCAL = re.compile(r"(?:local address|Local:) (\d{1,3}(?:\.\d{1,3}){3})")
_REMOTE = re.compile(r"Remote: (\d{1,3}(?:\.\d{1,3}){3})")
_COMMENCING = re.compile(rf"IP Commencing: {_ENDS}")
# Three patterns, because one that may begin anywhere and has many branches takes 12 µs a line.
_TAG_NAMES = (
    "INSPECT|DHCPD|IKE|SWCTL|HTTPD|LUA|IPSEC|L2TP|PPTP|QAC-TM|MAPE|NTPDATE|SSHD|DNS|"
    "INTRUSION|MOBILE|EXTERNAL-MEMORY|URLFILTER|VRRP|OSPF|BGP|SCHEDULE"
)
_TAG = re.compile(rf"\[(?:{_TAG_NAMES})\d*\]")
_FILTERED = re.compile(r"\b(?:Rejected|Passed|Discarded) at (?:IN|OUT)\(")
_BEGINNING = re.compile(
    r"PPPOE\[\d+\] |'administrator' (?:succeeded|failed) |Login (?:succeeded|failed|refused) for "
    r"|Logout from |IP Tunnel\[\d+\] |PP\[\w+\] |(?:LAN\d|LANC\d|WAN\d|ONU\d)(?:\.\d+)?: "
    r"|Restart by |(?:RTX|NVR|FWX|vRX)\w+ Rev\.|TUNNEL\[\d+\] "
    r"|\[(?:IDS|URL_FILTER|EXT-MEMORY|SYSLOG|CONFIG)\] |Previous EXEC: |Configuration saved"
)
_DECLARED = (
    "message", "kind", "interface", "direction", "filter", "action", "outcome", "status", "proto",
    "src_ip", "src_port", "dst_ip", "dst_port", "src_mac", "dst_mac", "ip", "mac", "user",
    "service", "tunnel", "gateway", "peer_ip", "local_ip", "port", "text", "session_start",
    "model", "revision", "subsystem", "reason",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "message": ("message",),
    "event.action": ("action", "status", "outcome"),
    "event.outcome": (),
    "event.category": ("kind",),
    "event.reason": ("text", "reason", "attack"),
    "rule.name": ("attack",),
    "event.start": (),
    "network.transport": ("proto",),
    "network.direction": ("direction",),
    "network.protocol": ("service",),
    "source.ip": ("src_ip", "ip", "local_ip"),
    "source.port": ("src_port",),
    "source.mac": ("src_mac", "mac"),
    "destination.ip": ("dst_ip", "peer_ip"),
    "destination.port": ("dst_port",),
    "destination.mac": ("dst_mac",),
    "rule.id": ("filter",),
    "user.name": ("user",),
    "observer.product": ("model",),
    "observer.version": ("revision",),
}
_MARKS = (
    "PPPOE[", "'administrator' ", "Login ", "Logout from ", "IP Tunnel[", "PP[", "LAN", "WAN",
    "ONU", "Restart by ", " Rev.", "TUNNEL[", "Previous EXEC: ", "Configuration saved",
    " at IN(", " at OUT(", *(f"[{tag}" for tag in _TAG_NAMES.split("|")), "[IDS] ",
    "[URL_FILTER] ", "[EXT-MEMORY] ", "[SYSLOG] ", "[CONFIG] ",
)  # fmt: skip


def _sniff(line: Line) -> bool:
    start = _message(line)[1][:200]
    if _BEGINNING.match(start) or _TAG.search(start):
        return True
    return " at " in start and bool(_FILTERED.search(start))


def _message(line: Line) -> tuple[str, str]:
    """The router's own time, when it wrote one (`show log`), and its message.

    A relay's header may have taken the first word for a program ("PP[01]: …"); the text after the
    relay's time and host is read anew.
    """
    body = line.header.body if not line.header.program else _without_relay(line)
    if found := _SHOW_LOG.match(body):
        return found[1], body[found.end() :].strip()
    return "", body.strip()


def _without_relay(line: Line) -> str:
    program, pid = line.header.program, line.header.pid
    start = line.text.rfind(f"{program}[{pid}]" if pid else program)
    return line.text[start:] if start >= 0 else line.header.body


def _parse(line: Line) -> Fields:
    time, message = _message(line)
    if not message or message[0] in "{<":
        raise NotThisFormat("Not a line of text.")
    fields: Fields = {"message": message}
    if time:
        fields["time"] = time
    for kind, pattern in _LINES:
        if found := pattern.match(message):
            fields["kind"] = kind
            _add_parts(fields, found.groupdict())
            break
    _add_peers(fields, message)
    return fields


def _add_parts(fields: Fields, parts: dict[str, str | None]) -> None:
    for name, value in parts.items():
        if not value or name in ("src", "dst", "who"):
            continue
        fields[name] = value.lower() if name == "mac" else value
    for name in ("src", "dst"):
        if value := parts.get(name):
            address, port = split_end(value)
            fields[f"{name}_ip"] = address
            if port:
                fields[f"{name}_port"] = port
    if (who := parts.get("who")) and "user" not in fields and who not in ("user", "by"):
        fields["user"] = who


def _add_peers(fields: Fields, message: str) -> None:
    """Addresses that stand in the sentences of IKE and PPP."""
    kind = fields.get("kind")
    if kind not in ("ike", "ipsec", "l2tp", "ppp", "tunnel", "other"):
        return
    if found := _COMMENCING.search(message):
        _add_parts(fields, found.groupdict())
        return
    for name, pattern in (("peer_ip", _OUTBOUND), ("local_ip", _LOCAL), ("peer_ip", _REMOTE)):
        if (found := pattern.search(message)) and name not in fields:
            fields[name] = found[1]


def split_end(text: str) -> tuple[str, str]:
    """`a:p` of IPv4, `v6.p` of IPv6 (a dot joins the port), or a bare address (ICMP)."""
    text = text.rstrip(",")
    if text.count(":") > 1:
        address, dot, port = text.rpartition(".")
        return (address, port) if dot and port.isdigit() else (text, "")
    if "." in text and text.startswith("<"):
        address, _, port = text.rpartition(".")
        return address, port
    address, _, port = text.partition(":")
    return address, port


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    text = fields.get("time", "")
    return from_text(text, zone, receive) if text else None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    outcome = fields.get("outcome", "")
    if outcome:
        ecs["event.outcome"] = "success" if outcome == "succeeded" else "failure"
    if "network.direction" in ecs:
        is_in = fields["direction"].lower() == "in"
        ecs["network.direction"] = "inbound" if is_in else "outbound"
    if interface := fields.get("interface"):
        side = "egress" if fields.get("direction", "").lower() == "out" else "ingress"
        ecs[f"observer.{side}.interface.name"] = interface
    if fields.get("kind") == "login":
        ecs["event.action"] = "Login"
    if "source.ip" in ecs and fields.get("src_ip"):
        ecs_values.put(ecs, "related.ip", fields["src_ip"])


def _ocsf_class(fields: Mapping[str, str]) -> int:
    return {
        "inspect": 4001,
        "filter": 4001,
        "dhcp": 4004,
        "login": 3002,
        "logout": 3002,
        "administrator": 3002,
        "tunnel": 4014,
        "ike": 4014,
        "l2tp": 4014,
    }.get(fields.get("kind", ""), 0)


FORMAT = Format(
    name="yamaha",
    title_ja="ヤマハルーター (RTX・NVR)",
    title_en="Yamaha router (RTX, NVR)",
    shape="yamaha",
    sniff=_sniff,
    marks=_MARKS,
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "SourceIp": "src_ip",
        "SourcePort": "src_port",
        "DestinationIp": "dst_ip",
        "DestinationPort": "dst_port",
        "username": "user",
    },
    user=("user",),
    stated_time=_stated_time,
    derive=_derive,
    ocsf_class=_ocsf_class,
    vendor="Yamaha",
    product="RTX",
    seen_ja=("RTX・NVRの「syslog」と「show log」の行（Rev.8〜23）。",),
    lost_ja=(
        "機器は時刻も自分の名前も書きません。届いた時刻と、登録した送り元で見分けます。",
        "INSPECTの日時は通信の始まりで、記録の時刻ではありません。",
    ),
)

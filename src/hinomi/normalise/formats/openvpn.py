"""OpenVPN, server and client: `name/203.0.113.9:1194 sentence`, with or without its own time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Format, Verdict
from hinomi.normalise.notations import time_in
from hinomi.normalise.sentences import IP, LONGEST, TEXT_ECS, fields_of_header, parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_PEER = rf"(?:(?P<peer>[^/\[\]]{{1,64}})/)?(?P<client_ip>{IP}):(?P<client_port>\d{{1,5}}) "
_PROGRAMS = ("openvpn", "ovpn")
_OWN_TIME = re.compile(
    r"(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\w{3} \w{3} +\d{1,2} \d\d:\d\d:\d\d \d{4})(?: us=\d+)? "
)
_LEAD = re.compile(_PEER)
_FAMILY = r"\[AF_INET6?\]"
_WORDS = (
    "MULTI: ", "MULTI_sva: ", "VERIFY ", "TLS: ", "TLS Error: ", "TLS Auth Error: ",
    "Control Channel: ", "Data Channel",
    "peer info: ", "PUSH: ", "SENT CONTROL ", "Peer Connection Initiated", "TCP connection ",
    "Connection reset, restarting", "SIGTERM", "SIGUSR1", "AUTH: ", "AUTH-PAM", "PLUGIN_",
    "Outgoing ",
    "Incoming ", "Authenticate/Decrypt ", "Inactivity timeout", "[AF_INET", "client-instance ",
    "Delayed exit", "WARNING: Bad encapsulated", "Initialization Sequence", "TUN/TAP ",
    "OpenVPN ", "library versions: ", "IFCONFIG POOL", "ifconfig_pool_read", "net_route_",
    "net_iface_", "net_addr_", "ROUTE_GATEWAY", "ROUTE: ", "UDPv4 link", "UDPv6 link", "TCPv4",
    "Listening for incoming", "Could not determine IPv4/IPv6", "Socket Buffers: ", "LDAP user ",
    "Unable to bind as ", "LDAP bind failed", "RADIUS-PLUGIN", "DEPRECATED ", "CRL: ", "Timers: ",
    "MANAGEMENT: ", "Diffie-Hellman initialized", "Note: ", "OPTIONS IMPORT", "/sbin/ip ",
    "GID set to ", "UID set to ", "Attempting to establish TCP", "Re-using SSL/TLS", "RESOLVE: ",
    "Restart pause, ", "Cannot resolve host address", "read UDP", "write UDP", "TCP/UDP: ",
    "Local Options String", "Expected Remote Options", "Options error: ", "do_ifconfig", "sitnl_",
    "Current Parameter Settings", "Static Challenge", "UDPv4 ", "UDPv6 ", "OpenSSL: error:",
    "Closing TUN/TAP", "NOTE: ", "Preserving recently", "event_wait",
)  # fmt: skip
_STARTS = frozenset(words[:3] for words in _WORDS)
_PARTS = tuple(
    re.compile(text)
    for text in (
        (
            rf"\[(?P<peer>[^\]\[]+)\] Peer Connection Initiated with {_FAMILY}"
            rf"(?P<client_ip>{IP}):(?P<client_port>\d+)"
        ),
        (
            rf"Learn: (?P<tunnel_ip>{IP})(?:/\d+)? -> (?P<peer>[^/]+)/(?P<client_ip>{IP}):"
            r"(?P<client_port>\d+)"
        ),
        (
            rf"primary virtual IP for (?P<peer>[^/]+)/(?P<client_ip>{IP}):(?P<client_port>\d+): "
            rf"(?P<tunnel_ip>{IP})"
        ),
        rf"ifconfig_pool_read\(\), in='(?P<peer>[^,']+),(?P<client_ip>{IP})",
        r"for username '(?P<user>[^']*)'",
        r"LDAP user \"(?P<user>[^\"]*)\"",
        r"Unable to bind as (?P<user>.+)$",
        r"\bpassword verification (?P<outcome>failed|succeeded) for username '(?P<user>[^']*)'",
        rf"{_FAMILY}(?P<client_ip>{IP}):(?P<client_port>\d+)",
        (
            r"\bdev (?P<src_if>\w+)|\bfor (?P<src_if_2>(?:tun|tap)\w*)|"
            r"TUN/TAP device (?P<src_if_3>\w+)"
        ),
        rf"ROUTE_GATEWAY (?P<gateway>{IP}).*? IFACE=(?P<dst_if>\S+)(?: HWADDR=(?P<src_mac>\S+))?",
        r"depth=(?P<depth>\d+), (?P<subject>.+)$",
        r"peer info: (?P<info>IV_\w+=.+)$",
        r"(?P<tls>TLSv[\d.]+), cipher (?P<cipher>.+?)(?:, peer|, \d|$)",
    )
)
_DECLARED = (
    "host", "program", "pid", "message", "peer", "client_ip", "client_port", "tunnel_ip", "user",
    "text", "outcome", "action", "src_if", "dst_if", "gateway", "src_mac", "depth", "subject",
    "info", "tls", "cipher",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    **{name: TEXT_ECS[name] for name in (
        "host.name", "host.hostname", "process.name", "process.pid", "message", "event.action",
        "event.outcome", "observer.ingress.interface.name", "observer.egress.interface.name",
        "user.name",
    )},
    "source.ip": ("client_ip",),
    "source.port": ("client_port",),
    "client.ip": ("client_ip",),
    "client.port": ("client_port",),
    "client.nat.ip": ("tunnel_ip",),
    "event.reason": ("text",),
    "tls.cipher": ("cipher",),
}  # fmt: skip
_FAILED = ("AUTH_FAILED", "verification failed", "VERIFY ERROR", "TLS Auth Error", "was not found",
           "Unable to bind", "auth_user_pass_verify", "bind failed")  # fmt: skip


def _body(line: Line) -> str:
    """Behind OpenVPN's own time; the header reader takes `MULTI:` for a program."""
    if line.header.program.startswith(_PROGRAMS):
        return line.header.body.strip()
    text = line.text.strip()
    found = _OWN_TIME.match(text)
    return text[found.end() :] if found else text


def _sniff(line: Line) -> bool:
    if line.header.program.startswith(_PROGRAMS):
        return True
    body = _body(line)
    lead = _LEAD.match(body[:200])
    rest = body[lead.end() :] if lead else body
    if rest[:3] in _STARTS and rest.startswith(_WORDS) and not rest.startswith("AUTH: "):
        return True
    return bool(lead) and rest[:1] == "[" and "Peer Connection Initiated" in rest[:200]


def _parse(line: Line) -> Fields:
    if not (_sniff(line) or _OWN_TIME.match(line.text.strip())):
        raise NotThisFormat("No sentence of OpenVPN.")
    body = _body(line)
    fields: Fields = {"message": body}
    if own := _OWN_TIME.match(line.text.strip()):
        fields["time"] = own[0].strip()
    if line.header.program.startswith(_PROGRAMS):
        fields |= fields_of_header(line)
    text = body
    if lead := _LEAD.match(body[:200]):
        fields |= parts_of(lead)
        text = body[lead.end() :]
    fields["text"] = text.partition("(), ")[0] if text.startswith("ifconfig_pool") else text
    for pattern in _PARTS:
        if found := pattern.search(text[:LONGEST]):
            for name, value in parts_of(found).items():
                fields.setdefault(name, value)
    _add_outcome(fields, text)
    return fields


def _add_outcome(fields: Fields, text: str) -> None:
    if any(word in text for word in _FAILED):
        fields["action"], fields["outcome"] = "vpn_login", "failure"
    elif "Peer Connection Initiated" in text or "verification succeeded" in text:
        fields["action"], fields["outcome"] = "vpn_login", "success"
    elif "client-instance exiting" in text or "client-instance restarting" in text:
        fields["action"] = "vpn_logout"


def _disposition(fields: Mapping[str, str]) -> Disposition:
    is_refused = fields.get("outcome") == "failure"
    return Disposition.STOPPED if is_refused else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if fields.get("outcome") != "failure":
        return None
    return Verdict(ThreatKind.LOGIN_FAILED, fields.get("text", "")[:120])


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    """A certificate's name in front is the client's; with a blank or a dot it is a person's."""
    peer = fields.get("peer", "")
    if not peer:
        return
    if " " in peer or "." in peer or "@" in peer or "\\" in peer:
        ecs.setdefault("user.name", peer)
    else:
        ecs.setdefault("client.domain", peer)


FORMAT = Format(
    name="openvpn",
    title_ja="OpenVPN",
    title_en="OpenVPN",
    shape="openvpn",
    sniff=_sniff,
    marks=(*_PROGRAMS, *_WORDS),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={"src_ip": "client_ip", "src_port": "client_port", "username": "user"},
    device=("host",),
    user=("user", "peer"),
    stated_time=time_in("time"),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 4014,
    verdict=_verdict,
    vendor="OpenVPN",
    product="OpenVPN",
    seen_ja=("OpenVPN 2.3〜2.6のサーバーとクライアントの記録（verb 3）。LDAP・RADIUSの認証行。",),
    lost_ja=("verb 4以上の細かな行は、本文だけを読みます。",),
)

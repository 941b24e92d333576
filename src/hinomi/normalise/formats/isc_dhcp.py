"""ISC dhcpd and Kea: which address went to which device, and what was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise.format import Format
from hinomi.normalise.sentences import (
    IP,
    MAC,
    TEXT_ECS,
    fields_of_header,
    read_sentence,
    sentences,
)

if TYPE_CHECKING:
    from hinomi.normalise.format import Fields, Line

_VIA = r"(?: \((?P<src_name>[^)]*)\))? via (?P<src_if>[^\s:]+)"
_NOTE = r"(?:(?:: | )(?P<reason>.+))?$"
_SENTENCES = sentences(
    (
        (
            "dhcp",
            "",
            (
                rf"(?P<action>DHCPDISCOVER|DHCPREQUEST|BOOTREQUEST) (?:for (?P<src_ip>{IP}) "
                rf"(?:\((?P<dst_ip>{IP})\) )?)?from (?P<src_mac>{MAC}|[0-9a-fA-F:]+){_VIA}{_NOTE}"
            ),
        ),
        (
            "dhcp",
            "",
            (
                rf"(?P<action>DHCPOFFER|DHCPACK|DHCPNAK|BOOTREPLY) (?:on|to) (?P<src_ip>{IP}) "
                rf"(?:to )?\(?(?P<src_mac>{MAC}|[0-9a-fA-F:]+)\)?{_VIA}{_NOTE}"
            ),
        ),
        (
            "dhcp",
            "",
            (
                rf"(?P<action>DHCPRELEASE|DHCPDECLINE) of (?P<src_ip>{IP}) from "
                rf"(?P<src_mac>{MAC}|[0-9a-fA-F:]+){_VIA}{_NOTE}"
            ),
        ),
        (
            "dhcp",
            "",
            rf"(?P<action>DHCPINFORM) from (?P<src_ip>{IP}) via (?P<src_if>[^\s:]+){_NOTE}",
        ),
        (
            "dhcp6",
            "",
            (
                rf"(?P<action>Solicit|Request|Renew|Rebind|Release|Decline|Advertise|Reply|Confirm|"
                rf"Sending \w+|Relay-\w+)(?: message)? (?:from|to) (?P<src_ip>{IP}) port "
                r"(?P<src_port>\d+)(?:, (?P<reason>.*))?"
            ),
        ),
        ("abandoned", "", rf"Abandoning IP address (?P<src_ip>{IP}): (?P<reason>.+)$"),
        (
            "conflict",
            "",
            rf"(?:ICMP Echo reply while lease|uid lease) (?P<src_ip>{IP}) (?P<reason>.+)$",
        ),
        ("reuse", "", rf"reuse_lease: lease age (?P<reason>.+?) for (?P<src_ip>{IP})$"),
        (
            "dns_update",
            "",
            (
                r"(?P<action>Added new (?:forward|reverse) map|Removed (?:forward|reverse) map|"
                r"Unable to add (?:forward|reverse) map) from (?P<src_name>\S+) to "
                r"(?P<dst_name>\S+?)"
                r"(?:: (?P<reason>.*))?$"
            ),
        ),
        (
            "kea",
            "",
            (
                rf".*?(?P<action>DHCP[46]_\w+) (?:\[hwtype=\d+ (?P<src_mac>{MAC})\][^:]*: )?"
                rf".*?lease (?P<src_ip>{IP})"
            ),
        ),
        ("no_leases", "failure", r".*(?P<reason>no free leases|peer holds all free leases)"),
    )
)
_PROGRAMS = frozenset({"dhcpd", "dhcpd6", "kea-dhcp4", "kea-dhcp6", "dhcrelay"})
_BEGINNINGS = ("DHCPDISCOVER from ", "DHCPREQUEST for ", "DHCPACK ", "DHCPOFFER on ",
               "DHCPRELEASE of ", "DHCPNAK on ", "DHCPINFORM from ", "DHCPDECLINE of ",
               "BOOTREQUEST from ", "Abandoning IP address ")  # fmt: skip


def _sniff(line: Line) -> bool:
    if line.header.program:
        return line.header.program in _PROGRAMS
    return line.header.body.startswith(_BEGINNINGS)


def _parse(line: Line) -> Fields:
    if not _sniff(line):
        raise NotThisFormat("No line of a DHCP server.")
    body = line.header.body.strip()
    return fields_of_header(line) | {"message": body} | read_sentence(_SENTENCES, body)


FORMAT = Format(
    name="isc_dhcp",
    title_ja="ISC DHCP・Kea (DHCPサーバー)",
    title_en="ISC DHCP and Kea",
    shape="isc_dhcp",
    sniff=_sniff,
    marks=(*_PROGRAMS, *_BEGINNINGS),
    parse=_parse,
    declared=(
        "host",
        "program",
        "pid",
        "message",
        "kind",
        "action",
        "src_ip",
        "src_mac",
        "src_name",
        "src_if",
        "src_port",
        "dst_ip",
        "dst_name",
        "reason",
        "outcome",
    ),
    ecs=TEXT_ECS,
    device=("host",),
    ocsf_class=lambda fields: 4004,
    vendor="ISC",
    product="DHCP",
    seen_ja=("dhcpd 4.xのIPv4・IPv6、DNSの更新、Kea 1.x・2.xの貸し出し。",),
    lost_ja=("Keaの設定・統計の行は本文だけを読みます。",),
)

"""Flows as other collectors write them: nfdump's text and JSON, GoFlow's, Logstash's and pmacct's
JSON. What our own listener takes from the wire is `netflow`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise.format import Format
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.scanners.tree import flatten, load_object
from hinomi.normalise.sentences import IP, TEXT_ALIASES, TEXT_ECS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Fields, Line

# Our name: what collectors call it, in one spelling (lower case, letters and digits).
_SPELT: dict[str, str] = {
    spelling: name
    for name, spellings in {
        "src_ip": "ipv4srcaddr ipv6srcaddr srcaddr src4addr src6addr sourceipv4address srcip "
        "sourceipv6address srcipaddr ipsrc sa",
        "dst_ip": "ipv4dstaddr ipv6dstaddr dstaddr dst4addr dst6addr destinationipv4address dstip "
        "destinationipv6address dstipaddr ipdst da",
        "src_port": "l4srcport srcport sourcetransportport sp portsrc",
        "dst_port": "l4dstport dstport destinationtransportport dp portdst",
        "proto": "protocol proto protocolidentifier prot pr ipproto",
        "bytes": "inbytes inoctets bytes octetdeltacount doctets ibyt octets",
        "packets": "inpkts inpackets packets packetdeltacount dpkts ipkt",
        "tcp_flags": "tcpflags flags tcpcontrolbits",
        "tos": "tos srctos iptos ipclassofservice",
        "src_if": "input inputsnmp inif ingressinterface",
        "dst_if": "output outputsnmp outif egressinterface",
        "next_hop": "nexthop ipv4nexthop ip4nexthop",
        "src_as": "srcas",
        "dst_as": "dstas",
        "src_mask": "srcmask",
        "dst_mask": "dstmask",
        "start": "tfirst flowstartmilliseconds timeflowstart timestampstart ts",
        "end": "tlast flowendmilliseconds timeflowend timestampend te timereceived",
        "sampler": "sampleraddress exporteripaddress agentip",
    }.items()
    for spelling in spellings.split()
}
_TEXT = re.compile(
    r"(?P<start>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) +(?:(?P<end>\d{4}-\d\d-\d\d "
    r"\d\d:\d\d:\d\d\.\d{3}) +)?(?P<duration>[\d.]+|\d\d:\d\d:\d\d\.\d+) +(?P<proto>[\w\-]+) +"
    rf"(?P<src_ip>{IP})[:.](?P<src_port>\d+) +-> +(?P<dst_ip>{IP})[:.](?P<dst_port>[\d.]+) +"
    r"(?:(?P<tcp_flags>[.A-Z]{6,8}) +(?P<tos>\d+) +)?(?P<packets>\d+) +"
    r"(?P<bytes>\d+(?:\.\d+)?(?: [MGK])?)(?: +(?P<flows>\d+))?"
)
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_DECLARED = (
    "src_ip", "src_port", "dst_ip", "dst_port", "proto", "bytes", "packets", "tcp_flags", "tos",
    "src_if", "dst_if", "next_hop", "src_as", "dst_as", "start", "end", "duration", "sampler",
)  # fmt: skip


def _sniff(line: Line) -> bool:
    body = line.header.body
    if body[:1] != "{":
        return " -> " in body[:200] and _TEXT.match(line.text.lstrip()[:400]) is not None
    return (
        "IPV4_SRC_ADDR" in body[:2_000]
        or '"ipv4_src_addr"' in body
        or '"src4_addr"' in body
        or '"src6_addr"' in body
        or '"sourceIPv4Address"' in body
        or ('"SrcAddr"' in body and '"DstAddr"' in body)
    )


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    if body[:1] == "{":
        return _of_json(body)
    found = _TEXT.match(line.text.strip()[:400])
    if found is None:
        raise NotThisFormat("No flow record.")
    fields = {name: value for name, value in found.groupdict().items() if value}
    fields["dst_port"] = fields["dst_port"].partition(".")[0]
    fields["proto"] = fields["proto"].lower()
    number, _, unit = fields["bytes"].partition(" ")
    if unit:
        fields["bytes"] = str(int(float(number) * _UNITS[unit]))
    return fields


def _of_json(body: str) -> Fields:
    fields: Fields = {}
    for native, value in flatten(load_object(body)).items():
        last = native.rpartition(".")[2]
        spelling = "".join(letter for letter in last.lower() if letter.isalnum())
        fields.setdefault(_SPELT.get(spelling, native), value)
    if "src_ip" not in fields or "dst_ip" not in fields:
        raise NotThisFormat("A flow without its two ends.")
    return fields


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    for name in ("end", "start", "@timestamp", "timestamp"):
        if (text := fields.get(name)) and (stated := from_text(text, zone, receive)):
            return stated
    return None


FORMAT = Format(
    name="nfdump",
    title_ja="通信の記録 (nfdump・GoFlow・Logstash)",
    title_en="Flows by nfdump, GoFlow and Logstash",
    shape="nfdump",
    sniff=_sniff,
    marks=(
        "IPV4_SRC_ADDR",
        '"ipv4_src_addr"',
        '"src4_addr"',
        '"src6_addr"',
        '"sourceIPv4Address"',
        '"SrcAddr"',
        " -> ",
    ),
    parse=_parse,
    declared=_DECLARED,
    ecs={**TEXT_ECS, "observer.ip": ("sampler",)},
    aliases=TEXT_ALIASES,
    device=("sampler",),
    stated_time=_stated_time,
    ocsf_class=lambda fields: 4001,
    product="NetFlow",
    seen_ja=("nfdumpの文字（line・long）とJSON、GoFlow2、Logstash・pmacctのJSON。",),
    lost_ja=("向きごとの量は分かれません。片方向の量だけが残ります。",),
)

"""NetFlow v5, v9 and IPFIX: one flow per record, as collect splits them from their datagrams.

A record holds element numbers and bytes in hex (docs/reference/ingest.md); here they get IANA's
names. A flow is what passed, not a judgement: no verdict, no disposition.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise import ecs_values
from hinomi.normalise.flow_elements import ELEMENTS, V5_RECORD
from hinomi.normalise.format import Format, first
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.scanners.tree import load_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line
    from hinomi.normalise.scanners.tree import Tree

_BEGIN = '{"netflow":'
_V5_BYTES = 48
_HEADER = ("export_time", "uptime_ms", "sequence", "domain", "template", "engine", "sampling")
_STARTS = ("flowStartMilliseconds", "flowStartSeconds", "flowStartMicroseconds",
           "flowStartNanoseconds")  # fmt: skip
_ENDS = ("flowEndMilliseconds", "flowEndSeconds", "flowEndMicroseconds", "flowEndNanoseconds",
         "observationTimeMilliseconds")  # fmt: skip
_TRANSPORTS = {"1": "icmp", "6": "tcp", "17": "udp", "47": "gre", "50": "esp", "58": "ipv6-icmp",
               "132": "sctp"}  # fmt: skip
_DECLARED = (
    "version", "sourceIPv4Address", "sourceIPv6Address", "sourceTransportPort",
    "destinationIPv4Address", "destinationIPv6Address", "destinationTransportPort",
    "protocolIdentifier", "octetDeltaCount", "packetDeltaCount", "flow_start", "flow_end",
    "tcpControlBits", "ingressInterface", "egressInterface", "flowDirection", "flowEndReason",
    "postNATSourceIPv4Address", "postNAPTSourceTransportPort", "applicationName", "vlanId",
    "sourceMacAddress", "destinationMacAddress", "exporterIPv4Address",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "source.ip": ("sourceIPv4Address", "sourceIPv6Address"),
    "source.port": ("sourceTransportPort", "tcpSourcePort", "udpSourcePort"),
    "source.mac": ("sourceMacAddress",),
    "source.nat.ip": ("postNATSourceIPv4Address",),
    "source.nat.port": ("postNAPTSourceTransportPort",),
    "destination.ip": ("destinationIPv4Address", "destinationIPv6Address"),
    "destination.port": ("destinationTransportPort", "tcpDestinationPort", "udpDestinationPort"),
    "destination.mac": ("destinationMacAddress", "postDestinationMacAddress"),
    "destination.nat.ip": ("postNATDestinationIPv4Address",),
    "destination.nat.port": ("postNAPTDestinationTransportPort",),
    "network.iana_number": ("protocolIdentifier",),
    "network.bytes": ("octetDeltaCount", "octetTotalCount"),
    "network.packets": ("packetDeltaCount", "packetTotalCount"),
    "network.application": ("applicationName",),
    "network.vlan.id": ("vlanId", "dot1qVlanId"),
    "observer.ip": ("exporterIPv4Address", "exporterIPv6Address"),
    "observer.ingress.interface.id": ("ingressInterface",),
    "observer.egress.interface.id": ("egressInterface",),
    "event.start": ("flow_start",),
    "event.end": ("flow_end",),
    "user.name": ("userName",),
}


def _parse(line: Line) -> Fields:
    if not line.text.startswith(_BEGIN):
        raise NotThisFormat("No flow.")
    tree = load_object(line.text)
    if "fields" not in tree and "record" not in tree:
        raise NotThisFormat(_why(tree))
    fields = {"version": str(tree.get("netflow", ""))}
    fields |= {name: str(tree[name]) for name in _HEADER if name in tree}
    fields |= _of_v5(tree["record"]) if "record" in tree else _of_elements(tree["fields"])
    _add_times(fields)
    return fields


def _why(tree: Tree) -> str:
    if "without_template" in tree:
        return "The sender never sent the template these flows need."
    return "A broken NetFlow or IPFIX datagram."


def _of_elements(elements: object) -> Fields:
    if not isinstance(elements, dict):
        raise NotThisFormat("No flow.")
    fields: Fields = {}
    for key, data in elements.items():
        plain = key.rstrip("+")
        known = ELEMENTS.get(int(plain)) if plain.isdecimal() else None
        name, read = known or (f"element_{plain}", bytes.hex)
        fields[name + key[len(plain) :]] = _value(data, read)
    return fields


def _value(data: object, read: Callable[[bytes], str]) -> str:
    """Bytes that do not fit their type stay in hex: exporters do send odd lengths."""
    if not isinstance(data, str):
        raise NotThisFormat("No flow.")
    try:
        return read(bytes.fromhex(data))
    except (ValueError, OverflowError):
        return data


def _of_v5(record: object) -> Fields:
    try:
        data = bytes.fromhex(record) if isinstance(record, str) else b""
    except ValueError:
        data = b""
    if len(data) != _V5_BYTES:
        raise NotThisFormat("A broken NetFlow v5 record.")
    return {
        ELEMENTS[element][0]: ELEMENTS[element][1](data[at : at + size])
        for element, at, size in V5_RECORD
    }


def _add_times(fields: Fields) -> None:
    """`flow_start` and `flow_end`, whichever of the many ways the exporter tells them."""
    for name, absolute, relative in (
        ("flow_start", _STARTS, "flowStartSysUpTime"),
        ("flow_end", _ENDS, "flowEndSysUpTime"),
    ):
        found = first(fields, absolute) or _from_uptime(fields, fields.get(relative, ""))
        if found:
            fields[name] = found


def _from_uptime(fields: Mapping[str, str], at_ms: str) -> str:
    """Milliseconds since the exporter started; the header says when it is that, too."""
    try:
        since_ms = int(fields["uptime_ms"]) - int(at_ms)
        exported = datetime.fromtimestamp(int(fields["export_time"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return ""
    if not 0 <= since_ms < 10**10:
        return ""
    return (exported - timedelta(milliseconds=since_ms)).isoformat().replace("+00:00", "Z")


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    """When the flow ended: long ones began before, and would look late."""
    text = fields.get("flow_end") or fields.get("flow_start") or fields.get("export_time", "")
    return from_text(text, UTC, receive) if text else None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    ecs["event.category"], ecs["event.kind"] = "network", "event"
    number = fields.get("protocolIdentifier", "")
    if number in _TRANSPORTS:
        ecs["network.transport"] = _TRANSPORTS[number]
    if direction := {"0": "inbound", "1": "outbound"}.get(fields.get("flowDirection", "")):
        ecs["network.direction"] = direction
    for name in ("initiatorOctets", "responderOctets"):
        if value := fields.get(name):
            side = "source" if name.startswith("i") else "destination"
            ecs_values.put(ecs, f"{side}.bytes", value)


FORMAT = Format(
    name="netflow",
    title_ja="通信の要約 (NetFlow v5・v9・IPFIX)",
    title_en="Flows (NetFlow v5, v9, IPFIX)",
    shape="netflow",
    sniff=lambda line: line.text.startswith(_BEGIN),
    marks=(_BEGIN,),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "src_ip": "sourceIPv4Address",
        "dst_ip": "destinationIPv4Address",
        "src_port": "sourceTransportPort",
        "dst_port": "destinationTransportPort",
    },
    device=("exporterIPv4Address",),
    user=("userName",),
    stated_time=_stated_time,
    derive=_derive,
    ocsf_class=lambda fields: 4001 if "protocolIdentifier" in fields else 0,
    seen_ja=("softflowd 1.1（v5・v9・IPFIX）。ほかの機器は、公開されている番号の表によります。",),
    lost_ja=(
        "通信の中身はありません。だれと、いつ、どれだけ通信したかだけが分かります。",
        "「サンプリング」を使う機器では、一部の通信しか届きません。",
    ),
)

"""Information elements of NetFlow v9 and IPFIX: number → IANA's name and how its bytes are read.

The first 127 numbers mean the same in both. Elements in no row keep their number as `element_N`,
their bytes in hex.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NTP = 2_208_988_800  # seconds from 1900 to 1970


def number(data: bytes) -> str:
    """Unsigned, of any length: exporters shorten numbers."""
    return str(int.from_bytes(data))


def address(data: bytes) -> str:
    """IPv4 or IPv6, by length."""
    return str(ipaddress.ip_address(data)) if len(data) in (4, 16) else data.hex()


def mac(data: bytes) -> str:
    """`02:00:5e:10:00:00`."""
    return data.hex(":")


def text(data: bytes) -> str:
    """UTF-8, without the zero bytes that fill it up."""
    return data.rstrip(b"\0").decode("utf-8", "backslashreplace")


def seconds(data: bytes) -> str:
    """Since 1970."""
    return _moment(timedelta(seconds=int.from_bytes(data)))


def milliseconds(data: bytes) -> str:
    """Since 1970."""
    return _moment(timedelta(milliseconds=int.from_bytes(data)))


def ntp(data: bytes) -> str:
    """Seconds since 1900 and a fraction, 32 bits each."""
    whole, fraction = int.from_bytes(data[:4]), int.from_bytes(data[4:8])
    return _moment(timedelta(seconds=whole - _NTP, microseconds=fraction * 10**6 >> 32))


def _moment(since: timedelta) -> str:
    return (_EPOCH + since).isoformat().replace("+00:00", "Z")


ELEMENTS: dict[int, tuple[str, Callable[[bytes], str]]] = {
    1: ("octetDeltaCount", number),
    2: ("packetDeltaCount", number),
    3: ("deltaFlowCount", number),
    4: ("protocolIdentifier", number),
    5: ("ipClassOfService", number),
    6: ("tcpControlBits", number),
    7: ("sourceTransportPort", number),
    8: ("sourceIPv4Address", address),
    9: ("sourceIPv4PrefixLength", number),
    10: ("ingressInterface", number),
    11: ("destinationTransportPort", number),
    12: ("destinationIPv4Address", address),
    13: ("destinationIPv4PrefixLength", number),
    14: ("egressInterface", number),
    15: ("ipNextHopIPv4Address", address),
    16: ("bgpSourceAsNumber", number),
    17: ("bgpDestinationAsNumber", number),
    18: ("bgpNextHopIPv4Address", address),
    21: ("flowEndSysUpTime", number),
    22: ("flowStartSysUpTime", number),
    23: ("postOctetDeltaCount", number),
    24: ("postPacketDeltaCount", number),
    27: ("sourceIPv6Address", address),
    28: ("destinationIPv6Address", address),
    29: ("sourceIPv6PrefixLength", number),
    30: ("destinationIPv6PrefixLength", number),
    31: ("flowLabelIPv6", number),
    32: ("icmpTypeCodeIPv4", number),
    33: ("igmpType", number),
    34: ("samplingInterval", number),
    35: ("samplingAlgorithm", number),
    36: ("flowActiveTimeout", number),
    37: ("flowIdleTimeout", number),
    38: ("engineType", number),
    39: ("engineId", number),
    40: ("exportedOctetTotalCount", number),
    41: ("exportedMessageTotalCount", number),
    42: ("exportedFlowRecordTotalCount", number),
    48: ("samplerId", number),
    52: ("minimumTTL", number),
    53: ("maximumTTL", number),
    55: ("postIpClassOfService", number),
    56: ("sourceMacAddress", mac),
    57: ("postDestinationMacAddress", mac),
    58: ("vlanId", number),
    59: ("postVlanId", number),
    60: ("ipVersion", number),
    61: ("flowDirection", number),
    62: ("ipNextHopIPv6Address", address),
    63: ("bgpNextHopIPv6Address", address),
    80: ("destinationMacAddress", mac),
    81: ("postSourceMacAddress", mac),
    82: ("interfaceName", text),
    83: ("interfaceDescription", text),
    85: ("octetTotalCount", number),
    86: ("packetTotalCount", number),
    89: ("forwardingStatus", number),
    94: ("applicationDescription", text),
    95: ("applicationId", bytes.hex),
    96: ("applicationName", text),
    128: ("bgpNextAdjacentAsNumber", number),
    130: ("exporterIPv4Address", address),
    131: ("exporterIPv6Address", address),
    136: ("flowEndReason", number),
    139: ("icmpTypeCodeIPv6", number),
    143: ("meteringProcessId", number),
    144: ("exportingProcessId", number),
    148: ("flowId", number),
    149: ("observationDomainId", number),
    150: ("flowStartSeconds", seconds),
    151: ("flowEndSeconds", seconds),
    152: ("flowStartMilliseconds", milliseconds),
    153: ("flowEndMilliseconds", milliseconds),
    154: ("flowStartMicroseconds", ntp),
    155: ("flowEndMicroseconds", ntp),
    156: ("flowStartNanoseconds", ntp),
    157: ("flowEndNanoseconds", ntp),
    158: ("flowStartDeltaMicroseconds", number),
    159: ("flowEndDeltaMicroseconds", number),
    160: ("systemInitTimeMilliseconds", milliseconds),
    161: ("flowDurationMilliseconds", number),
    162: ("flowDurationMicroseconds", number),
    176: ("icmpTypeIPv4", number),
    177: ("icmpCodeIPv4", number),
    178: ("icmpTypeIPv6", number),
    179: ("icmpCodeIPv6", number),
    180: ("udpSourcePort", number),
    181: ("udpDestinationPort", number),
    182: ("tcpSourcePort", number),
    183: ("tcpDestinationPort", number),
    225: ("postNATSourceIPv4Address", address),
    226: ("postNATDestinationIPv4Address", address),
    227: ("postNAPTSourceTransportPort", number),
    228: ("postNAPTDestinationTransportPort", number),
    230: ("natEvent", number),
    231: ("initiatorOctets", number),
    232: ("responderOctets", number),
    233: ("firewallEvent", number),
    234: ("ingressVRFID", number),
    235: ("egressVRFID", number),
    236: ("VRFname", text),
    239: ("biflowDirection", number),
    243: ("dot1qVlanId", number),
    256: ("ethernetType", number),
    258: ("collectionTimeMilliseconds", milliseconds),
    298: ("initiatorPackets", number),
    299: ("responderPackets", number),
    304: ("selectorAlgorithm", number),
    305: ("samplingPacketInterval", number),
    306: ("samplingPacketSpace", number),
    323: ("observationTimeMilliseconds", milliseconds),
    346: ("privateEnterpriseNumber", number),
    371: ("userName", text),
    460: ("httpRequestHost", text),
    461: ("httpRequestMethod", text),
    462: ("httpRequestTarget", text),
}

# A v5 record: (element, first byte, bytes). Its element numbers are those of v9.
V5_RECORD: tuple[tuple[int, int, int], ...] = (
    (8, 0, 4),
    (12, 4, 4),
    (15, 8, 4),
    (10, 12, 2),
    (14, 14, 2),
    (2, 16, 4),
    (1, 20, 4),
    (22, 24, 4),
    (21, 28, 4),
    (7, 32, 2),
    (11, 34, 2),
    (6, 37, 1),
    (4, 38, 1),
    (5, 39, 1),
    (16, 40, 2),
    (17, 42, 2),
    (9, 44, 1),
    (13, 45, 1),
)

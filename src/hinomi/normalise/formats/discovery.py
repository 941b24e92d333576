"""What hinomi's relay hears of the devices around it: their names, addresses and kinds, and the
network they are in. What a device is, the tower judges from these facts (`normalise.devices`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise import ecs_values
from hinomi.normalise.devices import judge
from hinomi.normalise.format import Format
from hinomi.normalise.scanners.tree import as_text, load_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_KINDS = frozenset({"discovery", "try"})
_DECLARED = (
    "hinomi", "event", "device", "key", "mac", "mac_is_temporary", "addresses", "names",
    "vendor_class", "requested", "model", "maker_said", "announced", "server", "osxvers",
    "services", "heard_by", "is_router", "known_s", "silent_s", "maker", "kind", "kind_certainty",
    "os", "os_certainty", "os_is_old", "devices", "temporary", "beyond", "segments",
    "relay_addresses", "routers", "router_macs", "cannot_hear", "name",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("event",),
    "host.name": ("device",),
    "host.mac": ("mac",),
    "host.ip": ("addresses",),
    "host.type": ("kind",),
    "host.os.name": ("os",),
    "device.manufacturer": ("maker",),
    "device.model.name": ("model",),
}
_INVENTORY = 5001


def _sniff(line: Line) -> bool:
    return line.header.body[:22] == '{"hinomi": "discovery"'


def _parse(line: Line) -> Fields:
    tree = load_object(line.header.body.strip())
    if as_text(tree.get("hinomi", "")) not in _KINDS:
        raise NotThisFormat("No record of what a relay hears.")
    fields = {name: _text(value) for name, value in tree.items()}
    if "key" in fields:
        fields |= judge(fields).fields()
    return fields


def _text(value: object) -> str:
    """A list is its values between commas; a name from the wire must not look like two."""
    if isinstance(value, list):
        return ", ".join(as_text(each).replace(",", " ") for each in value)
    return as_text(value)


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if addresses := fields.get("addresses"):
        ecs["host.ip"] = addresses.split(", ")
    ecs_values.put(ecs, "event.kind", "asset")


FORMAT = Format(
    name="discovery",
    title_ja="中継機が聞いた社内の機器",
    title_en="devices a hinomi relay hears",
    shape="discovery",
    sniff=_sniff,
    marks=('{"hinomi": "discovery"',),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    device=("device",),
    derive=_derive,
    ocsf_class=lambda fields: _INVENTORY if "key" in fields else 0,
    vendor="hinomi",
    product="relay",
    seen_ja=(
        "このバージョンのhinomiの中継機。",
        "DHCP（オプション12・50・55・60・81）、ARP、mDNS、NetBIOS（137・138）、SSDPのNOTIFY。",
    ),
    lost_ja=(
        "聞くだけです。黙っている機器には気づけません。ルーターの向こうは、NetFlowのアドレスだけです。",
        "機器の種類とOSは名乗りからの見立てです。確かさを記録に添えます。",
        "アドレスを変え続けるスマートフォンは、名前でまとめます。名前がなければ数だけ数えます。",
    ),
)

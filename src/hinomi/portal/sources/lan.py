"""What a company's relays hear around them: devices with kind and system, and a map by network.

Shown only while the company agrees to it. What a device is, is judged at each look by the newest
signs; the store keeps only what the device said.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.normalise.devices import Judgement, judge
from hinomi.portal.consents.kinds import DISCOVERY
from hinomi.portal.sources import arrivals
from hinomi.portal.sources.models import DeviceName, Source, device_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from hinomi.store.lan_rows import LanDevice

SHOWN = 300
_SHOWN_BY_NAME = 12  # of one kind in one network of the map
_NAMELESS = "名前のない機器"
_UNKNOWN_KIND = "種類の分からない機器"
_HEARD_BY = {
    "dhcp": "アドレスを借りるとき（DHCP）",
    "arp": "あいさつ（ARP）",
    "mdns": "名乗り（mDNS）",
    "netbios": "名乗り（NetBIOS）",
    "ssdp": "名乗り（SSDP）",
    "netflow": "ルーターの通信の要約（NetFlow）",
    "neighbour": "中継機との通信",
}
_CANNOT = {
    "arp": "名乗らない機器には気づけません。",
    "dhcp": "アドレスを借りる機器を聞けません。",
    "netbios": "古いWindowsの名乗りを聞けません。",
    "mdns": "プリンターや電話の名乗りを聞けません。",
    "ssdp": "家電などの名乗りを聞けません。",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """A device a relay heard. `native` is what nicknames are kept under."""

    native: str
    nickname: str
    judged: Judgement
    addresses: tuple[str, ...]
    mac: str
    is_temporary: bool
    heard_by: tuple[str, ...]
    first_heard: datetime
    last_heard: datetime
    has_name: bool
    source: str

    @property
    def key(self) -> str:
        """Stands for the native name in forms."""
        return device_key(self.native)

    @property
    def title(self) -> str:
        """What a person calls it; a bare address says nothing to anybody."""
        if self.nickname or self.has_name:
            return self.nickname or self.native
        return "・".join(filter(None, (_NAMELESS, self.judged.maker, self.judged.kind_ja)))

    @property
    def system(self) -> str:
        """The system as a sentence with its certainty; "" when nothing is known."""
        certainty = self.judged.os_certainty
        return f"{self.judged.os}{certainty.ja}。" if self.judged.os and certainty else ""

    @property
    def kind(self) -> str:
        """The kind in words."""
        return self.judged.kind_ja or _UNKNOWN_KIND


@dataclass(frozen=True, slots=True)
class Group:
    """Devices of one kind in one network: their number and the first names."""

    kind: str
    count: int
    titles: tuple[str, ...]

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.titles)


@dataclass(frozen=True, slots=True)
class Network:
    """One network on the map. `address` is for technicians; "" where no address is known."""

    title: str
    address: str
    routers: tuple[str, ...]
    groups: tuple[Group, ...]
    relay: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """Everything the page says. `cannot` are sentences about what the relays may not hear."""

    devices: tuple[Heard, ...] = ()
    networks: tuple[Network, ...] = ()
    old: tuple[Heard, ...] = ()
    temporary: int = 0
    beyond: int = 0
    cannot: tuple[str, ...] = ()
    is_hearing: bool = False
    natives: frozenset[str] = field(default=frozenset())


def around(organisation_id: str) -> Around:
    """Of the company's relays that may hear; empty without consent."""
    sources = {each.id: each for each in _sources(organisation_id)}
    if not sources:
        return Around()
    names = dict(DeviceName.objects.of(organisation_id).values_list("native", "nickname"))
    rows = [each for each in arrivals.lan_devices(organisation_id) if each.source in sources]
    devices = _once(_heard(each, names) for each in rows if each.key)
    about = {each.source: each.facts for each in rows if not each.key}
    return Around(
        devices=tuple(devices[:SHOWN]),
        networks=tuple(_networks(devices, about, sources)),
        old=tuple(each for each in devices if each.judged.is_old),
        temporary=sum(_number(each, "temporary") for each in about.values()),
        beyond=sum(_number(each, "beyond") for each in about.values()),
        cannot=_cannot(about.values()),
        is_hearing=True,
        natives=frozenset(mark for each in rows for mark in _marks(each)),
    )


def _sources(organisation_id: str) -> list[Source]:
    rows = Source.objects.of(organisation_id).filter(kind=DISCOVERY, revoked_at=None)
    listed = rows.select_related("relay").order_by("name", "id")
    return [each for each in listed if not each.awaits_consent]


def _heard(row: LanDevice, names: Mapping[str, str]) -> Heard:
    facts = row.facts
    native = facts.get("device", "")
    return Heard(
        native=native,
        nickname=names.get(native, ""),
        judged=judge(facts),
        addresses=_listed(facts, "addresses"),
        mac=facts.get("mac", ""),
        is_temporary=facts.get("mac_is_temporary") == "true",
        heard_by=tuple(_HEARD_BY.get(each, each) for each in _listed(facts, "heard_by")),
        first_heard=row.first_heard,
        last_heard=row.last_heard,
        has_name=bool(facts.get("names")),
        source=row.source,
    )


def _once(devices: Iterable[Heard]) -> list[Heard]:
    """Two relays on one network hear the same device: the newest word counts."""
    found: dict[tuple[str, str], Heard] = {}
    for each in devices:
        found.setdefault((each.mac if not each.is_temporary else "", each.native.lower()), each)
    return list(found.values())


def _marks(row: LanDevice) -> set[str]:
    """Under which names the device may stand in other sources' records."""
    listed = (*_listed(row.facts, "names"), row.facts.get("device", ""), row.facts.get("mac", ""))
    return {each.lower() for each in listed if each}


def _networks(
    devices: list[Heard], about: Mapping[str, Mapping[str, str]], sources: Mapping[str, Source]
) -> list[Network]:
    """By relay and segment: the relay's own networks first, then those beyond its routers."""
    by_place: dict[tuple[str, str], list[Heard]] = defaultdict(list)
    for source, facts in about.items():
        for segment in _listed(facts, "segments"):
            by_place[source, segment] = []
    own = {source: _segments(facts) for source, facts in about.items()}
    for each in devices:
        by_place[each.source, _place(each.addresses, own.get(each.source, []))].append(each)
    made: list[Network] = []
    for (source, segment), inside in by_place.items():
        is_own = segment in _listed(about.get(source, {}), "segments")
        if inside or is_own:
            relay = sources[source].relay
            relay_name = relay.name if relay else sources[source].name
            title = _title(made, segment=segment, is_own=is_own)
            made.append(_network(title, segment, inside, relay_name if is_own else ""))
    return made


def _title(made: list[Network], *, segment: str, is_own: bool) -> str:
    if not segment:
        return "場所の分からない機器"
    number = 1 + sum(1 for each in made if each.address)
    return f"ネットワーク{number}" if is_own else f"ネットワーク{number}（ルーターの向こうなど）"


def _network(title: str, segment: str, inside: list[Heard], relay: str) -> Network:
    routers = [each for each in inside if each.judged.kind == "router"]
    by_kind: dict[str, list[Heard]] = defaultdict(list)
    for each in inside:
        if each not in routers:
            by_kind[each.kind].append(each)
    groups = [
        Group(kind, len(found), tuple(each.title for each in found[:_SHOWN_BY_NAME]))
        for kind, found in sorted(by_kind.items(), key=lambda row: (-len(row[1]), row[0]))
    ]
    return Network(title, segment, tuple(each.title for each in routers), tuple(groups), relay)


def _place(addresses: tuple[str, ...], own: list[ipaddress.IPv4Network]) -> str:
    """The segment of the newest IPv4 address; beyond the relay's own networks its /24."""
    for each in addresses:
        try:
            found = ipaddress.IPv4Address(each)
        except ValueError:
            continue
        inside = next((network for network in own if found in network), None)
        return str(inside or ipaddress.ip_network(f"{found}/24", strict=False))
    return ""


def _segments(facts: Mapping[str, str]) -> list[ipaddress.IPv4Network]:
    found = []
    for each in _listed(facts, "segments"):
        try:
            found.append(ipaddress.IPv4Network(each))
        except ValueError:
            continue
    return found


def _cannot(about: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    said = dict.fromkeys(name for facts in about for name in _listed(facts, "cannot_hear"))
    return tuple(_CANNOT[name] for name in said if name in _CANNOT)


def _listed(facts: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(filter(None, facts.get(name, "").split(", ")))


def _number(facts: Mapping[str, str], name: str) -> int:
    told = facts.get(name, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 9 else 0

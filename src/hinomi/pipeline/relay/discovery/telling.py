"""What the tower is told of the devices: each when it is settled, when it changed, and each hour.

Times are told as ages, so that a relay whose clock is wrong does not put devices into last year.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.pipeline.relay.discovery.network import NEIGHBOUR
from hinomi.pipeline.relay.discovery.word import is_made_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.pipeline.relay.discovery.network import Interface
    from hinomi.pipeline.relay.discovery.table import Device, Table

SETTLE_S = 60.0
_AGAIN_S, _REFRESH_S, _NETWORK_S = 600.0, 3_600.0, 600.0
_BURST, _EACH_S = 300.0, 0.5
_MOST_AT_ONCE = 50


@dataclass(slots=True)
class Teller:
    """Bounded: a flood of devices is told slowly, and those known before it come first."""

    settle_s: float = SETTLE_S
    _allowed: float = _BURST
    _at: float = 0.0
    _network_at: float = 0.0

    def due(self, table: Table, *, now: float) -> list[bytes]:
        """The records to send now."""
        self._allowed = min(_BURST, self._allowed + max(0.0, now - self._at) * _EACH_S)
        self._at = now
        records: list[bytes] = []
        for key, device in sorted(table.devices.items(), key=_order):
            if self._allowed < 1 or len(records) >= _MOST_AT_ONCE:
                break
            if self._is_due(device, table, now=now):
                records.append(_device_record(key, device, table, now=now))
                device.told, device.told_at = _marks(device, table), now
                self._allowed -= 1
        return records

    def network(
        self, table: Table, interfaces: Sequence[Interface], cannot: Sequence[str], *, now: float
    ) -> list[bytes]:
        """A record each ten minutes about the network itself: it says that the ears are open."""
        if now - self._network_at < _NETWORK_S and self._network_at:
            return []
        self._network_at = now
        routers = {each: table.at(each) for each in table.routers}
        told = {
            "hinomi": "discovery",
            "event": "network",
            "devices": len(table.devices),
            "temporary": len(table.temporary),
            "beyond": table.beyond,
            "segments": sorted({str(each.network) for each in interfaces}),
            "relay_addresses": [each.address for each in interfaces],
            "routers": list(routers),
            "router_macs": [_mac(found.mac) for found in routers.values() if found],
            "cannot_hear": list(cannot),
        }
        return [_bytes(told)]

    def _is_due(self, device: Device, table: Table, *, now: float) -> bool:
        """One that said nothing of itself and was heard for a moment is none to speak of yet."""
        if now - device.first < self.settle_s or (
            not device.says_something
            and device.last - device.first < self.settle_s / 2
            and NEIGHBOUR not in device.heard_by
        ):
            return False
        if not device.told:
            return True
        since = now - device.told_at
        if device.last > device.told_at and since >= _REFRESH_S:
            return True
        return since >= _AGAIN_S and _marks(device, table) != device.told


def _order(row: tuple[str, Device]) -> tuple[bool, float]:
    return not row[1].told, row[1].told_at or row[1].first


def _device_record(key: str, device: Device, table: Table, *, now: float) -> bytes:
    made_up = is_made_up(device.mac)
    told: dict[str, object] = {
        "hinomi": "discovery",
        "event": "changed" if device.told else "found",
        "device": _title(device),
        "key": key if not made_up else f"name:{device.names[0].lower()}"[:100],
        "mac": _mac(device.mac),
        "mac_is_temporary": made_up,
        "addresses": list(reversed(device.addresses)),
        "names": list(reversed(device.names)),
        **device.facts,
        "services": device.services,
        "heard_by": device.heard_by,
        "is_router": _is_router(device, table),
        "known_s": round(now - device.first),
        "silent_s": round(now - device.last),
    }
    if told["event"] == "changed" and _marks(device, table) == device.told:
        told["event"] = "heard"
    return _bytes({name: value for name, value in told.items() if value not in ("", [])})


def _marks(device: Device, table: Table) -> str:
    parts = (device.names, sorted(device.facts.items()), sorted(device.services), device.mac)
    return json.dumps([*parts, device.addresses[-1:], _is_router(device, table)])


def _title(device: Device) -> str:
    """Its name, else its MAC, else (of flows) its address."""
    return next(
        iter([*device.names[-1:], *filter(None, [_mac(device.mac)]), *device.addresses]), ""
    )


def _is_router(device: Device, table: Table) -> bool:
    return any(each in table.routers for each in device.addresses)


def _mac(mac: str) -> str:
    return ":".join(mac[at : at + 2] for at in range(0, len(mac), 2))


def _bytes(told: dict[str, object]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()

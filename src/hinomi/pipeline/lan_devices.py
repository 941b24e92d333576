"""What a relay's records say of devices, as rows of the pipeline store. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.store.lan_rows import LanDevice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.core.records import Event

SHAPE = "discovery"
_LONGEST_S = 10 * 365 * 24 * 3600
# Facts a page needs; what follows from them is judged anew each time, by the newest signs.
_FACTS = (
    "device", "mac", "mac_is_temporary", "addresses", "names", "vendor_class", "requested", "model",
    "maker_said", "announced", "server", "osxvers", "services", "heard_by", "is_router",
)  # fmt: skip
_NETWORK = (
    "devices", "temporary", "beyond", "segments", "relay_addresses", "routers", "router_macs",
    "cannot_hear",
)  # fmt: skip


def lan_device(event: Event) -> LanDevice | None:
    """The row of a relay's record; None for records that speak of no device and no network."""
    fields = event.fields
    is_network = fields.get("event") == "network"
    key = fields.get("key", "")
    if event.shape != SHAPE or not (is_network or key):
        return None
    names = _NETWORK if is_network else _FACTS
    facts = {name: fields[name] for name in names if fields.get(name)}
    return LanDevice(
        organisation=event.organisation,
        source=event.source,
        key="" if is_network else key,
        facts=facts,
        first_heard=event.event_time - _age(fields, "known_s"),
        last_heard=event.event_time - _age(fields, "silent_s"),
    )


def _age(fields: Mapping[str, str], name: str) -> timedelta:
    """What comes from the wire may be no number, or one of any size."""
    told = fields.get(name, "")
    seconds = int(told) if told.isascii() and told.isdigit() and len(told) < 12 else 0
    return timedelta(seconds=min(seconds, _LONGEST_S))

"""Lines that reached us from senders nobody has registered, as collect keeps them for 24 hours.

They belong to no company, so only the provider's staff see them. What a relay heard is its
company's: staff who may not see the company do not see it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.portal.access.time import configuration, now
from hinomi.portal.sources.models import Source
from hinomi.portal.ui.visible import visible, visible_bytes
from hinomi.store.unknown import FILE, UnknownStore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hinomi.portal.access.scope import Scope
    from hinomi.store.unknown import UnknownLine

_SHOWN = 20  # lines per sender: enough to recognise a device
REASONS = {
    "unknown_sender": "登録のない送り元",
    "unknown_token": "トークンが違います",
    "revoked_token": "止めたトークンです",
    "not_of_relay": "この中継機の機器ではありません",
    "no_consent": "見守りの同意がまだない機器です",
    "address_moved": "住所が別の会社の機器に移ったようです",
}


@dataclass(frozen=True, slots=True)
class UnknownSender:
    """One address with its newest lines, hidden characters shown. `relay` and `company` are names,
    "" for who reached us without a relay."""

    address: str
    last_at: datetime
    reasons: tuple[str, ...]
    count: int
    lines: tuple[str, ...]
    relay: str = ""
    company: str = ""


def senders(scope: Scope) -> list[UnknownSender]:
    """The sender that was heard last comes first. `scope`: whose relays are shown."""
    data = configuration().data
    if not (data / FILE).exists():  # collect never ran here
        return []
    store = UnknownStore(data)
    try:
        kept = store.lines(now=now())
    finally:
        store.close()
    by_sender: dict[tuple[str, str], list[UnknownLine]] = {}
    for line in kept:
        by_sender.setdefault((line.relay, line.address), []).append(line)
    relays = _relays({line.relay for line in kept if line.relay}, scope)
    return [
        _sender(address, lines, relays.get(relay))
        for (relay, address), lines in by_sender.items()
        if not relay or relay in relays
    ]


def _relays(ids: set[str], scope: Scope) -> dict[str, Source]:
    rows = Source.objects.within(scope).filter(pk__in=ids).select_related("organisation")
    return {row.pk: row for row in rows} if ids else {}


def _sender(address: str, lines: list[UnknownLine], relay: Source | None) -> UnknownSender:
    return UnknownSender(
        address=visible(address),
        last_at=lines[0].at,
        reasons=tuple(_words(line.reason for line in lines)),
        count=len(lines),
        lines=tuple(visible_bytes(line.line) for line in lines[:_SHOWN] if line.line),
        relay=visible(relay.name) if relay else "",
        company=visible(relay.organisation.name) if relay else "",
    )


def _words(reasons: Iterable[str]) -> list[str]:
    return sorted({REASONS.get(reason, reason) for reason in reasons})

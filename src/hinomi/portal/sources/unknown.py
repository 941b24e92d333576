"""Lines that reached us from senders nobody has registered, as collect keeps them for 24 hours.

They belong to no company, so only the provider's staff see them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.portal.access.time import configuration, now
from hinomi.portal.ui.visible import visible, visible_bytes
from hinomi.store.unknown import FILE, UnknownStore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hinomi.store.unknown import UnknownLine

_SHOWN = 20  # lines per sender: enough to recognise a device
REASONS = {
    "unknown_sender": "登録のない送り元",
    "unknown_token": "トークンが違います",
    "revoked_token": "止めたトークンです",
    "no_consent": "見守りの同意がまだない機器です",
    "address_moved": "住所が別の会社の機器に移ったようです",
}


@dataclass(frozen=True, slots=True)
class UnknownSender:
    """One address with its newest lines, hidden characters shown."""

    address: str
    last_at: datetime
    reasons: tuple[str, ...]
    count: int
    lines: tuple[str, ...]


def senders() -> list[UnknownSender]:
    """The sender that was heard last comes first."""
    data = configuration().data
    if not (data / FILE).exists():  # collect never ran here
        return []
    store = UnknownStore(data)
    try:
        kept = store.lines(now=now())
    finally:
        store.close()
    by_address: dict[str, list[UnknownLine]] = {}
    for line in kept:
        by_address.setdefault(line.address, []).append(line)
    return [_sender(address, lines) for address, lines in by_address.items()]


def _sender(address: str, lines: list[UnknownLine]) -> UnknownSender:
    return UnknownSender(
        address=visible(address),
        last_at=lines[0].at,
        reasons=tuple(_words(line.reason for line in lines)),
        count=len(lines),
        lines=tuple(visible_bytes(line.line) for line in lines[:_SHOWN] if line.line),
    )


def _words(reasons: Iterable[str]) -> list[str]:
    return sorted({REASONS.get(reason, reason) for reason in reasons})

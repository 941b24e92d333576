"""Records nobody could be found for, held until they are written down for the provider's staff.

They belong to no company and never reach the log. Bounded at every step: anybody can send them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

ADDRESSES = 100
LINES = 100
LINE_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Stranger:
    """One line of an unknown sender. `reason`: unknown_sender, unknown_token, revoked_token,
    no_consent, address_moved, not_of_relay. `relay` is the source that heard it at a customer's
    place, "" when we did."""

    address: str
    at: datetime
    reason: str
    line: bytes
    relay: str = ""


class Strangers:
    """The newest lines per address since the last `take`."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], list[Stranger]] = {}

    def note(
        self, line: bytes, *, address: str, at: datetime, reason: str, relay: str = ""
    ) -> None:
        """Keep it, pushing out the oldest line of the address, or the address heard first."""
        lines = self._lines.pop((relay, address), [])
        lines.append(Stranger(address, at, reason, line[:LINE_BYTES], relay))
        self._lines[relay, address] = lines[-LINES:]
        if len(self._lines) > ADDRESSES:
            del self._lines[next(iter(self._lines))]

    def take(self) -> list[Stranger]:
        """All of them, oldest first; afterwards none are held."""
        lines = [stranger for each in self._lines.values() for stranger in each]
        self._lines = {}
        return sorted(lines, key=lambda stranger: stranger.at)

"""What a plan is made of: the customers there are, and what would become of each row. Values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.core.company_names import CompanyName
    from hinomi.portal.rosters.wishes import Wish

DEVICE_SERIAL = "device_serial"  # identifies a source by itself; in a mail a serial is a route


class State(StrEnum):
    """What taking in would do with a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    FAULT = "fault"

    @property
    def ja(self) -> str:
        """The word on screen."""
        return _STATES[self]


_STATES = {
    State.NEW: "新規",
    State.CHANGED: "更新",
    State.SAME: "同じ",
    State.FAULT: "直してください",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A customer of the firm as it is now. `sources` are those not revoked: (kind, name) →
    serials; `routes` what of the chosen mailbox is its own: (kind, key)."""

    id: str
    name: str
    read: CompanyName
    phone: str = ""
    mails: frozenset[str] = frozenset()
    has_owner: bool = False
    sources: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    routes: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class World:
    """What the plan is made against. `former` are customers whose contract ended. `taken` are
    claims (kind, key) with the id of the company that has them, "" for one that this firm may not
    know or for what means no company."""

    companies: tuple[Known, ...] = ()
    former: tuple[CompanyName, ...] = ()
    taken: Mapping[tuple[str, str], str] = field(default_factory=dict)
    has_mailbox: bool = False


@dataclass(frozen=True, slots=True)
class WantedSource:
    """A source to make, or one that there is with all the serials it has then."""

    kind: str
    name: str
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One row with what would be done. `company` is a number of the plan's own: rows of one company
    share it; `organisation` is "" for a new one. `routes` (kind, value) lead to the source
    `route_to` (kind, name). `texts` say to a person what and why."""

    wish: Wish
    state: State
    texts: tuple[str, ...]
    company: int = -1
    organisation: str = ""
    phone: str = ""
    mail: str = ""
    is_owner: bool = False
    source: WantedSource | None = None
    routes: tuple[tuple[str, str], ...] = ()
    route_to: tuple[str, str] = ("", "")

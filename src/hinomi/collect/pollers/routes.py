"""Whose record is it? Pure tables of one account, made from one directory snapshot.

As with every identity: what two companies claim belongs to nobody, and nobody is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hinomi.core.consent_gaps import ConsentGap
    from hinomi.core.directory import Directory, Source

_Key = tuple[str, str]  # customer as `plain` writes it, kind of the record


class Fate(Enum):
    """What happens to a record that goes to no company now."""

    WAITS = "waits"
    PUT_AWAY = "put_away"


@dataclass(frozen=True, slots=True)
class ApiRoutes:
    """What one account's routes say. Build with `routes_of`."""

    sources: Mapping[_Key, Source] = field(default_factory=dict)
    nobodys: frozenset[_Key] = frozenset()

    def decide(self, customer: str, *, kind: str, at: datetime | None = None) -> Source | Fate:
        """The company's source, else what becomes of the record. `at`: when it was written, where
        that is known; what is of a time its company had not agreed to is put away."""
        key = (plain(customer), kind)
        source = self.sources.get(key)
        if key in self.nobodys or (source and not source.taken_at(at)):
            return Fate.PUT_AWAY
        return source or Fate.WAITS

    def gaps(self, customer: str, *, kind: str) -> tuple[ConsentGap, ...]:
        """Nothing written in these is asked for."""
        source = self.sources.get((plain(customer), kind))
        return source.consent_gaps if source else ()

    def lead_nowhere(self, kind: str) -> bool:
        """Every customer we know of is nobody's, was stopped, or did not agree."""
        known = {key for key in self.nobodys if key[1] == kind}
        return bool(known) and not any(key[1] == kind for key in self.sources)


def routes_of(directory: Directory, *, account: str) -> ApiRoutes:
    """The routes of one account. What leads to a source that was stopped, or to which the
    company did not agree, is neither asked for nor kept. One that leads to nothing we know leads
    nowhere."""
    known = {company.id for company in directory.organisations if not company.is_deleted}
    present = {each.id: each for each in directory.sources if each.organisation in known}
    live = {id_: source for id_, source in present.items() if source.is_listened_to}
    stopped = set(present) - set(live)
    claims: dict[_Key, set[str]] = {}
    for route in directory.api_routes:
        if route.account == account:
            claims.setdefault((plain(route.tenant), route.kind), set()).add(route.source)
    sole = {key: found.copy().pop() for key, found in claims.items() if len(found) == 1}
    return ApiRoutes(
        sources={key: live[source] for key, source in sole.items() if source in live},
        nobodys=frozenset(key for key, source in sole.items() if not source or source in stopped),
    )


def plain(customer: str) -> str:
    """One spelling per customer: ids are hexadecimal or mail-like, and written in either case."""
    return customer.strip().casefold()

"""Whose piece is it? Pure tables of one mailbox, made from one directory snapshot.

As with every identity: what two companies claim belongs to nobody, and what points at two goes to
nobody. A company's name counts only while no other company could be meant by it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.core.company_names import CompanyName, read_company_name
from hinomi.core.mail import MEANS_NOTHING, NOBODY, Claim, ClaimKind, MailReason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hinomi.core.directory import Directory, Source

_SPACES = re.compile(r"[\s　]+")
_SERIAL_MARKS = re.compile(r"[\s　\-_:：]+")


@dataclass(frozen=True, slots=True)
class Decision:
    """Exactly one of: a source to deliver to, a reason to wait, or one to put it away."""

    source: Source | None = None
    waits: MailReason | None = None
    away: MailReason | None = None


@dataclass(frozen=True, slots=True)
class _Contested:
    """Two routes, or two companies, for one value."""


_CONTESTED = _Contested()
_Meaning = str | _Contested | None  # a route's source; None: no route knows the value


@dataclass(frozen=True, slots=True)
class MailRoutes:
    """What one mailbox's routes say. Build with `routes_of`."""

    values: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    tenants: Mapping[str, tuple[tuple[CompanyName, str], ...]] = field(default_factory=dict)
    companies: Mapping[str, tuple[tuple[CompanyName, str], ...]] = field(default_factory=dict)
    owners_of_serials: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)

    def decide(
        self, claims: Sequence[Claim], *, mail: str, moments: Sequence[datetime] = ()
    ) -> Decision:
        """Where one piece goes. `mail` is the id of the mail it came in, `moments` when that was
        written and when it came: what is of a gap in its company's consent is never taken."""
        decision = self._decide(claims, mail=mail)
        source = decision.source
        if source is None:
            return decision
        if not all(map(source.taken_at, moments)):
            return Decision(away=MailReason.NO_CONSENT)
        return decision if source.is_listened_to else Decision(waits=MailReason.NO_SOURCE)

    def _decide(self, claims: Sequence[Claim], *, mail: str) -> Decision:
        """Whose it is, whether or not that one may have it."""
        meanings = [(claim, self._meaning(claim)) for claim in claims]
        meanings = [pair for pair in meanings if pair[1] != MEANS_NOTHING]
        by_hand = self.values.get((ClaimKind.MAIL, mail))
        if by_hand:
            return self._by_hand(by_hand, meanings)
        return self._by_claims(meanings)

    def _by_hand(self, targets: frozenset[str], meanings: list[tuple[Claim, _Meaning]]) -> Decision:
        """A person named the company of this one mail. Where a route says otherwise, one of the
        two is wrong, and it is not ours to say which."""
        known = {to for claim, to in meanings if isinstance(to, str) and to and _is_strong(claim)}
        if len(targets) > 1 or known - targets - {NOBODY}:
            return Decision(waits=MailReason.CONTRADICTORY)
        return self._to(next(iter(targets)))

    def _by_claims(self, meanings: list[tuple[Claim, _Meaning]]) -> Decision:
        strong = [pair for pair in meanings if _is_strong(pair[0])]
        if any(to is _CONTESTED for _, to in strong):
            return Decision(waits=MailReason.CONTESTED)
        known = {to for _, to in strong if isinstance(to, str)}
        if len(known) > 1:
            return Decision(waits=MailReason.CONTRADICTORY)
        if _names_a_stranger(strong):
            return Decision(waits=MailReason.UNKNOWN_CLAIM)
        if not known:
            return self._by_host(meanings, strong)
        target = next(iter(known))
        if self._names_another(target, [claim for claim, _ in strong]):
            return Decision(waits=MailReason.CONTRADICTORY)
        return self._to(target)

    def _names_another(self, target: str, claims: list[Claim]) -> bool:
        """A name stands there, if only in the subject, that another of our companies bears, with a
        route or without: it may be that one's mail."""
        source = self.sources.get(target)
        if source is None:
            return False
        names = [read_company_name(each.value) for each in claims if each.kind is ClaimKind.TENANT]
        return any(self._bearers(name) - {source.organisation} for name in names)

    def _bearers(self, name: CompanyName) -> set[str]:
        return {id_ for known, id_ in self.companies.get(name.base, ()) if known.may_be(name)}

    def _by_host(
        self, meanings: list[tuple[Claim, _Meaning]], strong: list[tuple[Claim, _Meaning]]
    ) -> Decision:
        """A machine's name is the weakest: used only where the mail has nothing better."""
        hosts = {to for claim, to in meanings if claim.kind is ClaimKind.HOST and to is not None}
        if len(hosts) == 1 and not any(claim.is_sure for claim, _ in strong):
            only = next(iter(hosts))
            if not isinstance(only, str):
                return Decision(waits=MailReason.CONTESTED)
            if self._names_another(only, [claim for claim, _ in strong]):
                return Decision(waits=MailReason.CONTRADICTORY)
            return self._to(only)
        if len(hosts) > 1:
            return Decision(waits=MailReason.CONTRADICTORY)
        says = any(claim.kind is not ClaimKind.ADDRESS for claim, _ in meanings)
        return Decision(waits=MailReason.UNKNOWN_CLAIM if says else MailReason.NO_CLAIM)

    def _to(self, target: str) -> Decision:
        if target == NOBODY:
            return Decision(away=MailReason.BY_PERSON)
        source = self.sources.get(target)
        return Decision(source) if source else Decision(waits=MailReason.NO_SOURCE)

    def _meaning(self, claim: Claim) -> _Meaning:
        if claim.kind is ClaimKind.TENANT:
            return self._of_name(claim.value)
        found = self.values.get((claim.kind, plain_value(claim.kind, claim.value)))
        if not found:
            return None
        if len(found) > 1:
            return _CONTESTED
        target = next(iter(found))
        if claim.kind is ClaimKind.SERIAL and self._is_anothers(claim.value, target):
            return _CONTESTED
        return target

    def _of_name(self, text: str) -> _Meaning:
        """The route that the name may mean, unless another company may be meant as well, with or
        without a route: its mails must not go to the one that was taught first."""
        name = read_company_name(text)
        found = {to for known, to in self.tenants.get(name.base, ()) if known.may_be(name)}
        if not found or not name.base:
            return None
        if len(found) > 1:
            return _CONTESTED
        target = next(iter(found))
        source = self.sources.get(target)
        if source is not None and self._bearers(name) - {source.organisation}:
            return _CONTESTED
        return target

    def _is_anothers(self, serial: str, target: str) -> bool:
        source = self.sources.get(target)
        owners = self.owners_of_serials.get(plain_value(ClaimKind.SERIAL, serial), frozenset())
        return source is not None and bool(owners - {source.organisation})


def routes_of(directory: Directory, *, mailbox: str) -> MailRoutes:
    """Build the tables of one mailbox; again at each new generation."""
    gone = {each.id for each in directory.organisations if each.is_deleted}
    known = {each.id for each in directory.organisations} - gone
    values: dict[tuple[str, str], set[str]] = {}
    tenants: dict[str, list[tuple[CompanyName, str]]] = {}
    for route in directory.mail_routes:
        if route.mailbox != mailbox:
            continue
        if route.kind == ClaimKind.TENANT:
            name = read_company_name(route.value)
            tenants.setdefault(name.base, []).append((name, route.source))
        else:
            key = (route.kind, plain_value(route.kind, route.value))
            values.setdefault(key, set()).add(route.source)
    companies: dict[str, list[tuple[CompanyName, str]]] = {}
    for company in directory.organisations:
        name = read_company_name(company.name)
        companies.setdefault(name.base, []).append((name, company.id))
    owners: dict[str, set[str]] = {}
    for source in directory.sources:
        for serial in source.serials:
            key_ = plain_value(ClaimKind.SERIAL, serial)
            owners.setdefault(key_, set()).add(source.organisation)
    return MailRoutes(
        values={key: frozenset(found) for key, found in values.items()},
        tenants={base: tuple(found) for base, found in tenants.items()},
        companies={base: tuple(found) for base, found in companies.items()},
        owners_of_serials={serial: frozenset(found) for serial, found in owners.items()},
        sources={
            source.id: source
            for source in directory.sources
            if not source.is_revoked and source.organisation in known
        },
    )


def plain_value(kind: str, value: str) -> str:
    """One spelling per value: width and case aside, and for serials the marks between."""
    plain = unicodedata.normalize("NFKC", value).strip().casefold()
    if kind == ClaimKind.MAIL:
        return value
    if kind == ClaimKind.SERIAL:
        return _SERIAL_MARKS.sub("", plain)
    return _SPACES.sub("", plain)


def _is_strong(claim: Claim) -> bool:
    return claim.kind is not ClaimKind.HOST


def _names_a_stranger(meanings: list[tuple[Claim, _Meaning]]) -> bool:
    """A company that nobody knows is named: what stands beside it (a serial, an address, another
    company) may have changed hands or be of another alert. A contract number that nobody knows
    says so where nothing else names anybody, or where there are several."""
    sure = [pair for pair in meanings if pair[0].is_sure]
    tenants = [to for claim, to in sure if claim.kind is ClaimKind.TENANT]
    customers = [to for claim, to in sure if claim.kind is ClaimKind.CUSTOMER]
    if any(to is None for to in tenants):
        return True
    return None in customers and (not tenants or len(customers) > 1)

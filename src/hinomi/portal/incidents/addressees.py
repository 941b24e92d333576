"""To whom, and by which way, the words of a person go: shown before they are sent, and kept to.

The list is the alarm's own (`reaching`): contacts in their order, nothing that is part of the
incident. A correction also goes to everybody who was told before: they know the wrong words.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.business.reaching import Place
from hinomi.core.errors import HinomiError
from hinomi.core.words import ActionLevel
from hinomi.portal.access.time import now
from hinomi.portal.contacts.models import Contact, Kind
from hinomi.portal.contacts.reaches import Involved, reaches
from hinomi.portal.contacts.rows import listed
from hinomi.portal.contacts.shown import masked
from hinomi.portal.incidents.models import WordsKind
from hinomi.portal.incidents.reaching import CALLS, involved_in_incident, readers
from hinomi.portal.notices.models import Notice, NoticeState
from hinomi.portal.notices.services import MAIL, Recipient, recipients_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hinomi.portal.incidents.models import Incident

SHORT_KINDS = frozenset({"sms", "line", "line_works", "chatwork"})
_TOLD = (NoticeState.SENT, NoticeState.SENDING)
_CARRIES = {
    "sms": "短い文",
    "line": "短い文",
    "line_works": "短い文",
    "chatwork": "短い文",
    "fax": "紙1枚（文面と、しるしを付けるらん）",
    "letter": "印刷して出す手紙",
}


class PlanChanged(HinomiError):
    """Somebody else would get it now than the person saw."""


class NobodyLeft(HinomiError):
    """Everybody was taken off the list."""


class NoReason(HinomiError):
    """Somebody was taken off the list, and nobody said why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One way to one person. `key` names both and shows no address."""

    recipient: Recipient
    key: str
    name: str

    @property
    def way(self) -> str:
        """「SMS（…5678）で、短い文」."""
        title = Kind(self.recipient.kind).label.partition("（")[0]
        what = _CARRIES.get(self.recipient.kind, "全文")
        return f"{title}（{masked(self.recipient.kind, self.recipient.mail)}）で、{what}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Who gets it now, first first; `kept_out` are ways that are part of the incident."""

    lines: tuple[Line, ...]
    kept_out: tuple[str, ...] = ()

    @property
    def seal(self) -> str:
        """Names exactly this list: another list has another name."""
        return _digest("\n".join(each.key for each in self.lines))

    @property
    def has_short(self) -> bool:
        """True when somebody reads the short words only."""
        return any(each.recipient.kind in SHORT_KINDS for each in self.lines)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The list that a person saw (`seal`), whom they left on it, and why not the others."""

    seal: str
    keys: frozenset[str]
    reason: str = ""


def plan_of(incident: Incident, kind: WordsKind) -> Plan:
    """The list as it is at this moment."""
    found = readers(incident)
    if kind is WordsKind.CORRECTION:
        known = {(each.kind, each.mail) for each in found}
        found += [each for each in _told(incident) if (each.kind, each.mail) not in known]
    names = _names(incident, found)
    lines = (Line(each, _key(each), names.get(each.key, "")) for each in found)
    return Plan(tuple(lines), _kept_out(incident))


def going_to(plan: Plan, chosen: Chosen | None) -> tuple[list[Recipient], list[Line]]:
    """Who gets it, and who was taken off. `chosen` None: everybody. Raises PlanChanged, NobodyLeft
    or NoReason."""
    if chosen is None:
        return [each.recipient for each in plan.lines], []
    if chosen.seal != plan.seal:
        raise PlanChanged("The list of readers changed meanwhile.")
    going = [each for each in plan.lines if each.key in chosen.keys]
    left_out = [each for each in plan.lines if each.key not in chosen.keys]
    if left_out and not going:
        raise NobodyLeft("Nobody is left on the list.")
    if left_out and not chosen.reason:
        raise NoReason("Why somebody is left out must be said.")
    return [each.recipient for each in going], left_out


def told_in_words(going: Iterable[Recipient]) -> str:
    """「メール2、SMS1」 for the history."""
    counts: dict[str, int] = {}
    for each in going:
        title = Kind(each.kind).label.partition("（")[0]
        counts[title] = counts.get(title, 0) + 1
    return "、".join(f"{title}{count}" for title, count in counts.items())


def _told(incident: Incident) -> list[Recipient]:
    """Everybody who got something written about it, where the address is still in use."""
    involved, company = involved_in_incident(incident), incident.organisation_id
    used = {
        (each.contact.pk, row.kind, row.address)
        for each in listed(company, moment=now())
        for row in each.used
    }
    members = {each.user_id: each.mail for each in recipients_of(company)}
    rows = Notice.objects.of(company).filter(
        incident_number=incident.number, state__in=_TOLD, channel__in=Kind.values
    )
    found = {}
    for row in rows.exclude(channel=CALLS).order_by("pk"):
        is_used = (
            (row.contact_id, row.channel, row.to) in used
            if row.contact_id is not None
            else row.channel == MAIL and members.get(row.user_id or 0) == row.to
        )
        if is_used and not involved.holds(Place(row.channel, row.to)):
            found[row.channel, row.to] = Recipient(
                row.to, row.user_id, row.contact_id, row.channel, row.whom
            )
    return list(found.values())


def _kept_out(incident: Incident) -> tuple[str, ...]:
    """Ways that would be used, were they not part of the incident."""
    level, moment = ActionLevel(incident.level), now()
    company, involved = incident.organisation_id, involved_in_incident(incident)
    usual = reaches(company, level=level, moment=moment, involved=Involved())
    used = reaches(company, level=level, moment=moment, involved=involved)
    left = {(each.kind, each.address) for each in used}
    return tuple(
        f"{each.name}さんの{Kind(each.kind).label.partition('（')[0]}"
        for each in usual
        if (each.kind, each.address) not in left
    )


def _names(incident: Incident, found: Iterable[Recipient]) -> dict[str, str]:
    """The name of each, also of a member without one in the outbox."""
    wanted = [each.contact_id for each in found if each.contact_id is not None]
    contacts = Contact.objects.of(incident.organisation_id).filter(pk__in=wanted)
    names: dict[int, str] = {each.pk: each.name for each in contacts}
    return {each.key: names.get(each.contact_id or 0) or each.name for each in found}


def _key(recipient: Recipient) -> str:
    return _digest(f"{recipient.key}\0{recipient.mail}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]

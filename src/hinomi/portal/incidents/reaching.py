"""Whom an incident is told to in writing, and by which way of each person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.words import ActionLevel
from hinomi.portal.access.time import now
from hinomi.portal.contacts.reaches import Involved, Reach, involved_in, reaches
from hinomi.portal.incidents.campaigns.firms import answering_firm
from hinomi.portal.notices.services import MAIL, Recipient
from hinomi.portal.ways.queries import is_within_quota
from hinomi.portal.ways.services import channels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hinomi.portal.incidents.models import Incident

CALLS = "voice"  # only the ladder calls, one person after the other
_TOO_SLOW = frozenset({"letter"})  # for 今すぐ
_WHO = ("user", "mailbox")  # what in a finding may name somebody's mailbox


def involved_in_incident(incident: Incident) -> Involved:
    """The mailbox and the PC the incident is about are never used to tell of it."""
    named = (str(incident.slots.get(name, "")) for name in _WHO)
    mails = [value for value in named if "@" in value]
    return involved_in(
        incident.kind, mails=mails, devices=[incident.device] if incident.device else []
    )


def readers(incident: Incident) -> list[Recipient]:
    """今すぐ: every written way of everybody who is told. All else: one way of each, the mail where
    there is one."""
    level = ActionLevel(incident.level)
    company = incident.organisation_id
    found = reaches(company, level=level, moment=now(), involved=involved_in_incident(incident))
    may_use = usable(company, level)
    written = [reach for reach in found if reach.kind != CALLS and may_use(reach.kind)]
    if level is ActionLevel.NOW:
        chosen = [reach for reach in written if reach.kind not in _TOO_SLOW]
    else:
        chosen = list(_one_of_each(written))
    return list({each.key: each for each in map(recipient, chosen)}.values())


def recipient(reach: Reach) -> Recipient:
    """As the outbox wants it."""
    return Recipient(
        mail=reach.address,
        user_id=reach.user_id,
        contact_id=reach.contact_id,
        kind=reach.kind,
        name=reach.name,
    )


def usable(company: str, level: ActionLevel) -> Callable[[str], bool]:
    """A way that the firm has set up, and whose month is not used up: mails wait, other messages
    would be written into nothing. What is 今すぐ goes over the quota all the same."""
    firm_id = answering_firm(company)
    kinds = frozenset(channels_of(firm_id)) if firm_id else frozenset()
    moment = now()

    def may_use(kind: str) -> bool:
        if kind == MAIL:
            return True
        return kind in kinds and (
            level is ActionLevel.NOW or is_within_quota(firm_id, kind, moment)
        )

    return may_use


def _one_of_each(written: Iterable[Reach]) -> Iterable[Reach]:
    by_person: dict[tuple[int | None, int | None], Reach] = {}
    for reach in written:
        person = (reach.contact_id, reach.user_id if reach.contact_id is None else None)
        if person not in by_person or (reach.kind == MAIL and by_person[person].kind != MAIL):
            by_person[person] = reach
    return by_person.values()

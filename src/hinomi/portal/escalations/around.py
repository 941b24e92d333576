"""Who can be tried about an incident at this moment: the company's people, then ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.business.escalation import Around, StepKind
from hinomi.core.words import ActionLevel
from hinomi.portal.access.time import now
from hinomi.portal.contacts.reaches import reaches
from hinomi.portal.duties.night import may_ring
from hinomi.portal.duties.queries import on_duty
from hinomi.portal.incidents.campaigns.firms import answering_firm
from hinomi.portal.incidents.reaching import involved_in_incident
from hinomi.portal.notices.chiefs import MAIL, Told, chiefs
from hinomi.portal.ways.services import channels_of

if TYPE_CHECKING:
    from hinomi.portal.contacts.reaches import Reach
    from hinomi.portal.duties.values import DutyPerson, OnDuty
    from hinomi.portal.incidents.models import Incident

VOICE, SMS = "voice", "sms"


@dataclass(frozen=True, slots=True)
class Here:
    """Everybody around one incident now."""

    firm_id: str
    calls: tuple[Reach, ...]
    duty: OnDuty
    kinds: frozenset[str]

    def around(self) -> Around:
        """As the ladder knows it. While a partner's slot holds, its own clock runs: no answer in
        the agreed minutes, and our chief is next."""
        is_partner = bool(self.duty.firm_id)
        return Around(
            contacts=tuple(key_of(reach) for reach in self.calls),
            first=_key(self.duty.first),
            second="" if is_partner else _key(self.duty.second),
            chief=_key(self.duty.chief),
            patience=timedelta(minutes=self.duty.answer_minutes) if is_partner else None,
        )

    def call_of(self, key: str) -> Reach | None:
        """The number behind a key; None when it may not be called any more."""
        return next((reach for reach in self.calls if key_of(reach) == key), None)

    def ours(self, kind: StepKind) -> list[Told]:
        """How the person of that step is told: by every way we have to them."""
        person = {
            StepKind.DESK: self.duty.first,
            StepKind.SECOND: self.duty.second,
            StepKind.CHIEF: self.duty.chief,
        }[kind]
        found = self._ways(person) if person else []
        return found or chiefs(self.firm_id)

    def _ways(self, person: DutyPerson) -> list[Told]:
        ways = [(MAIL, person.mail)] if person.mail else []
        if person.phone:
            ways += [(kind, person.phone) for kind in (SMS, VOICE) if kind in self.kinds]
        return [Told(kind, address, person.name) for kind, address in ways]


def here(incident: Incident) -> Here:
    """Looked up anew for each step: people wake up, numbers bounce, duties are swapped."""
    moment, company = now(), incident.organisation_id
    firm_id = answering_firm(company)
    kinds = frozenset(channels_of(firm_id)) if firm_id else frozenset()
    calls: list[Reach] = []
    if VOICE in kinds and may_ring(company, moment):
        found = reaches(
            company,
            level=ActionLevel.NOW,
            moment=moment,
            involved=involved_in_incident(incident),
        )
        calls = [reach for reach in found if reach.kind == VOICE]
    return Here(firm_id, tuple(_first_of_each(calls)), on_duty(firm_id, moment), kinds)


def key_of(reach: Reach) -> str:
    """One person of the company, whichever number."""
    return f"c{reach.contact_id}" if reach.contact_id is not None else f"u{reach.user_id}"


def _first_of_each(calls: list[Reach]) -> list[Reach]:
    return list({key_of(reach): reach for reach in reversed(calls)}.values())[::-1]


def _key(person: DutyPerson | None) -> str:
    if person is None:
        return ""
    return f"d{person.user_id}" if person.user_id is not None else f"p{person.name}"[:60]

"""顧客カルテ (S9): what the desk must know of one customer before and while ringing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.portal.access.scope import scope_of
from hinomi.portal.consents.queries import standing_of
from hinomi.portal.contacts.queries import InOrder, order_of
from hinomi.portal.contacts.watchwords import set_at
from hinomi.portal.incidents.desk_rows import PhoneNote
from hinomi.portal.incidents.queries.lists import Row, as_rows
from hinomi.portal.incidents.queries.queue import Question, page
from hinomi.portal.organisations.models import Membership, Organisation
from hinomi.portal.organisations.values import values_of
from hinomi.portal.sources import queries as sources

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.business.consent import Standing

_SHOWN, _LATEST = 10, 5


@dataclass(frozen=True, slots=True)
class Company:
    """One customer's page."""

    company: Organisation
    contacts: list[InOrder]
    watchword_at: datetime | None
    note: PhoneNote
    consent: Standing
    incidents: list[Row]
    latest: list[Row]
    cards: list[sources.Card]
    devices: list[sources.Device]
    members: list[Membership]
    values: dict[str, tuple[str, ...]]


def company_page(company: Organisation) -> Company:
    """Open incidents, sources, machines, people and values of one customer."""
    scope = scope_of(company.id)
    members = Membership.objects.of(company.id).select_related("user").order_by("role", "pk")
    return Company(
        company=company,
        contacts=order_of(company.id),
        watchword_at=set_at(company.id),
        note=note_of(company.id),
        consent=standing_of(company.id),
        latest=as_rows(
            page(scope, Question("", company=company.id), user_id=0, size=_LATEST).items
        ),
        incidents=as_rows(page(scope, Question("all"), user_id=0, size=_SHOWN).items),
        cards=sources.cards(sources.sources(scope)[:_SHOWN]),
        devices=sources.devices(company.id)[:_SHOWN],
        members=list(members),
        values=values_of(company.id),
    )


def note_of(organisation_id: str) -> PhoneNote:
    """What to know before ringing; empty (and not saved) when nobody wrote anything."""
    found = PhoneNote.objects.of(organisation_id).select_related("changed_by").first()
    return found or PhoneNote(organisation_id=organisation_id, version=0)

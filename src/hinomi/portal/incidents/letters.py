"""The messages about an incident: the words of its page, to the company's own people only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from hinomi.portal.access.address import address_of
from hinomi.portal.access.time import configuration
from hinomi.portal.contacts.watchwords import watchword_of
from hinomi.portal.incidents.reaching import readers
from hinomi.portal.incidents.wording import text_of
from hinomi.portal.notices.repeats import may_have_been_told
from hinomi.portal.notices.services import Letter, queue_for, was_sent
from hinomi.respond.channels.mail import incident_body, incident_html, incident_subject
from hinomi.respond.short import short_text
from hinomi.respond.speech import speech

if TYPE_CHECKING:
    from hinomi.portal.incidents.models import Incident

RELEASE = "release:"  # what the reason of 元に戻してよい合図 begins with


def write_to_company(incident: Incident, *, reason: str) -> int:
    """Put a message by each fitting way of each person into the outbox; returns how many. Call
    inside the transaction."""
    letter = letter_about(incident, reason=reason)
    return queue_for(
        organisation_id=incident.organisation_id, letter=letter, recipients=readers(incident)
    )


def letter_about(incident: Incident, *, reason: str) -> Letter:
    """What there is to say about the incident now."""
    text = text_of(incident)
    url = page_url(incident)
    number, company = incident.number, incident.organisation
    config = configuration()

    def bodies(tap_url: str) -> tuple[str, str | None]:
        return (
            incident_body(text, url=url, tap_url=tap_url),
            incident_html(text, url=url, tap_url=tap_url),
        )

    return Letter(
        incident_number=number,
        reason=reason,
        subject=incident_subject(
            text,
            service_name=config.service_name,
            company=company.name,
            is_repeat=_is_repeat(incident, reason),
        ),
        body_text=incident_body(text, url=url),
        body_html=incident_html(text, url=url),
        text_short=short_text(text, password=watchword_of(company.id), phone=config.provider_phone),
        spoken=speech(text, service_name=config.service_name),
        level=incident.level,
        with_tap=bodies,
    )


def _is_repeat(incident: Incident, reason: str) -> bool:
    """元に戻してよい合図 is news, however often the incident was written about."""
    if reason.startswith(RELEASE):
        return False
    return was_sent(
        organisation_id=incident.organisation_id, incident_number=incident.number
    ) or may_have_been_told(incident.last_event_at)


def page_url(incident: Incident) -> str:
    """The incident's page; "" when nobody told us our own address. It asks to sign in."""
    return address_of(reverse("incident", args=[incident.number]))

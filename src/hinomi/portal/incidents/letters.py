"""The mail about an incident: the same words as the page, to the company's own people only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from hinomi.portal.access.address import address_of
from hinomi.portal.access.time import configuration
from hinomi.portal.incidents.wording import text_of
from hinomi.portal.notices.repeats import may_have_been_told
from hinomi.portal.notices.services import Letter, queue_mails, was_sent
from hinomi.respond.channels.mail import incident_body, incident_html, incident_subject

if TYPE_CHECKING:
    from hinomi.portal.incidents.models import Incident


def write_to_company(incident: Incident, *, reason: str) -> int:
    """Put one mail per person into the outbox; returns how many. Call inside the transaction."""
    letter = letter_about(incident, reason=reason)
    return queue_mails(organisation_id=incident.organisation_id, letter=letter)


def letter_about(incident: Incident, *, reason: str) -> Letter:
    """What there is to say about the incident now."""
    text = text_of(incident)
    url = page_url(incident)
    number, company = incident.number, incident.organisation
    return Letter(
        incident_number=number,
        reason=reason,
        subject=incident_subject(
            text,
            service_name=configuration().service_name,
            company=company.name,
            is_repeat=was_sent(organisation_id=company.id, incident_number=number)
            or may_have_been_told(incident.last_event_at),
        ),
        body_text=incident_body(text, url=url),
        body_html=incident_html(text, url=url),
    )


def page_url(incident: Incident) -> str:
    """The incident's page; "" when nobody told us our own address. It asks to sign in."""
    return address_of(reverse("incident", args=[incident.number]))

"""A campaign's letters: 「お知らせの訂正」 to who was told, 「注意の知らせ」 to who was not hit.

Each goes to one company's own people and knows nothing of any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.access.time import configuration
from hinomi.portal.notices.services import Letter, queue_mails
from hinomi.portal.ui.moments import day_ja
from hinomi.respond.announcement import CORRECTION, WARNING, announce
from hinomi.respond.channels.mail import as_html
from hinomi.respond.slots import slot

if TYPE_CHECKING:
    from hinomi.portal.incidents.campaigns.rows import Campaign
    from hinomi.portal.incidents.models import Incident
    from hinomi.portal.organisations.models import Organisation
    from hinomi.respond.announcement import Announcement


def write_correction(incident: Incident, *, campaign: Campaign) -> int:
    """One mail per person, once per incident and campaign; returns how many. In the transaction
    that closes the incident."""
    slots = {
        "number": incident.number,
        "day": day_ja(incident.first_event_at),
        "phone": configuration().provider_phone,
    }
    said = announce(CORRECTION, slots=slots)
    return _queue(
        incident.organisation, said, number=incident.number, reason=f"correction:{campaign.pk}"
    )


def write_warning(company: Organisation, *, campaign: Campaign) -> int:
    """One mail per person, once per campaign; returns how many."""
    return _queue(company, warning_of(campaign), number="", reason=f"warning:{campaign.pk}")


def warning_of(campaign: Campaign) -> Announcement:
    """The warning's words: they depend on what is alike, never on whom it hit."""
    phone = configuration().provider_phone
    return announce(WARNING, about=campaign.kind, slots={"phone": phone})


def _queue(company: Organisation, said: Announcement, *, number: str, reason: str) -> int:
    service = slot(configuration().service_name)
    letter = Letter(
        incident_number=number,
        reason=reason,
        subject=f"【{service}】{said.word}：{said.title}｜{slot(company.name, limit=40)}",
        body_text=f"{said.text}\n",
        body_html=as_html(said.text),
    )
    return queue_mails(organisation_id=company.id, letter=letter)

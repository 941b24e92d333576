"""What the bell does about campaigns in its loop: carry out answers, look again, alarm the chief.

A campaign's answer reaches its members one by one, each in a transaction of its company with the
member's mark: a bell that dies between two goes on with the next.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q

from hinomi.core import crash
from hinomi.portal.access.time import now
from hinomi.portal.incidents.campaigns.alarm import alarm_chiefs
from hinomi.portal.incidents.campaigns.rows import Campaign, CampaignMember, PatternSighting
from hinomi.portal.incidents.campaigns.treatment import treat
from hinomi.portal.incidents.models import CLOSED_STATES, Incident
from hinomi.portal.notices.services import held_numbers
from hinomi.triage.campaigns import ALARM_AFTER, CAMPAIGN_WITHIN, NEW_AFTER, UNDO_FOR, Stance

if TYPE_CHECKING:
    from hinomi.portal.access.owned import ScopedQuerySet

_WHY_ALL = "the bell carries out what every firm's people decided"

log = logging.getLogger(__name__)


def settle_answered() -> int:
    """Carry answers to the members that have not got them; returns how many."""
    _begin_settling()
    open_ones = _all().exclude(settling_at=None).filter(settled_at=None)
    return sum(_settle(campaign.pk) for campaign in open_ones.order_by("pk"))


def _begin_settling() -> None:
    """From here on an update's answer cannot be taken back."""
    due = _all().filter(stance=Stance.UPDATE, settling_at=None, answered_at__lte=now() - UNDO_FOR)
    due.update(settling_at=now())


def _settle(campaign_id: int) -> int:
    members = CampaignMember.objects.across_all(reason=_WHY_ALL).filter(campaign=campaign_id)
    waiting = members.filter(settled_at=None).order_by("pk")
    pairs = list(waiting.values_list("organisation_id", "pk"))
    for organisation_id, member_id in pairs:
        _settle_member(organisation_id, member_id)
    _all().filter(pk=campaign_id).update(settled_at=now(), version=F("version") + 1)
    return len(pairs)


def _settle_member(organisation_id: str, member_id: int) -> None:
    with transaction.atomic():
        member = CampaignMember.objects.of(organisation_id).get(pk=member_id)
        released = treat(organisation_id, member.incident_id)
        member.settled_at = now()
        # Not the whole row: treat has marked its correction in the same one.
        member.save(update_fields=["settled_at"])
        _all().filter(pk=member.campaign_id).update(released=F("released") + released)
        crash.point("bell:settle-before-commit")
    crash.point("bell:settle-after-commit")


def look_again() -> int:
    """Incidents that wait are weighed anew: their firm may have left, a person may have closed
    them. Returns how many."""
    numbers = held_numbers()  # notices know no incidents, only their numbers
    rows = Incident.objects.across_all(reason=_WHY_ALL).filter(
        Q(number__in=numbers) | Q(held_since__isnull=False)
    )
    pairs = list(rows.order_by("pk").values_list("organisation_id", "pk"))
    for organisation_id, incident_id in pairs:
        treat(organisation_id, incident_id)
    return len(pairs)


def put_away() -> int:
    """A campaign nobody was asked about is over when its incidents are closed and a day has passed:
    the next time is another one. Returns how many."""
    working = CampaignMember.objects.across_all(reason=_WHY_ALL).exclude(
        incident__state__in=CLOSED_STATES
    )
    quiet = _all().filter(stance=Stance.SEEN, opened_at__lt=now() - CAMPAIGN_WITHIN)
    return quiet.exclude(pk__in=working.values("campaign")).update(stance=Stance.OVER)


def forget_old_sightings() -> int:
    """A pattern that was not seen for so long is new again."""
    rows = PatternSighting.objects.across_all(reason=_WHY_ALL)
    return rows.filter(last_at__lt=now() - NEW_AFTER).delete()[0]


def alarm() -> int:
    """A question that waits too long goes to the firm's managers, again and again; how many."""
    before = now() - ALARM_AFTER
    waiting = _all().filter(stance=Stance.ASKED, asked_at__lte=before)
    late = waiting.filter(Q(alarmed_at=None) | Q(alarmed_at__lte=before))
    listed = list(late.select_related("firm").order_by("pk"))
    for campaign in listed:
        log.error("campaign %s: the question about an update waits for an answer", campaign.pk)
        alarm_chiefs(campaign)  # first: twice is better than never
        _all().filter(pk=campaign.pk).update(alarmed_at=now())
    return len(listed)


def _all() -> ScopedQuerySet[Campaign]:
    return Campaign.objects.across_all(reason=_WHY_ALL)

"""What people say about a campaign: an update or an attack, take it back, warn the others. Each is
one transaction of the firm with its audit entry; the bell carries it to the companies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.incidents.campaigns.announcing import write_warning
from hinomi.portal.incidents.campaigns.firms import customers
from hinomi.portal.incidents.campaigns.rows import Campaign, CampaignMember
from hinomi.triage.campaigns import UNDO_FOR, Stance

if TYPE_CHECKING:
    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.accounts.models import User
    from hinomi.portal.organisations.models import Organisation


class CampaignChanged(HinomiError):
    """Somebody answered, took back or warned since the page was opened."""


class TooLate(HinomiError):
    """What was answered is being carried out; something may have been sent."""


@transaction.atomic
def answer(*, campaign: Campaign, version: int, stance: Stance, reason: str, user: User) -> None:
    """Settle the question for all companies. An attack's notices go at once; an update's close and
    correct after UNDO_FOR."""
    row = _locked(campaign)
    if Stance(row.stance).is_answered or row.version != version:
        raise CampaignChanged(f"Campaign {row.pk} was changed meanwhile.")
    row.stance, row.reason = stance.value, reason
    row.answered_at, row.answered_by = now(), user
    row.settling_at = now() if stance is Stance.ATTACK else None
    _save(row, user=user, act=f"answer_{stance}")


@transaction.atomic
def take_back(*, campaign: Campaign, user: User) -> None:
    """Ask again, as long as nothing was sent because of the answer."""
    row = _locked(campaign)
    if not can_take_back(row):
        raise TooLate(f"The answer to campaign {row.pk} was carried out.")
    row.stance = (Stance.ASKED if row.asked_at else Stance.SEEN).value
    row.answered_at = row.answered_by = row.settling_at = row.settled_at = None
    row.reason = ""
    CampaignMember.objects.across_all(reason="the firm's own question").filter(campaign=row).update(
        settled_at=None
    )
    _save(row, user=user, act="take_back")


@transaction.atomic
def warn(*, campaign: Campaign, user: User) -> int:
    """Warn the firm's customers that were not hit; returns how many companies. Once."""
    row = _locked(campaign)
    if row.stance != Stance.ATTACK or row.warned_at is not None:
        raise CampaignChanged(f"Campaign {row.pk} warns nobody now.")
    row.warned_at = now()
    _save(row, user=user, act="warn")
    companies = list(not_hit(row))
    for company in companies:
        write_warning(company, campaign=row)
    return len(companies)


def can_take_back(campaign: Campaign) -> bool:
    """True while nothing left the house because of the answer."""
    if campaign.answered_at is None or campaign.warned_at is not None:
        return False
    if campaign.stance == Stance.UPDATE:
        return campaign.settling_at is None
    is_fresh = now() - campaign.answered_at <= UNDO_FOR
    return is_fresh and campaign.settled_at is not None and campaign.released == 0


def not_hit(campaign: Campaign) -> ScopedQuerySet[Organisation]:
    """The firm's customers without an incident in the campaign."""
    hit = CampaignMember.objects.across_all(reason="left out of the firm's own customers").filter(
        campaign=campaign
    )
    return customers(campaign.firm_id).exclude(pk__in=hit.values("organisation")).order_by("pk")


def _locked(campaign: Campaign) -> Campaign:
    return Campaign.objects.of(campaign.firm_id).select_for_update().get(pk=campaign.pk)


def _save(row: Campaign, *, user: User, act: str) -> None:
    row.version += 1
    row.save()
    audit.record(
        what=f"incidents:campaign:{act}", user_id=user.pk, firm_id=row.firm_id, campaign=row.pk
    )

"""「3社で同じ動き」: the line in the queue and the page. Only companies in the reader's own scope
are counted and shown, whoever else met the same pattern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count

from hinomi.portal.access.time import now
from hinomi.portal.incidents.campaigns.rows import UNANSWERED, Campaign, CampaignMember
from hinomi.portal.incidents.campaigns.verdicts import can_take_back, not_hit
from hinomi.portal.incidents.models import CLOSED_STATES, Incident, IncidentFinding
from hinomi.portal.incidents.queries.findings import FindingView, views
from hinomi.portal.incidents.queries.lists import Row, as_rows
from hinomi.portal.notices.services import told_among
from hinomi.triage.campaigns import ALARM_AFTER, Stance
from hinomi.triage.patterns import PatternKind

if TYPE_CHECKING:
    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

MEMBERS_SHOWN = 50
_LINES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign among others. `companies` are those the reader may see."""

    campaign: Campaign
    companies: int

    @property
    def title(self) -> str:
        """「3社で同じ動き」."""
        return f"{self.companies}社で同じ動き"

    @property
    def is_asked(self) -> bool:
        """True while notices wait for the answer."""
        return self.campaign.stance == Stance.ASKED

    @property
    def is_late(self) -> bool:
        """True when the answer takes so long that the managers were alarmed."""
        asked = self.campaign.asked_at
        return self.is_asked and asked is not None and now() - asked > ALARM_AFTER


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One company's incident in a campaign."""

    row: Row
    was_told: bool
    waits: bool


@dataclass(frozen=True, slots=True)
class CampaignPage:
    """A campaign's page. `open_count`, `waiting` and `told` are incidents, `others` companies."""

    line: CampaignLine
    kind: PatternKind
    stance: Stance
    finding: FindingView | None
    members: list[MemberRow]
    open_count: int
    waiting: int
    told: int
    others: int
    can_take_back: bool

    @property
    def is_answered(self) -> bool:
        """True once a person said what it is."""
        return self.stance.is_answered

    @property
    def can_warn(self) -> bool:
        """True while the other customers can be warned."""
        is_new = self.line.campaign.warned_at is None
        return self.stance is Stance.ATTACK and is_new and self.others > 0


def open_campaigns(scope: Scope) -> list[CampaignLine]:
    """What waits for an answer or a look, the question first, then the oldest."""
    rows = Campaign.objects.within(scope).filter(stance__in=UNANSWERED).order_by("stance", "pk")
    counted = (_line(row, scope) for row in rows[:_LINES_SHOWN])  # "asked" sorts before "seen"
    return [line for line in counted if line.companies]


def campaigns_of(incident: Incident, scope: Scope) -> list[CampaignLine]:
    """The campaigns of one incident."""
    mine = CampaignMember.objects.of(incident.organisation_id).filter(incident=incident)
    rows = Campaign.objects.within(scope).filter(pk__in=mine.values("campaign")).order_by("pk")
    return [_line(row, scope) for row in rows]


def campaign_page(campaign: Campaign, scope: Scope) -> CampaignPage:
    """Everything on the page; the first MEMBERS_SHOWN incidents."""
    incidents = _incidents(campaign, scope)
    shown = list(incidents.order_by("opened_at", "pk")[:MEMBERS_SHOWN])
    open_ones = incidents.exclude(state__in=CLOSED_STATES)
    told = told_among(scope, incidents.values("number"))
    members = [
        MemberRow(row, row.incident.number in told, row.incident.held_since is not None)
        for row in as_rows(shown)
    ]
    return CampaignPage(
        line=_line(campaign, scope),
        kind=PatternKind(campaign.kind),
        stance=Stance(campaign.stance),
        finding=_finding(shown),
        members=members,
        open_count=open_ones.count(),
        waiting=open_ones.filter(held_since__isnull=False).count(),
        told=len(told),
        others=not_hit(campaign).filter(scope.condition("pk")).count(),
        can_take_back=can_take_back(campaign),
    )


def _line(campaign: Campaign, scope: Scope) -> CampaignLine:
    members = CampaignMember.objects.within(scope).filter(campaign=campaign)
    counted = members.aggregate(companies=Count("organisation", distinct=True))
    return CampaignLine(campaign, counted["companies"])


def _incidents(campaign: Campaign, scope: Scope) -> ScopedQuerySet[Incident]:
    members = CampaignMember.objects.within(scope).filter(campaign=campaign)
    rows = Incident.objects.within(scope).filter(pk__in=members.values("incident"))
    return rows.select_related("organisation", "assigned_to")


def _finding(incidents: list[Incident]) -> FindingView | None:
    """One example of what is alike."""
    if not incidents:
        return None
    first = incidents[0]
    rows = IncidentFinding.objects.of(first.organisation_id).filter(incident=first)
    return next(iter(views(rows.order_by("-event_at", "-pk")[:1])), None)

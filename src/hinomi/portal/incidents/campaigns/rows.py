"""Campaigns (the firm's), who is in them (the companies'), and where a pattern was seen.

A campaign knows its pattern as a hash and nothing of any company; what joins them is a member row
of the company itself, so that every reader sees only the companies in its own scope.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.owned import OrganisationOwned, ScopedQuerySet
from hinomi.portal.access.scope import CustomersOf
from hinomi.portal.access.time import now
from hinomi.triage.campaigns import Stance
from hinomi.triage.patterns import PatternKind

if TYPE_CHECKING:
    from hinomi.portal.access.scope import Scope

_Row = TypeVar("_Row", bound=models.Model, covariant=True)

STANCES = [(stance.value, stance.value) for stance in Stance]
KINDS = [(kind.value, kind.ja) for kind in PatternKind]
UNANSWERED = [stance.value for stance in Stance if stance.waits]


class FirmsQuerySet(ScopedQuerySet[_Row]):
    """Rows of a firm: for its own people. No customer and no other firm reaches them."""

    organisation_path = "firm"  # `of` takes the firm's id

    def within(self, scope: Scope) -> Self:
        """The rows of the firms in whose name the scope reaches anything."""
        firms = [part.firm_id for part in scope.parts if isinstance(part, CustomersOf)]
        return self._scoped().filter(firm__in=firms)


class Campaign(models.Model):
    """One pattern at several customers of one firm. `stance` is triage's word for what is known.

    An answer (`stance`, `answered_at`, `reason`) that closes incidents can be taken back until
    `settling_at`; then it is in force, the bell carries it to the members one by one, and
    `settled_at` says that all are done. `released` counts notices that went out because of it.
    """

    firm = models.ForeignKey("organisations.Firm", on_delete=models.PROTECT, related_name="+")
    pattern = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, choices=KINDS)
    stance = models.CharField(max_length=10, choices=STANCES)
    opened_at = models.DateTimeField(default=now)
    asked_at = models.DateTimeField(null=True)
    alarmed_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    settling_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    released = models.PositiveIntegerField(default=0)
    warned_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = FirmsQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "pattern"],
                condition=Q(stance__in=UNANSWERED),
                name="campaign_one_open_per_pattern",
            ),
        ]
        indexes = [
            models.Index(fields=["firm", "pattern"], name="campaign_pattern"),
            models.Index(fields=["stance", "settled_at"], name="campaign_work"),
        ]


class CampaignMember(OrganisationOwned):
    """An incident of a company that is part of a campaign. `settled_at`: the answer reached it;
    `noted_at`: its customer, who knew of the incident, was told that we look at several companies;
    `corrected_at`: its customer got a correction."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="members")
    incident = models.ForeignKey(
        "incidents.Incident", on_delete=models.PROTECT, related_name="campaigns"
    )
    joined_at = models.DateTimeField(default=now)
    noted_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    corrected_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "campaign", "incident"], name="campaign_member_once"
            ),
        ]


class PatternSighting(OrganisationOwned):
    """A pattern in one incident of a company, with the event times of its first and last finding.
    Forgotten when the pattern counts as new again."""

    pattern = models.CharField(max_length=64)
    incident = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="+")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "incident", "pattern"], name="sighting_once"
            ),
        ]
        indexes = [models.Index(fields=["pattern", "last_at"], name="sighting_pattern")]


class KnownVersion(models.Model):
    """A state of our own that findings can come from: hinomi's version and rule pack. Whose first
    finding was lately may itself be the reason why something is new everywhere."""

    name = models.CharField(primary_key=True, max_length=200)
    first_at = models.DateTimeField(default=now)

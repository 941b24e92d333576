"""Which automatic decisions were drawn in which week, and what a person says of each."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hinomi.portal.access.owned import FirmOwnedQuerySet, OrganisationOwned
from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import DecisionRecord
from hinomi.portal.incidents.queries.words import DECISIONS
from hinomi.portal.organisations.models import Firm


class Verdict(models.TextChoices):
    """What a person says of a decision."""

    WAITING = "", "まだ見直していません"
    RIGHT = "right", "正しい"
    WRONG = "wrong", "違っていた"
    UNCLEAR = "unclear", "わからない"


class Draw(models.Model):
    """The draw of one firm for the week that began on `week`. `seed` is the head of the audit
    trail at that moment; `kinds` says of each kind how many there were and how many were drawn."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    week = models.DateField()
    drawn_at = models.DateTimeField(default=now)
    seed = models.CharField(max_length=100)
    decisions = models.PositiveIntegerField()
    drawn = models.PositiveIntegerField()
    kinds = models.JSONField(default=dict)
    chief_told_at = models.DateTimeField(null=True)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "week"], name="rejudging_draw_once_a_week"),
        ]


class Rejudging(OrganisationOwned):
    """One drawn decision. Once `verdict` is given, nothing changes any more."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="rejudgings")
    decision = models.ForeignKey(DecisionRecord, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    judged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draw", "decision"], name="rejudging_once_per_draw"),
        ]
        indexes = [models.Index(fields=["draw", "verdict"], name="rejudging_waiting")]

    @property
    def told(self) -> str:
        """What was decided, in words."""
        return DECISIONS.get(self.decision.kind, self.decision.kind)

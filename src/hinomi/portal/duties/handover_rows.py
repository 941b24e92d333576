"""引き継ぎ: one row per change of the first on duty, signed by both; and what a chief must know."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.owned import FirmOwnedQuerySet
from hinomi.portal.access.scope import CustomersOf
from hinomi.portal.access.time import now
from hinomi.portal.organisations.models import Firm


class HandoverQuerySet(FirmOwnedQuerySet["Handover"]):
    """A partner that gives or takes a duty signs for it, also after its slot is over."""

    def within(self, scope: object) -> HandoverQuerySet:
        """Only hand-overs of the scope's firms, or in which they take part."""
        parts = getattr(scope, "parts", ())
        firms = [part.firm_id for part in parts if isinstance(part, CustomersOf)]
        return self._scoped().filter(
            Q(firm__in=firms) | Q(from_partner__in=firms) | Q(to_partner__in=firms)
        )


class Handover(models.Model):
    """The duty of `firm` goes at `at` from one to the other. Lines are what each side saw when it
    signed."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    from_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    from_partner = models.ForeignKey(Firm, null=True, on_delete=models.PROTECT, related_name="+")
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    to_partner = models.ForeignKey(Firm, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    given_at = models.DateTimeField(null=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    given_lines = models.JSONField(default=list)
    taken_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    taken_lines = models.JSONField(default=list)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["firm", "at"], name="handover_once")]


class ChiefAlert(models.Model):
    """Something the firm's chief must be told. An event table: whoever sends reads it and sets
    `told_at`. `subject` makes it be raised once; `words` says it in a sentence or two."""

    KINDS = (
        ("no_duty", "当番がいません"),
        ("handover", "引き継ぎの署名がありません"),
        ("promise", "約束の時刻を過ぎました"),
        ("unpublished", "当番表が公開されていません"),
    )

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=KINDS)
    subject = models.CharField(max_length=80)
    words = models.TextField()
    raised_at = models.DateTimeField(default=now)
    told_at = models.DateTimeField(null=True)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "kind", "subject"], name="chief_alert_once")
        ]

"""A partner SOC: which firm helps ours, and which companies' consent names it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hinomi.portal.access.owned import FirmOwnedQuerySet, OrganisationOwned
from hinomi.portal.access.time import now
from hinomi.portal.organisations.models import Firm


class Partnership(models.Model):
    """Firm `partner` may hold slots of `firm`. Nobody there answers in `answer_minutes`: our chief
    is rung. `phone` and `mail` reach the partner's people on duty."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    answer_minutes = models.PositiveSmallIntegerField(default=10)
    phone = models.CharField(max_length=40)
    mail = models.EmailField(blank=True)
    started_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "partner"],
                condition=Q(ended_at=None),
                name="partnership_one_open",
            ),
        ]


class PartnerConsent(OrganisationOwned):
    """The company's signed consent names `partner` as a 再委託先 of `firm`. Follows the history of
    consents (`partners.follow_consent`); `step` is the signature."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    step = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "firm", "partner"], name="partner_consent_once"
            ),
        ]

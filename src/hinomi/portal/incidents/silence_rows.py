"""Mass silence (the firm's question "is it us?") and the silences that wait for its answer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now
from hinomi.portal.incidents.campaigns.rows import FirmsQuerySet


class MassSilence(models.Model):
    """Many sources fell silent at once; the customers of `firm` are not told before somebody knows
    whose fault it is. `answer`: customers (tell them), ours (do not), well (our own health proved
    that it is not us), over (they speak again). `well_since`: our own side has been well since."""

    firm = models.ForeignKey("organisations.Firm", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=now)
    silent = models.PositiveIntegerField()
    judged = models.PositiveIntegerField()
    well_since = models.DateTimeField(null=True)
    answer = models.CharField(max_length=10, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)

    objects = FirmsQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm"], condition=Q(answer=""), name="mass_silence_one_open_per_firm"
            ),
        ]


class HeldSilence(OrganisationOwned):
    """A silence nobody was told of yet. `outcome`: told, dropped, spoke; "" while it waits."""

    source = models.ForeignKey("sources.Source", on_delete=models.CASCADE, related_name="+")
    mass = models.ForeignKey(MassSilence, on_delete=models.PROTECT, related_name="held")
    last_alive = models.DateTimeField()
    held_at = models.DateTimeField(default=now)
    settled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source"],
                condition=Q(settled_at=None),
                name="silence_held_once",
            ),
        ]

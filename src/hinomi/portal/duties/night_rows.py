"""夜間の約束: what was agreed with a company about its nights, as a history that only grows."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hinomi.business.night import Rung
from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now


class NightTerms(OrganisationOwned):
    """One version; the newest holds. `acts` are what the machine may do alone; `waits` is what
    waits until morning, in the customer's words. Hours empty: the company's own."""

    acts = models.JSONField(default=list)
    rung = models.CharField(
        max_length=10, choices=[(each.value, each.ja) for each in Rung], default=Rung.NOBODY.value
    )
    rung_until = models.TimeField(null=True)
    waits = models.TextField(blank=True)
    opens = models.TimeField(null=True)
    closes = models.TimeField(null=True)
    agreed_on = models.DateField()
    agreed_by = models.CharField(max_length=120)
    recorded_at = models.DateTimeField(default=now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["organisation", "id"], name="night_history")]

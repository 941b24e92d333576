"""止めてよいもの: the sheet that a company agrees to beforehand, version by version."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now


class StopSheet(OrganisationOwned):
    """One version; only `agreed_*` are written later, once. The newest agreed one holds; a newer
    one without agreement is a proposal. `lines` are `business.stopping.StopLine` as JSON."""

    place = models.PositiveIntegerField()
    lines = models.JSONField(default=list)
    prepared_at = models.DateTimeField(default=now)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    agreed_name = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "place"], name="stop_sheet_order"),
            models.CheckConstraint(
                condition=Q(agreed_at=None) | ~Q(agreed_name=""), name="stop_sheet_says_who"
            ),
        ]

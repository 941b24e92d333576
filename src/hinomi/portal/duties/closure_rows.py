"""長期休暇: what a company was asked before a long holiday, said, and read after it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now


class ClosureAsk(OrganisationOwned):
    """One company and one long holiday (`key`, e.g. `new_year-2026`). `first` and `last` are closed
    days: from the calendar, later as the company said. `sent_at` and `report_sent_at` are set by
    whoever sends the form and, on `report_on`, 休み中のこと."""

    key = models.CharField(max_length=20)
    first = models.DateField()
    last = models.DateField()
    report_on = models.DateField(null=True)
    asked_at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True)
    contact_name = models.CharField(max_length=120, blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    remark = models.CharField(max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    report_sent_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="closure_once"),
        ]
        indexes = [models.Index(fields=["report_on"], name="closure_report")]

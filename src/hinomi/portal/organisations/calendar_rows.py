"""When a company works, as its people and its provider said it: one row, and its own days."""

from __future__ import annotations

from datetime import time

from django.conf import settings
from django.db import models

from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now


def saturday_and_sunday() -> list[int]:
    """The default of most companies; Monday is 0."""
    return [5, 6]


class CompanyCalendar(OrganisationOwned):
    """A company without a row works as `business.working_days.Calendar` says. Spans of days
    are written `12-29`; empty when the company has none."""

    closed_weekdays = models.JSONField(default=saturday_and_sunday)
    keeps_holidays = models.BooleanField(default=True)
    new_year_first = models.CharField(max_length=5, blank=True, default="12-29")
    new_year_last = models.CharField(max_length=5, blank=True, default="01-03")
    obon_first = models.CharField(max_length=5, blank=True, default="08-13")
    obon_last = models.CharField(max_length=5, blank=True, default="08-15")
    opens = models.TimeField(default=time(8, 30))
    closes = models.TimeField(default=time(18, 0))
    changed_at = models.DateTimeField(default=now)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation"], name="calendar_once_per_company"),
        ]


class SpecialDays(OrganisationOwned):
    """Days on which the company is closed (会社の休業日), or works although it is closed else."""

    first = models.DateField()
    last = models.DateField()
    name = models.CharField(max_length=60, blank=True)
    is_open = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "first", "last", "is_open"], name="special_days_once"
            ),
            models.CheckConstraint(
                condition=models.Q(last__gte=models.F("first")), name="special_days_in_order"
            ),
        ]

"""A promised call: a person, a half hour of their duty, and one of the places in it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now
from hinomi.portal.organisations.models import Firm


class Booking(OrganisationOwned):
    """`user` calls the company by `promised_at`. A person has few `place`s in a half hour, and two
    promises never share one: the database holds that, also for two requests at once.

    Kept when `kept_at` is set; missed when the time passed first (`missed_at` notes that the chief
    was told); taken back when `dropped_at` is set."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=200)
    phone = models.CharField(max_length=40, blank=True)
    promised_at = models.DateTimeField()
    half_hour = models.DateTimeField()
    place = models.PositiveSmallIntegerField()
    booked_at = models.DateTimeField(default=now)
    kept_at = models.DateTimeField(null=True)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    missed_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "half_hour", "place"],
                condition=Q(dropped_at=None),
                name="booking_one_per_place",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "promised_at"], name="booking_company"),
            models.Index(
                fields=["promised_at"],
                condition=Q(kept_at=None, dropped_at=None),
                name="booking_open",
            ),
        ]

    @property
    def person(self) -> str:
        """The name that the customer is told."""
        return self.user.shown_name

"""First calls, and numbers that nobody knew."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hinomi.portal.access.identifiers import draw
from hinomi.portal.access.owned import FirmOwnedQuerySet, OrganisationOwned
from hinomi.portal.access.time import now
from hinomi.portal.duties.models import Booking
from hinomi.portal.incidents.models import Incident
from hinomi.portal.organisations.models import Firm
from hinomi.portal.tickets.models import Ticket


def draw_call_id() -> str:
    """A new call's id."""
    return draw("call")


class FirstCall(OrganisationOwned):
    """One call with a company while it runs, and what came of it. `answers`: question → answer.
    `booking` is the next promise; `incident` or `ticket` is where the call was written down.
    `version` grows with every saving."""

    id = models.CharField(primary_key=True, max_length=40, default=draw_call_id, editable=False)
    number = models.CharField(max_length=40, blank=True)
    caller = models.CharField(max_length=80, blank=True)
    answers = models.JSONField(default=dict)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    began_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)
    booking = models.ForeignKey(Booking, null=True, on_delete=models.SET_NULL, related_name="+")
    incident = models.ForeignKey(
        Incident, null=True, on_delete=models.PROTECT, related_name="first_calls"
    )
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["organisation", "began_at"], name="first_call_latest")]

    def __str__(self) -> str:
        return self.id


class UnknownCaller(models.Model):
    """Somebody whose number belongs to no customer: what they wanted. `words_version` is the
    referral that was read out."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=40, blank=True)
    key = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=400)
    words_version = models.PositiveIntegerField()
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["firm", "key", "at"], name="unknown_caller")]

"""First calls, numbers that nobody knew, and what a firm's telephone exchange tells of calls."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

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


def draw_exchange_id() -> str:
    """A new exchange's id."""
    return draw("exchange")


class Speaks(models.TextChoices):
    """How an exchange tells of calls."""

    JSON = "json", "一般（JSON）"
    TWILIO = "twilio", "Twilio"


class Exchange(models.Model):
    """A firm's telephone exchange (cloud PBX) that tells us of calls. `secret` is sealed
    (`store.sealed`); we make it, but Twilio signs with its own Auth Token. `refused` counts what
    was not taken, with the newest reason. `removed_at`: it is believed no longer, its secret is
    gone."""

    id = models.CharField(primary_key=True, max_length=40, default=draw_exchange_id, editable=False)
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    speaks = models.CharField(max_length=10, choices=Speaks, default=Speaks.JSON)
    secret = models.TextField(blank=True)
    created_at = models.DateTimeField(default=now)
    renewed_at = models.DateTimeField(default=now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    events = models.PositiveIntegerField(default=0)
    last_event_at = models.DateTimeField(null=True)
    refused = models.PositiveIntegerField(default=0)
    refused_at = models.DateTimeField(null=True)
    refused_why = models.CharField(max_length=200, blank=True)
    removed_at = models.DateTimeField(null=True)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "name"], condition=Q(removed_at=None), name="exchange_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CallEvent(models.Model):
    """One telling of an exchange, by the id it gave it: told again, it counts once. `call` is the
    exchange's own name of the call; `at` when it happened, `told_at` when we were told."""

    class OfExchangeQuerySet(FirmOwnedQuerySet["CallEvent"]):
        """As the exchange."""

        firm_path = "exchange__firm"

    exchange = models.ForeignKey(Exchange, on_delete=models.PROTECT, related_name="+")
    event_id = models.CharField(max_length=150)
    kind = models.CharField(max_length=20)
    call = models.CharField(max_length=100)
    at = models.DateTimeField()
    told_at = models.DateTimeField(default=now)

    objects = OfExchangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["exchange", "event_id"], name="call_event_once"),
        ]
        indexes = [models.Index(fields=["told_at"], name="call_event_old")]


class IncomingCall(models.Model):
    """A call as the exchange tells of it; `business.incoming_calls` says when it is missed. Whose
    number it is, is looked up when it is read: a number names a company, and only today's.
    `ticket`: where a missed call of a customer went. One of nobody's number, or of several
    companies', waits until somebody called back."""

    exchange = models.ForeignKey(Exchange, on_delete=models.PROTECT, related_name="+")
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    number = models.CharField(max_length=40, blank=True)
    key = models.CharField(max_length=40, blank=True)
    to = models.CharField(max_length=40, blank=True)
    rang_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)
    first_call = models.ForeignKey(
        FirstCall, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="+")
    called_back_at = models.DateTimeField(null=True)
    called_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["exchange", "name"], name="incoming_call_once"),
        ]
        indexes = [
            models.Index(fields=["firm", "rang_at"], name="incoming_call_latest"),
            models.Index(fields=["firm", "key", "rang_at"], name="incoming_call_number"),
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="incoming_call_due"
            ),
            models.Index(
                fields=["firm", "rang_at"],
                condition=Q(missed_at__isnull=False, ticket=None, called_back_at=None),
                name="incoming_call_to_call",
            ),
        ]

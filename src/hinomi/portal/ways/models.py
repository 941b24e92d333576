"""A firm's ways out: its accounts at carriers of messages, what they cost, what became of messages,
and letters that wait to be printed."""

from __future__ import annotations

from typing import Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.identifiers import draw
from hinomi.portal.access.owned import FirmOwnedQuerySet
from hinomi.portal.access.time import now
from hinomi.portal.organisations.models import Firm, Organisation

_Row = TypeVar("_Row", bound=models.Model, covariant=True)


def draw_way_id() -> str:
    """A new way's id."""
    return draw("way")


class WayAccount(models.Model):
    """One way of a firm: `maker` names the class (`respond.channels.registry`), `kind` what people
    choose. `options` are its open settings; `secrets` the others, sealed as one JSON text
    (`store.sealed`). `monthly_quota`: units in a month, None for no end. `version` counts changes,
    so that two people do not overwrite each other. `removed_at`: kept for its history; its secrets
    go when it can no longer be taken back."""

    id = models.CharField(primary_key=True, max_length=40, default=draw_way_id, editable=False)
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="ways")
    kind = models.CharField(max_length=20)
    maker = models.CharField(max_length=40)
    options = models.JSONField(default=dict)
    secrets = models.TextField(blank=True)
    monthly_quota = models.PositiveIntegerField(null=True)
    version = models.PositiveIntegerField(default=1)
    paused_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=300, blank=True)
    trouble_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    removed_at = models.DateTimeField(null=True)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "kind"], condition=Q(removed_at=None), name="way_one_per_kind"
            ),
        ]


class OfWayQuerySet(FirmOwnedQuerySet[_Row]):
    """What belongs to a way belongs to the way's firm."""

    firm_path = "way__firm"

    def within_way(self, way: WayAccount) -> Self:
        """Only the rows of one way already read in a scope."""
        return self._scoped().filter(way=way)


class WayPrice(models.Model):
    """What one unit costs from a day on, in yen without tax."""

    way = models.ForeignKey(WayAccount, on_delete=models.CASCADE, related_name="prices")
    valid_from = models.DateField()
    yen = models.DecimalField(max_digits=9, decimal_places=2)

    objects = OfWayQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["way", "valid_from"], name="way_price_once_a_day"),
        ]


class WayUse(models.Model):
    """What went out in a month (its first day, JST) by one kind for one company; no company: the
    firm's own (tests, its own people)."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    month = models.DateField()
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+"
    )
    messages = models.PositiveIntegerField(default=0)
    units = models.PositiveIntegerField(default=0)
    cost_yen = models.DecimalField(max_digits=12, decimal_places=2, default=0)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "kind", "month", "organisation"],
                condition=Q(organisation__isnull=False),
                name="way_use_once_per_company",
            ),
            models.UniqueConstraint(
                fields=["firm", "kind", "month"],
                condition=Q(organisation=None),
                name="way_use_once_for_the_firm",
            ),
        ]


class Handed(models.Model):
    """A message that a next hop took, under the name it gave it. A report about a message that is
    not here is nobody's and is not believed."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    provider_id = models.CharField(max_length=200)
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(default=now)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "kind", "provider_id"], name="handed_once_per_name"
            ),
        ]
        indexes = [models.Index(fields=["kind", "provider_id"], name="handed_name")]


class Arrival(models.TextChoices):
    """What a next hop tells later about a message it took."""

    DELIVERED = "delivered", "届きました"
    SOFT = "soft", "まだ届いていません"
    HARD = "hard", "届きませんでした"


class DeliveryReport(models.Model):
    """One such report, in the order of its number: whoever sends messages reads them with a cursor.
    `address` is whom it is about, where the report names it ("" where not)."""

    handed = models.ForeignKey(Handed, on_delete=models.CASCADE, related_name="reports")
    arrival = models.CharField(max_length=10, choices=Arrival)
    address = models.CharField(max_length=254, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=now)

    class OfHandedQuerySet(FirmOwnedQuerySet[_Row]):
        """As the message it is about."""

        firm_path = "handed__firm"

    objects = OfHandedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["handed", "arrival", "address"], name="delivery_report_once"
            ),
        ]


class Letter(models.Model):
    """A letter for the desk to print and post. `posted_at`: a person brought it away."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+"
    )
    message_id = models.CharField(max_length=200)
    to = models.TextField()
    subject = models.CharField(max_length=300)
    body_text = models.TextField()
    number = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=now)
    posted_at = models.DateTimeField(null=True)
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "message_id"], name="letter_once"),
        ]

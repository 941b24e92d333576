"""The history of consents, and whom a firm entrusts with its customers' records."""

from __future__ import annotations

from typing import Any, Never

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from hinomi.business.consent import Act
from hinomi.core.errors import HinomiError
from hinomi.portal.access.owned import FirmOwnedQuerySet, OrganisationOwned, ScopedQuerySet
from hinomi.portal.access.time import now
from hinomi.portal.organisations.models import Firm


class HistoryOnlyGrows(HinomiError):
    """Something tried to change or remove what was agreed to."""


class Way(models.TextChoices):
    """How a step came to us."""

    SCREEN = "screen", "お客様が画面で"
    PAPER = "paper", "同意書で"
    STAFF = "staff", "担当者がお客様から聞いて"
    COMMAND = "command", "登録のコマンドで"
    LIST = "list", "お客様の一覧の取り込みで"


ACTS = [
    (Act.SIGNED.value, "同意しました"),
    (Act.ADDED.value, "加えました"),
    (Act.WITHDRAWN.value, "取りやめました"),
]


class HistoryQuerySet(ScopedQuerySet[Any]):
    """Rows that are read and added, nothing else."""

    def update(self, **kwargs: object) -> Never:
        """Always refused."""
        raise HistoryOnlyGrows("A step of a consent cannot be changed.", advice="Add another one.")

    def delete(self) -> Never:
        """Always refused."""
        raise HistoryOnlyGrows("A step of a consent cannot be removed.", advice="Add another one.")


class ConsentStep(OrganisationOwned):
    """One step as it was said; never changed. `kinds` are formats (no kinds in a withdrawal: all),
    `days` how long records of a kind are kept, by kind. `shown` holds what the paper said then:
    fields by kind and 再委託先, so that later versions of either change nothing that was signed.
    """

    act = models.CharField(max_length=12, choices=ACTS)
    way = models.CharField(max_length=12, choices=Way)
    version = models.CharField(max_length=20)
    signer = models.CharField(max_length=120, blank=True)
    signed_on = models.DateField()
    kinds = models.JSONField(default=list)
    purposes = models.JSONField(default=list)
    days = models.JSONField(default=dict)
    shown = models.JSONField(default=dict)
    recorded_at = models.DateTimeField(default=now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = HistoryQuerySet.as_manager()  # type: ignore[misc]  # narrower on purpose

    class Meta:
        indexes = [models.Index(fields=["organisation", "id"], name="consent_history")]

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as in Django
        """Adds a row; refuses to change one."""
        if self.pk is not None:
            raise HistoryOnlyGrows(
                "A step of a consent cannot be changed.", advice="Add another one."
            )
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:  # noqa: ANN401 - as in Django
        """Always refused."""
        raise HistoryOnlyGrows("A step of a consent cannot be removed.", advice="Add another one.")


class Entrusted(models.Model):
    """再委託先: whom a firm hands records to, for what, from which day until which (both included;
    no last day: still)."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="entrusted")
    name = models.CharField(max_length=120)
    work = models.CharField(max_length=200)
    place = models.CharField(max_length=60, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="entrusted_ends_after_it_begins",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
            ),
        ]

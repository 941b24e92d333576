"""A taught format belongs to a firm; its versions are kept for ever, a draft until it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.identifiers import draw
from hinomi.portal.access.owned import FirmOwnedQuerySet
from hinomi.portal.access.time import now
from hinomi.portal.organisations.models import Firm, Organisation

if TYPE_CHECKING:
    from hinomi.portal.access.scope import Scope

_Row = TypeVar("_Row", bound=models.Model, covariant=True)


def draw_format_id() -> str:
    """A new format's id."""
    return draw("fmt")


def draw_draft_id() -> str:
    """A new draft's id."""
    return draw("fdr")


class TaughtFormat(models.Model):
    """One format. `version` is the number of the version in use; `retired_at`: used no more."""

    id = models.CharField(primary_key=True, max_length=31, default=draw_format_id, editable=False)
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="formats")
    name = models.CharField(max_length=80)
    version = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField(default=now)
    retired_at = models.DateTimeField(null=True)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "name"],
                condition=Q(retired_at=None),
                name="taught_format_name_once_per_firm",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> str:
        """What a source's kind says."""
        return f"learned:{self.pk}"


class VersionsQuerySet(FirmOwnedQuerySet[_Row]):
    """A version belongs to its format's firm."""

    firm_path = "format__firm"


class FormatVersion(models.Model):
    """A definition as it was used from `made_at` on. Rows are added, never changed."""

    format = models.ForeignKey(TaughtFormat, on_delete=models.PROTECT, related_name="versions")
    place = models.PositiveIntegerField()
    definition = models.TextField()
    made_at = models.DateTimeField(default=now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    from_place = models.PositiveIntegerField(null=True)

    objects = VersionsQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["format", "place"], name="format_version_once"),
        ]
        ordering = ["-place"]


class DraftsQuerySet(FirmOwnedQuerySet[_Row]):
    """A draft made from a company's records is reached only by who still serves the company."""

    def within(self, scope: Scope) -> Self:
        """Only drafts of the firm, of companies in the scope or of no company."""
        mine = Q(organisation=None) | Q(
            organisation__in=Organisation.objects.within(scope).values("pk")
        )
        return super().within(scope).filter(mine)


class FormatDraft(models.Model):
    """A format in the making. `lines` are the sample, `organisation` whose they are if one
    company's; `is_meaning_seen`: a person has looked at what the device's words mean."""

    id = models.CharField(primary_key=True, max_length=31, default=draw_draft_id, editable=False)
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    format = models.ForeignKey(
        TaughtFormat, null=True, on_delete=models.CASCADE, related_name="drafts"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.CASCADE, related_name="+"
    )
    name = models.CharField(max_length=80)
    lines = models.JSONField(default=list)
    definition = models.TextField()
    is_meaning_seen = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = DraftsQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

"""Which level of practice a firm asks for a right, and which its people earned: rows of the firm,
written by the practices above and read wherever such a right is used."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hinomi.portal.access.owned import FirmOwnedQuerySet
from hinomi.portal.access.time import now


class Right(models.TextChoices):
    """What a firm may tie to a level. Nothing is, until its manager says so."""

    CLOSE_NOW = "close_now", "「今すぐ」の案件を、1人で完了にする"
    OVERRIDE = "override", "検査で赤の文面を、理由を書いて送る"


class RequiredLevel(models.Model):
    """A right asks for this level at this firm. Without a row it asks for none."""

    firm = models.ForeignKey("organisations.Firm", on_delete=models.PROTECT, related_name="+")
    right = models.CharField(max_length=12, choices=Right)
    level = models.PositiveIntegerField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    set_at = models.DateTimeField(default=now)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "right"], name="required_level_once"),
        ]


class EarnedLevel(models.Model):
    """A person of a firm holds the level until then."""

    firm = models.ForeignKey("organisations.Firm", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    level = models.PositiveIntegerField()
    until = models.DateTimeField()

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "user", "level"], name="earned_level_once"),
        ]

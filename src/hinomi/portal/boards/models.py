"""What the board counted on each day: a number means something beside last week's."""

from __future__ import annotations

from django.db import models

from hinomi.portal.access.owned import FirmOwnedQuerySet
from hinomi.portal.organisations.models import Firm


class Counter(models.TextChoices):
    """What is counted."""

    WORKING = "working", "対応中"
    WAITING = "waiting", "お客様待ち"
    UNWATCHED = "unwatched", "見守れていない"


class DayCount(models.Model):
    """One counter of one firm as it stood on one day (JST), the first time anybody counted."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    counter = models.CharField(max_length=10, choices=Counter)
    count = models.PositiveIntegerField()

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "day", "counter"], name="day_count_once"),
        ]

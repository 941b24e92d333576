"""Runs of rehearsal cases (練習席): rows of a firm and one of its people, of no company."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hinomi.portal.access.identifiers import draw
from hinomi.portal.access.owned import FirmOwnedQuerySet
from hinomi.portal.access.time import now


def draw_run_id() -> str:
    """A new run's id."""
    return draw("run")


class Run(models.Model):
    """One person plays one case. `version` is the case's; `answers` in the order given. `marks`
    keep their words, so that an old result can be read when the case has changed."""

    id = models.CharField(primary_key=True, max_length=40, default=draw_run_id, editable=False)
    firm = models.ForeignKey("organisations.Firm", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    case = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    answers = models.JSONField(default=list)
    began_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)
    percent = models.PositiveIntegerField(null=True)
    is_grave = models.BooleanField(default=False)
    is_passed = models.BooleanField(default=False)
    marks = models.JSONField(default=list)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["firm", "user", "began_at"], name="run_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "user", "case"],
                condition=models.Q(ended_at=None),
                name="run_one_open",
            ),
        ]

    def __str__(self) -> str:
        return self.id

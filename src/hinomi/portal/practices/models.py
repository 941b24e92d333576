"""Exercises of companies with their own contacts (訓練)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now
from hinomi.portal.practices.run_rows import Run

__all__ = [
    "Asked",
    "Ending",
    "Exercise",
    "ExerciseAgreement",
    "How",
    "Run",
]  # Django finds the app's tables here


class Ending(models.TextChoices):
    """How an exercise ended."""

    ALL = "all", "全員が受け取りました"
    EARLY = "early", "途中で終わりにしました"
    TIME = "time", "1日たって終わりました"
    REAL = "real", "本物のお知らせが来たので終わりました"


class How(models.TextChoices):
    """How a person answered."""

    LINK = "link", "メールの画面で"
    PAGE = "page", "ログインした画面で"
    CALL = "call", "電話で"
    TOLD = "told", "話して確かめた"


class ExerciseAgreement(OrganisationOwned):
    """The company's yes: people of the firm that serves it may begin an exercise too."""

    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    agreed_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(ended_at=None), name="exercise_agreed_once"
            ),
        ]


class Exercise(OrganisationOwned):
    """One 訓練. At most one of a company runs."""

    started_at = models.DateTimeField(default=now)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    calls_at_night = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ending = models.CharField(max_length=8, choices=Ending, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(ended_at=None), name="exercise_one_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "started_at"], name="exercise_latest")]


class Asked(OrganisationOwned):
    """One person of an exercise. `kinds`: by which ways; `quiet`: ways left out because it was
    night. `name` as it was then: contacts come and go."""

    exercise = models.ForeignKey(Exercise, on_delete=models.PROTECT, related_name="asked")
    contact_id = models.PositiveBigIntegerField(null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    name = models.CharField(max_length=200)
    order = models.PositiveIntegerField()
    kinds = models.JSONField(default=list)
    quiet = models.JSONField(default=list)
    answered_at = models.DateTimeField(null=True)
    how = models.CharField(max_length=8, choices=How, blank=True)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["exercise", "order"], name="exercise_asked_once"),
        ]

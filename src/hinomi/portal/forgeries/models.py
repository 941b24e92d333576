"""What customers found suspicious, and warnings of fakes in our name."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.owned import FirmOwnedQuerySet, OrganisationOwned
from hinomi.portal.access.time import now


class Way(models.TextChoices):
    """How the suspicious message came."""

    MAIL = "mail", "メール"
    SMS = "sms", "ショートメッセージ（SMS）"
    PHONE = "phone", "電話"
    LETTER = "letter", "手紙・FAX"
    SCREEN = "screen", "パソコンの画面"
    OTHER = "other", "そのほか"


class Verdict(models.TextChoices):
    """What a person of ours said of a report."""

    WAITING = "waiting", "確かめています"
    GENUINE = "genuine", "わたしたちが送ったものでした"
    FAKE = "fake", "にせものでした"


class SuspectReport(OrganisationOwned):
    """A message that a customer doubts, as pasted. `did_something`: somebody opened, typed or
    paid. `text_sha256` keeps a double click from telling it twice."""

    way = models.CharField(max_length=10, choices=Way)
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    did_something = models.BooleanField(default=False)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reported_at = models.DateTimeField(default=now)
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.WAITING)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    judged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "text_sha256"],
                condition=Q(verdict=Verdict.WAITING),
                name="suspect_report_once",
            ),
        ]
        indexes = [models.Index(fields=["verdict", "reported_at"], name="suspect_report_queue")]


class FakeWarning(models.Model):
    """A firm's warning to all its customers. An event row: the bell carries it out once
    `begins_at` has come, company by company up to `reached`; until it began it can be undone."""

    firm = models.ForeignKey("organisations.Firm", on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(
        SuspectReport, null=True, on_delete=models.PROTECT, related_name="warnings"
    )
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ordered_at = models.DateTimeField(default=now)
    begins_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    reached = models.CharField(max_length=40, blank=True, default="")
    companies = models.PositiveIntegerField(default=0)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            # One at a time: a second click, or a second person, orders nothing more.
            models.UniqueConstraint(
                fields=["firm"],
                condition=Q(undone_at=None, finished_at=None),
                name="fake_warning_one_at_a_time",
            ),
        ]

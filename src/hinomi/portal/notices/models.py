"""The outbox. A notice is recorded before it is sent; an attempt is recorded before it is made."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hinomi.portal.access.owned import FirmOwnedQuerySet, OrganisationOwned
from hinomi.portal.access.time import now


class NoticeState(models.TextChoices):
    """Where a notice stands."""

    QUEUED = "queued", "送信待ち"
    HELD = "held", "確認を待っています"
    SENDING = "sending", "送信中"
    SENT = "sent", "送信済み"
    FAILED = "failed", "送れませんでした"
    BOUNCED = "bounced", "戻ってきました"
    DROPPED = "dropped", "送らないことにしました"


class Outgoing(models.Model):
    """One message to one address. `dedupe_key` says what it is about, so that a replay writes it
    once; `message_id` stays the same over all attempts, so that mail programs fold doubles;
    `refers_to` are those of the mails before it in its thread, oldest first.

    `level` is the urgency of what it is about: 今すぐ goes first. `step` names the step of an
    escalation ("12:3") that asked for it.
    """

    channel = models.CharField(max_length=20, default="mail")
    to = models.CharField(max_length=254)
    whom = models.CharField(max_length=200, blank=True, db_default="")
    level = models.CharField(max_length=10, blank=True, db_default="")
    step = models.CharField(max_length=40, blank=True, db_default="")
    subject = models.CharField(max_length=300)
    body_text = models.TextField()
    body_html = models.TextField(null=True)
    text_short = models.CharField(max_length=300, blank=True, db_default="")
    spoken = models.TextField(blank=True, db_default="")
    message_id = models.CharField(max_length=200, blank=True)
    refers_to = models.TextField(blank=True, db_default="")
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.QUEUED)
    due_at = models.DateTimeField(default=now)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True)
    dedupe_key = models.CharField(max_length=200)
    provider_id = models.CharField(max_length=200, blank=True, db_default="", db_index=True)
    units = models.PositiveIntegerField(default=0, db_default=0)
    cost_yen = models.DecimalField(max_digits=10, decimal_places=2, default=0, db_default=0)

    class Meta:
        abstract = True


class Attempt(models.Model):
    """One try. A row without `finished_at` is a try whose end nobody saw (a crash)."""

    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True


class Notice(OrganisationOwned, Outgoing):
    """A message to a company. `incident_number` is 受付番号 (empty when the notice is about no
    incident): notices know nothing of incidents, which live above them. `contact_id` is the row of
    連絡先 it goes to, where it goes to one; `unanswered_at` is when we noted that nobody did."""

    incident_number = models.CharField(max_length=20, blank=True, db_index=True)
    contact_id = models.PositiveBigIntegerField(null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    unanswered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "dedupe_key"], name="notice_once_per_reason"
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="notice_due")]


class NoticeAttempt(OrganisationOwned, Attempt):
    """One try at a notice."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="tries")


class FirmNotice(Outgoing):
    """A message to people of a firm: a duty that must ring a customer, a chief who must know."""

    firm = models.ForeignKey("organisations.Firm", on_delete=models.PROTECT, related_name="+")

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "dedupe_key"], name="firm_notice_once_per_reason"
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="firm_notice_due")]


class FirmNoticeAttempt(Attempt):
    """One try at a message to our own people."""

    firm = models.ForeignKey("organisations.Firm", on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(FirmNotice, on_delete=models.PROTECT, related_name="tries")

    objects = FirmOwnedQuerySet.as_manager()


class Alarm(OrganisationOwned):
    """Something of level 今すぐ was said about an incident: an event row that the escalation above
    reads. Written with the notices themselves, so that neither is there without the other."""

    incident_number = models.CharField(max_length=20)
    reason = models.CharField(max_length=150)
    at = models.DateTimeField(default=now)
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "incident_number", "reason"], name="alarm_once_per_reason"
            ),
        ]
        indexes = [models.Index(fields=["handled_at", "at"], name="alarm_open")]


class KeyPress(OrganisationOwned):
    """The key that says "received", in our call about no incident: an event row that the exercises
    above read. The first press of a call counts."""

    notice = models.OneToOneField(Notice, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=now)
    handled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["handled_at", "at"], name="key_press_open")]


class LastExercise(OrganisationOwned):
    """How the company's newest 訓練 stands, in the words of a page: written by the exercises above,
    read by the company's home page, which lies below them."""

    at = models.DateTimeField()
    asked = models.PositiveIntegerField()
    answered = models.PositiveIntegerField(default=0)
    is_over = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation"], name="last_exercise_of_company"),
        ]


class Restoration(models.Model):
    """This data once came back from a backup: what happened in between was done, but not by it."""

    taken_at = models.DateTimeField()
    restored_at = models.DateTimeField(default=now)


class ReportCursor(models.Model):
    """One row: how far the reports of carriers were read; saved with what was made of them."""

    report = models.PositiveBigIntegerField(default=0)

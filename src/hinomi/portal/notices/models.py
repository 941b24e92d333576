"""The outbox. A notice is recorded before it is sent; an attempt is recorded before it is made."""

from __future__ import annotations

from django.db import models

from hinomi.portal.access.owned import OrganisationOwned
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


class Notice(OrganisationOwned):
    """One message to one address. `dedupe_key` says what it is about, so that a replay writes it
    once; `message_id` stays the same over all attempts, so that mail programs fold doubles.

    `incident_number` is 受付番号 (empty when the notice is about no incident): notices know nothing
    of incidents, which live above them.
    """

    incident_number = models.CharField(max_length=20, blank=True, db_index=True)
    channel = models.CharField(max_length=20, default="mail")
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=300)
    body_text = models.TextField()
    body_html = models.TextField(null=True)
    message_id = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.QUEUED)
    due_at = models.DateTimeField(default=now)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True)
    dedupe_key = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "dedupe_key"], name="notice_once_per_reason"
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="notice_due")]


class NoticeAttempt(OrganisationOwned):
    """One try. A row without `finished_at` is a try whose end nobody saw (a crash)."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="tries")
    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=500, blank=True)


class Restoration(models.Model):
    """This data once came back from a backup: what happened in between was done, but not by it."""

    taken_at = models.DateTimeField()
    restored_at = models.DateTimeField(default=now)

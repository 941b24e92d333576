"""Escalations and their steps. Which step follows is decided in `hinomi.business.escalation`."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.business.escalation import StepKind
from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now
from hinomi.portal.duties.models import Booking
from hinomi.portal.incidents.models import Answer, Incident
from hinomi.portal.notices.models import Notice

STEP_KINDS = [(kind.value, kind.ja) for kind in StepKind]


class Stopped(models.TextChoices):
    """What ended an escalation: each is something a person did."""

    PAGE = "page", "画面のボタン"
    LINK = "link", "メールの画面のボタン"
    CALL = "call", "自動電話のボタン"
    DESK = "desk", "電話で話せた"
    CLOSED = "closed", "担当者が案件を閉じた"
    MERGED = "merged", "担当者が案件をまとめた"


class Escalation(OrganisationOwned):
    """One round of trying to reach somebody about one incident. `after_answer` is the newest answer
    there was at the beginning: only a later one is an answer to this."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="escalations")
    round = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField(default=now)
    after_answer = models.PositiveBigIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True)
    how = models.CharField(max_length=10, choices=Stopped, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    who = models.CharField(max_length=200, blank=True)
    said = models.TextField(blank=True)
    answer = models.ForeignKey(Answer, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "round"], name="escalation_round"),
            models.UniqueConstraint(
                fields=["incident"], condition=Q(stopped_at=None), name="escalation_one_running"
            ),
        ]
        indexes = [models.Index(fields=["stopped_at", "started_at"], name="escalation_running")]


class StepState(models.TextChoices):
    """Where a step stands."""

    WAITING = "waiting", "これから"
    DONE = "done", "済み"
    STOPPED = "stopped", "要らなくなりました"


class Step(OrganisationOwned):
    """One step. `number` counts from 0 without gaps; one waits at a time. `pause_s` is the longest
    it may lie ahead, `sent` how many messages it put into the outbox, `name` whom it was for."""

    escalation = models.ForeignKey(Escalation, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=STEP_KINDS)
    whom = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField()
    pause_s = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=StepState, default=StepState.WAITING)
    ran_at = models.DateTimeField(null=True)
    sent = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["escalation", "number"], name="step_once"),
            models.UniqueConstraint(
                fields=["escalation"], condition=Q(state="waiting"), name="step_one_waiting"
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="step_due")]


class KeyPress(OrganisationOwned):
    """A key that answered one of our calls. One call answers once, however often it is posted."""

    notice = models.OneToOneField(Notice, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=4)
    at = models.DateTimeField(default=now)


class CallBack(OrganisationOwned):
    """An answer that needs a person of ours, and the call that was promised for it. No `booking`:
    nobody's slot had room, so no time was named and our people were told at once."""

    answer = models.OneToOneField(Answer, on_delete=models.PROTECT, related_name="+")
    booking = models.ForeignKey(Booking, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=now)

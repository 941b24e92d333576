"""Rows of the case page: who merged what, who must look a second time, which questions of a
playbook were answered, and what a person wrote to the customer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now
from hinomi.respond.playbook import Reply


class Merge(OrganisationOwned):
    """`source` went into `target`. `findings`, `entries` and `answers` are the ids of the rows
    that moved; `source_was`, `target_was` and `target_became` are how the two stood, so that
    parting them puts back exactly that. While `parted_at` is empty the merge holds."""

    source = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    why = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=500)
    findings = models.JSONField(default=list)
    entries = models.JSONField(default=list)
    answers = models.JSONField(default=list)
    source_was = models.JSONField(default=dict)
    target_was = models.JSONField(default=dict)
    target_became = models.JSONField(default=dict)
    keys = models.JSONField(default=list)
    parted_at = models.DateTimeField(null=True)
    parted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    part_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source"],
                condition=Q(parted_at=None),
                name="merge_one_live_per_source",
            ),
            models.CheckConstraint(name="merge_has_a_reason", condition=~Q(reason="")),
        ]
        indexes = [models.Index(fields=["target", "at"], name="merge_target")]


class SecondLook(OrganisationOwned):
    """Somebody wants to close an incident that another person must look at first, until `due_at`.
    It ends confirmed, declined, or withdrawn because the incident went another way."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    outcome = models.CharField(max_length=10, blank=True)
    note = models.CharField(max_length=500, blank=True)
    chief_told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "incident"],
                condition=Q(ended_at=None),
                name="second_look_one_open",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="second_look_due")]


class PlaybookAnswer(OrganisationOwned):
    """One answered question, in the words it had then. Never changed, never deleted."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="+")
    playbook = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    question = models.CharField(max_length=60)
    asked = models.CharField(max_length=300)
    answer = models.CharField(max_length=10)
    outcome = models.CharField(max_length=300)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "incident", "playbook", "question"],
                name="playbook_question_once",
            ),
        ]

    @property
    def answer_ja(self) -> str:
        """The word on the button that was pressed."""
        return Reply(self.answer).ja


class WordsKind(models.TextChoices):
    """Why a person wrote to the customer."""

    AUTOMATIC = "automatic", "自動のお知らせ"
    NOTICE = "notice", "お知らせ"
    CORRECTION = "correction", "お知らせの訂正"


class CustomerWords(OrganisationOwned):
    """What a customer is told about an incident, word for word. A draft has no `sent_at`; a sent
    one is never changed, and stands on the customer's page while the incident is still of the
    `basis` it was written for. `corrects` is the earlier one that was wrong; both stay visible."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=WordsKind)
    basis = models.CharField(max_length=100, blank=True)
    blocks = models.JSONField(default=dict)
    text = models.TextField(blank=True)
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    written_at = models.DateTimeField(default=now)
    revision = models.PositiveIntegerField(default=1)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    sent_at = models.DateTimeField(null=True)
    faults = models.JSONField(default=list)
    override_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "incident", "version"], name="words_version_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "incident"],
                condition=Q(sent_at=None),
                name="words_one_draft",
            ),
        ]

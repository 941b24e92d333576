"""Incidents (案件), what happened to them, and the bell's bookkeeping.

What an incident means is decided in `hinomi.triage`; here are only its rows and their integrity.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.business import promises
from hinomi.core.words import ActionLevel, Certainty, Disposition, IncidentState
from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now
from hinomi.portal.incidents.campaigns.rows import (
    Campaign,
    CampaignMember,
    KnownVersion,
    PatternSighting,
)
from hinomi.portal.incidents.case_rows import (
    CustomerWords,
    Merge,
    PlaybookAnswer,
    SecondLook,
    WordsKind,
)
from hinomi.portal.incidents.desk_rows import (
    BulkAct,
    BulkOutcome,
    BulkRow,
    BulkRun,
    PhoneNote,
    QueueDefault,
    SavedView,
)
from hinomi.portal.incidents.silence_rows import HeldSilence, MassSilence

__all__ = [
    "Answer",
    "BellCursor",
    "BulkAct",
    "BulkOutcome",
    "BulkRow",
    "BulkRun",
    "Campaign",
    "CampaignMember",
    "CustomerWords",
    "DecisionRecord",
    "EntryKind",
    "HeldSilence",
    "Incident",
    "IncidentFinding",
    "IncidentNumber",
    "KnownVersion",
    "MassSilence",
    "Merge",
    "PatternSighting",
    "PhoneNote",
    "PlaybookAnswer",
    "QueueDefault",
    "SavedView",
    "SecondLook",
    "TimelineEntry",
    "WaitingFinding",
    "WordsKind",
]  # Django finds the app's tables here

LEVELS = [(level.value, level.ja) for level in ActionLevel]
CERTAINTIES = [(certainty.value, certainty.ja) for certainty in Certainty]
DISPOSITIONS = [(disposition.value, disposition.value) for disposition in Disposition]
STATES = [(state.value, state.inside_ja) for state in IncidentState]
_DUE_FIELDS = ("due_at", "due_for", "level_order")
CLOSED_STATES = [state.value for state in IncidentState if not state.is_open]


class Incident(OrganisationOwned):
    """One incident. `number` is 受付番号 (K-2041), unique over the whole installation.

    `version` grows with every change a person or the bell makes; a form that carries an older one
    is refused. `merged_keys` and `split_keys` are what people decided about grouping. While
    `held_since` is set, the customer was not told of it and does not see it: a campaign asks.
    One that went into another (`merged_into`) is closed and points there for everybody.

    `due_at` and `level_order` are the queue's order, kept by `save` for whatever level and state
    the row has then; `due_for` says for which it was reckoned.
    """

    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=60)
    group_key = models.CharField(max_length=300)
    merged_keys = models.JSONField(default=list)
    split_keys = models.JSONField(default=list)
    level = models.CharField(max_length=10, choices=LEVELS)
    certainty = models.CharField(max_length=10, choices=CERTAINTIES)
    disposition = models.CharField(max_length=15, choices=DISPOSITIONS)
    state = models.CharField(max_length=15, choices=STATES, default=IncidentState.NEW.value)
    device = models.CharField(max_length=255, blank=True)
    opened_at = models.DateTimeField(default=now)
    first_event_at = models.DateTimeField()
    last_event_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    finding_count = models.PositiveIntegerField(default=0)
    late = models.BooleanField(default=False)
    slots = models.JSONField(default=dict)
    text_version = models.PositiveIntegerField(default=1)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)
    held_since = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(null=True, db_default=promises.NEVER)
    due_for = models.CharField(max_length=30, blank=True, db_default="")
    level_order = models.PositiveSmallIntegerField(db_default=0)

    partner_sees: ClassVar[Q | None] = ~Q(state__in=CLOSED_STATES)  # a partner SOC, on its slot

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "group_key"],
                condition=~Q(state__in=CLOSED_STATES),
                name="incident_one_open_per_group",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "opened_at"], name="incident_list"),
            models.Index(fields=["due_at", "level_order", "id"], name="incident_queue"),
            models.Index(fields=["closed_at", "id"], name="incident_closed"),
            models.Index(fields=["opened_at"], name="incident_opened"),
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as in Django
        """Whoever changes level or state changes the place in the queue with it."""
        if self._reckon_due() and kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], *_DUE_FIELDS}
        super().save(*args, **kwargs)

    def _reckon_due(self) -> bool:
        """True when level or state are others than `due_at` was reckoned for."""
        present = f"{self.level}:{self.state}"
        if self.due_for == present:
            return False
        level = ActionLevel(self.level)
        self.due_at = promises.due_at(
            level=level,
            state=IncidentState(self.state),
            since=self.opened_at if self._state.adding else now(),
        )
        self.due_for, self.level_order = present, 3 - level.urgency
        return True


class IncidentNumber(models.Model):
    """One row: the next 受付番号. Short and speakable, counted over the whole installation."""

    next = models.PositiveIntegerField(default=1001)


class IncidentFinding(OrganisationOwned):
    """A finding joined to an incident, with a copy of its evidence and reasons: the incident must
    explain itself after the pipeline's own copy has expired. `pattern` is the hash by which other
    companies' findings can be alike. `origin` is the 受付番号 it first came to, when it moved."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="findings")
    finding_id = models.CharField(max_length=64, unique=True)
    partition = models.PositiveIntegerField()
    seq = models.PositiveBigIntegerField()
    event_at = models.DateTimeField()
    pattern = models.CharField(max_length=64, blank=True)
    rule_id = models.CharField(max_length=200, blank=True, db_default="", default="")
    origin = models.CharField(max_length=20, blank=True, db_default="", default="")
    body = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partition", "seq"], name="finding_once"),
        ]
        indexes = [
            models.Index(fields=["pattern", "event_at"], name="finding_pattern"),
            models.Index(fields=["rule_id", "event_at"], name="finding_rule"),
        ]


class EntryKind(models.TextChoices):
    """The two tracks of the history: what was observed, and what somebody did."""

    FACT = "fact", "事実"
    ACTION = "action", "対応"


class TimelineEntry(OrganisationOwned):
    """One line of an incident's history. `actor` is a shown name; empty means hinomi itself.

    `noted_at` is when we came to know of it, where that is another time than `at`; `event_id` is
    the record it was taken from. A `starred` one goes into the report. `origin` is the 受付番号 it
    was written for, when its incident was merged into this one.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="timeline")
    at = models.DateTimeField(default=now)
    kind = models.CharField(max_length=10, choices=EntryKind)
    text = models.TextField()
    actor = models.CharField(max_length=200, blank=True)
    visible_to_customer = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True, db_default="", default="")
    starred = models.BooleanField(db_default=False, default=False)
    event_id = models.CharField(max_length=64, blank=True, db_default="", default="")
    noted_at = models.DateTimeField(null=True)
    origin = models.CharField(max_length=20, blank=True, db_default="", default="")

    class Meta:
        indexes = [models.Index(fields=["incident", "at"], name="timeline_order")]


class Answer(OrganisationOwned):
    """A button the customer pressed. An event table: the bell reads it and sets `handled_at`."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="answers")
    choice = models.CharField(max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(default=now)
    handled_at = models.DateTimeField(null=True)
    origin = models.CharField(max_length=20, blank=True, db_default="", default="")


class BellCursor(models.Model):
    """How far the bell has read one partition's findings; saved with what it made of them."""

    partition = models.PositiveIntegerField(primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)


class DecisionRecord(OrganisationOwned):
    """判断の控え: why something was closed, silenced or called harmless without a person.

    Rows of one company form a chain: `hash` covers the row and `previous_hash`, so that a row that
    was changed or taken out later shows.
    """

    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=now)
    kind = models.CharField(max_length=60)
    incident = models.ForeignKey(
        Incident, null=True, on_delete=models.PROTECT, related_name="decisions"
    )
    body = models.JSONField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "sequence"], name="decision_order"),
        ]
        indexes = [models.Index(fields=["at"], name="decision_at")]


class WaitingFinding(OrganisationOwned):
    """A finding that means nothing alone (one failed sign-in) and waits for others of its group.
    It moves to an incident when there are enough, or goes after a day with a 判断の控え."""

    group_key = models.CharField(max_length=300)
    device = models.CharField(max_length=255, blank=True)
    finding_id = models.CharField(max_length=64, unique=True)
    partition = models.PositiveIntegerField()
    seq = models.PositiveBigIntegerField()
    event_at = models.DateTimeField()
    body = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "group_key"], name="waiting_group")]

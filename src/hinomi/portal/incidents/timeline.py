"""The history of an incident as people keep it: lines with their own time, records taken over from
the evidence, what goes into the report (star) and what the customer sees.

A line is shown to the customer only when its words pass the customer-text check.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import EntryKind, IncidentFinding, TimelineEntry
from hinomi.portal.incidents.opening import locked
from hinomi.portal.incidents.queries.findings import views
from hinomi.portal.incidents.wording import marked_by
from hinomi.portal.ui.visible import visible
from hinomi.respond.check import Fault, texts_check

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.accounts.models import User
    from hinomi.portal.incidents.models import Incident

TEXT_MOST = 2_000
FUTURE_MOST = timedelta(minutes=5)  # a clock of ours may be that wrong


class WordsRefused(HinomiError):
    """The line is not fit for the customer. `faults` say why."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("The words do not pass the customer-text check.")
        self.faults = faults


class NotYet(HinomiError):
    """The time of a line lies in the future."""


class NoSuchRecord(HinomiError):
    """The incident holds no such record."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a person adds to the history."""

    at: datetime
    kind: EntryKind
    text: str
    source: str = ""
    shown: bool = False


def faults_of(incident: Incident, text: str) -> list[Fault]:
    """What the customer-text check says of the words; names from records are left out of it."""
    return texts_check(marked_by(incident, text))


@transaction.atomic
def add(*, incident: Incident, line: Line, user: User) -> TimelineEntry:
    """A line with its own time. The same line twice is one. Raises WordsRefused or NotYet."""
    if line.at > now() + FUTURE_MOST:
        raise NotYet("A line of the history cannot be from the future.")
    if line.shown:
        _require_fit(incident, line.text)
    row = locked(incident.organisation_id, incident.pk)
    rows = TimelineEntry.objects.of(row.organisation_id).filter(incident=row)
    same = rows.filter(at=line.at, kind=line.kind, text=line.text, actor=user.shown_name).first()
    if same is not None:
        return same
    made = TimelineEntry.objects.create(
        organisation_id=row.organisation_id,
        incident=row,
        at=line.at,
        kind=line.kind,
        text=line.text,
        source=line.source,
        actor=user.shown_name,
        visible_to_customer=line.shown,
        noted_at=now(),
    )
    _changed(row, "timeline_add", made, user)
    return made


@transaction.atomic
def promote(*, incident: Incident, event_id: str, user: User) -> TimelineEntry:
    """A record of the evidence becomes a fact of the history, with its own time. Twice is once."""
    row = locked(incident.organisation_id, incident.pk)
    rows = TimelineEntry.objects.of(row.organisation_id).filter(incident=row)
    same = rows.filter(event_id=event_id).first()
    if same is not None:
        return same
    findings = IncidentFinding.objects.of(row.organisation_id).filter(incident=row)
    for view in views(findings.order_by("event_at", "pk")):
        for event in view.evidence:
            if event.event_id == event_id:
                made = TimelineEntry.objects.create(
                    organisation_id=row.organisation_id,
                    incident=row,
                    at=event.at,
                    kind=EntryKind.FACT,
                    text=_told(view.rule_title, view.device),
                    source=visible(view.source)[:200],
                    event_id=event_id,
                    noted_at=view.received_at,
                )
                _changed(row, "timeline_promote", made, user)
                return made
    raise NoSuchRecord(f"{row.number} holds no record {event_id}.")


@transaction.atomic
def show(*, incident: Incident, entry_id: int, user: User) -> TimelineEntry:
    """「お客様に見せる」. Raises WordsRefused when the words are not fit for the customer."""
    entry = _entry(incident, entry_id)
    if not entry.visible_to_customer:
        _require_fit(incident, entry.text)
        entry.visible_to_customer = True
        entry.save(update_fields=["visible_to_customer"])
        _changed(locked(incident.organisation_id, incident.pk), "timeline_show", entry, user)
    return entry


@transaction.atomic
def hide(*, incident: Incident, entry_id: int, user: User) -> TimelineEntry:
    """The customer does not see the line any more."""
    entry = _entry(incident, entry_id)
    if entry.visible_to_customer:
        entry.visible_to_customer = False
        entry.save(update_fields=["visible_to_customer"])
        _changed(locked(incident.organisation_id, incident.pk), "timeline_hide", entry, user)
    return entry


@transaction.atomic
def star(*, incident: Incident, entry_id: int, user: User) -> TimelineEntry:
    """The line goes into the report."""
    return _starred(incident, entry_id, "timeline_star", user)


@transaction.atomic
def unstar(*, incident: Incident, entry_id: int, user: User) -> TimelineEntry:
    """The line stays out of the report."""
    return _starred(incident, entry_id, "timeline_unstar", user)


def _starred(incident: Incident, entry_id: int, act: str, user: User) -> TimelineEntry:
    entry = _entry(incident, entry_id)
    wanted = act == "timeline_star"
    if entry.starred != wanted:
        entry.starred = wanted
        entry.save(update_fields=["starred"])
        _audit(incident, act, entry, user)
    return entry


def _entry(incident: Incident, entry_id: int) -> TimelineEntry:
    rows = TimelineEntry.objects.of(incident.organisation_id).select_for_update()
    found = rows.filter(incident=incident, pk=entry_id).first()
    if found is None:
        raise NoSuchRecord(f"{incident.number} has no such line.")
    return found


def _told(title: str, device: str) -> str:
    return f"{title}（{device}）" if device else title


def _require_fit(incident: Incident, text: str) -> None:
    faults = faults_of(incident, text)
    if faults:
        raise WordsRefused(faults)


def _changed(row: Incident, act: str, entry: TimelineEntry, user: User) -> None:
    row.version += 1
    row.save(update_fields=["version"])
    _audit(row, act, entry, user)


def _audit(row: Incident, act: str, entry: TimelineEntry, user: User) -> None:
    audit.record(
        what=f"incidents:incident:{act}",
        user_id=user.pk,
        organisation_id=row.organisation_id,
        incident=row.number,
        entry=entry.pk,
    )

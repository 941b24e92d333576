"""What an analyst does to an incident: take it, move its state, note something, look as the
customer does. One transaction each, with history and audit entry, under an optimistic lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.errors import HinomiError
from hinomi.core.words import IncidentState
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.incidents import second_looks
from hinomi.portal.incidents.letters import RELEASE, write_to_company
from hinomi.portal.incidents.models import CLOSED_STATES, EntryKind, Incident, TimelineEntry
from hinomi.portal.incidents.opening import locked
from hinomi.triage.transitions import require_transition

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.accounts.models import User

_ONE_PRESS = timedelta(minutes=2)  # the same words within it are a button pressed twice


class ChangedMeanwhile(HinomiError):
    """Somebody else changed the incident since the page was opened. `by` and `at` say who and
    when, as far as the history knows."""

    def __init__(self, last: TimelineEntry | None) -> None:
        super().__init__("The incident was changed meanwhile.")
        self.last = last


class WentIntoAnother(HinomiError):
    """The incident was merged into another: parting them is the way back, not a new state."""


class AnotherIsOpen(HinomiError):
    """The same thing already has a newer open incident; two would split its findings."""


@dataclass(frozen=True, slots=True)
class Before:
    """How an incident stood before a press that is undone."""

    state: IncidentState
    assigned_to_id: int | None
    closed_at: datetime | None
    due_at: datetime | None


@transaction.atomic
def take(*, incident: Incident, from_user_id: int | None, user: User) -> Incident:
    """The person takes the incident from whoever the page showed (None: nobody). Of two who press
    at the same moment one gets it, and ChangedMeanwhile tells the other."""
    row = locked(incident.organisation_id, incident.pk)
    if row.assigned_to_id == user.pk:
        return row
    if row.assigned_to_id != from_user_id:
        raise ChangedMeanwhile(_last_action(row))
    row.assigned_to = user
    if row.state == IncidentState.NEW:
        row.state = IncidentState.ASSIGNED.value
    _save(row, user=user, act="take", text=f"{user.shown_name}が担当になりました", shown=True)
    return row


@transaction.atomic
def change_state(
    *, incident: Incident, version: int, state: IncidentState, reason: str, user: User
) -> Incident:
    """Move the incident. `version` is what the person saw; `reason` stays inside the house.

    At night, or by somebody below the level that the firm asks for, 完了 of 今すぐ does not close:
    the row comes back open and waits for a second person (`second_looks.pending`), whose own 完了
    closes it. Raises ChangedMeanwhile, AnotherIsOpen, WentIntoAnother, LevelTooLow, or
    TransitionRefused for a way that the table does not know.
    """
    row = locked(incident.organisation_id, incident.pk)
    if row.version != version:
        raise ChangedMeanwhile(_last_action(row))
    before = IncidentState(row.state)
    require_transition(before, state)
    _require_may_open(row)
    if second_looks.is_held(incident=row, state=state, moment=now(), user=user):
        return _close_by_two(row, reason=reason, user=user)
    second_looks.withdraw(incident=row)
    return _move(row, state=state, reason=reason, user=user)


@transaction.atomic
def confirm_close(*, incident: Incident, version: int, note: str, user: User) -> Incident:
    """The second person looked and agrees: closed. Raises SamePerson, NothingToLookAt, LevelTooLow
    or ChangedMeanwhile."""
    row = locked(incident.organisation_id, incident.pk)
    require_unchanged(incident=row, version=version)
    second_looks.finish(incident=row, outcome=second_looks.CONFIRMED, note=note, user=user)
    return _move(row, state=IncidentState.DONE, reason=f"2人目の確認。{note}", user=user)


@transaction.atomic
def decline_close(*, incident: Incident, note: str, user: User) -> Incident:
    """The second person looked and does not agree: the incident stays open."""
    row = locked(incident.organisation_id, incident.pk)
    second_looks.finish(incident=row, outcome=second_looks.DECLINED, note=note, user=user)
    text = f"2人目の確認で、まだ完了にしないことにしました。理由：{note}"
    _save(row, user=user, act="second_look", text=text, shown=False)
    return row


def _require_may_open(row: Incident) -> None:
    if IncidentState(row.state).is_open:
        return
    if row.merged_into_id is not None:
        raise WentIntoAnother(f"{row.number} went into another incident.")
    if _has_open_sibling(row):
        raise AnotherIsOpen(f"{row.number} cannot be opened again: a newer one is open.")


def _close_by_two(row: Incident, *, reason: str, user: User) -> Incident:
    """The first person's 完了 waits; the second person's closes."""
    look, is_new = second_looks.ask(incident=row, reason=reason, user=user)
    if look.asked_by_id != user.pk:
        return confirm_close(incident=row, version=row.version, note=reason, user=user)
    if is_new:
        text = f"完了にする前に、2人目の確認を待っています。理由：{reason}"
        _save(row, user=user, act="second_look", text=text, shown=False)
    return row


def _move(row: Incident, *, state: IncidentState, reason: str, user: User) -> Incident:
    before = IncidentState(row.state)
    row.state = state.value
    row.closed_at = None if state.is_open else now()
    moved = f"状態を「{before.inside_ja}」から「{state.inside_ja}」に変えました。理由：{reason}"
    _save(row, user=user, act="state", text=moved, shown=False)
    _entry(row, text=state.customer_ja, actor="", shown=True)
    if state is IncidentState.RECOVERING:  # 元に戻してよい合図: nobody should guess when
        write_to_company(row, reason=f"{RELEASE}{row.version}")
    return row


def require_unchanged(*, incident: Incident, version: int | None) -> None:
    """Raises ChangedMeanwhile when the person saw another version (None: nobody knows which)."""
    if version is not None and version != incident.version:
        raise ChangedMeanwhile(_last_action(incident))


@transaction.atomic
def add_note(*, incident: Incident, text: str, for_customer: bool, user: User) -> None:
    """A line in the history; `for_customer` lines stand on the customer's page too. The button
    pressed twice writes it once."""
    row = locked(incident.organisation_id, incident.pk)
    if not _was_just_said(row, user=user, text=text, shown=for_customer):
        _save(row, user=user, act="note", text=text, shown=for_customer)


@transaction.atomic
def hand(*, incident: Incident, version: int, to: User, user: User) -> Incident:
    """Give the incident to a colleague. `version` is what the person saw."""
    row = locked(incident.organisation_id, incident.pk)
    require_unchanged(incident=row, version=version)
    if row.assigned_to_id == to.pk:
        return row
    row.assigned_to = to
    if row.state == IncidentState.NEW:
        row.state = IncidentState.ASSIGNED.value
    handed = f"{user.shown_name}が{to.shown_name}に渡しました"
    _save(row, user=user, act="hand", text=handed, shown=False)
    return row


@transaction.atomic
def put_back(*, incident: Incident, version: int, before: Before, user: User) -> Incident:
    """Undo the last change of the incident, which made it `version`, whatever the table of states
    says: nothing happened in between. The customer's page says the old word again."""
    row = locked(incident.organisation_id, incident.pk)
    require_unchanged(incident=row, version=version)
    was = IncidentState(row.state)
    if before.state.is_open:
        _require_may_open(row)
    row.state, row.closed_at = before.state.value, before.closed_at
    row.assigned_to_id = before.assigned_to_id
    row.due_at, row.due_for = before.due_at, f"{row.level}:{row.state}"
    told = f"直前の操作を取り消し、「{before.state.inside_ja}」に戻しました"
    _save(row, user=user, act="put_back", text=told, shown=False)
    if was is not before.state:
        _entry(row, text=before.state.customer_ja, actor="", shown=True)
    return row


@transaction.atomic
def add_note_to(
    *, incident: Incident, version: int, text: str, for_customer: bool, user: User
) -> None:
    """As `add_note`, to the version that a program read: sent twice, the second is refused with
    ChangedMeanwhile."""
    row = locked(incident.organisation_id, incident.pk)
    require_unchanged(incident=row, version=version)
    _save(row, user=user, act="note", text=text, shown=for_customer)


def note_customer_view(*, incident: Incident, user_id: int) -> None:
    """Somebody of the firm looked at the page as the customer does."""
    audit.record(
        what="incidents:incident:view_as_customer",
        user_id=user_id,
        organisation_id=incident.organisation_id,
        incident=incident.number,
    )


def _has_open_sibling(row: Incident) -> bool:
    same = Incident.objects.of(row.organisation_id).filter(group_key=row.group_key)
    return same.exclude(state__in=CLOSED_STATES).exclude(pk=row.pk).exists()


def _last_action(incident: Incident) -> TimelineEntry | None:
    entries = TimelineEntry.objects.of(incident.organisation_id).filter(
        incident=incident, kind=EntryKind.ACTION
    )
    # The customer's word for a new state bears no name; the line before it says who moved it.
    entries = entries.exclude(actor="", visible_to_customer=True)
    return entries.order_by("-at", "-pk").first()


def _was_just_said(row: Incident, *, user: User, text: str, shown: bool) -> bool:
    last = _last_action(row)
    return (
        last is not None
        and last.at > now() - _ONE_PRESS
        and (last.actor, last.text, last.visible_to_customer) == (user.shown_name, text, shown)
    )


def _save(row: Incident, *, user: User, act: str, text: str, shown: bool) -> None:
    row.version += 1
    row.save()
    _entry(row, text=text, actor=user.shown_name, shown=shown)
    audit.record(
        what=f"incidents:incident:{act}",
        user_id=user.pk,
        organisation_id=row.organisation_id,
        incident=row.number,
    )


def _entry(row: Incident, *, text: str, actor: str, shown: bool) -> None:
    TimelineEntry.objects.create(
        organisation_id=row.organisation_id,
        incident=row,
        kind=EntryKind.ACTION,
        text=text,
        actor=actor,
        visible_to_customer=shown,
    )

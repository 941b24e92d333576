"""One press on many incidents: each goes the way of a single one, under its own lock, with its own
history, audit entry and refusals; the report says which did and who was faster at the others.

A press is recorded before its first incident, and each incident with what was done to it, so that
a crash in between is finished by pressing again, a double click does nothing twice, and an undo
knows what to put back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.dateparse import parse_datetime

from hinomi.core.errors import HinomiError
from hinomi.core.words import IncidentState
from hinomi.portal.access.time import now
from hinomi.portal.incidents import casework, second_looks
from hinomi.portal.incidents.desk_rows import BulkAct, BulkOutcome, BulkRow, BulkRun
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.opening import locked
from hinomi.portal.incidents.queries.desk import UNDO_WITHIN
from hinomi.portal.ui.moments import clock_ja
from hinomi.triage.transitions import TransitionRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hinomi.portal.access.scope import Scope
    from hinomi.portal.accounts.models import User

_TOLD_MOST = 300
_STATES = {BulkAct.OBSERVE: IncidentState.OBSERVING, BulkAct.CLOSE: IncidentState.DONE}


class TooLate(HinomiError):
    """The ten minutes in which a press can be undone are over."""


class OneByOne(HinomiError):
    """A second look is a look: nobody gives it to many incidents with one press."""

    words_ja = "2人目の確認は、案件を開いて1件ずつ行ってください"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form asks. `chosen`: 受付番号 → the version that the person saw."""

    act: BulkAct
    chosen: Mapping[str, int]
    reason: str = ""
    to: User | None = None


def carry_out(*, firm_id: str, user: User, once: str, wanted: Wanted, scope: Scope) -> BulkRun:
    """Do it to each incident in reach; `once` is the form's own word, the same on a double click.
    A number out of reach is passed over as one that does not exist."""
    run, _ = BulkRun.objects.of_firm(firm_id).get_or_create(
        user=user,
        once=once,
        defaults={
            "firm_id": firm_id,
            "act": wanted.act.value,
            "reason": wanted.reason,
            "to": wanted.to,
        },
    )
    if run.undone_at is not None:
        return run
    rows = Incident.objects.within(scope).filter(number__in=wanted.chosen)
    settled = BulkRow.objects.across_all(reason="of this press").filter(run=run)
    for incident in rows.exclude(pk__in=settled.values("incident")).order_by("pk"):
        _one(run, incident, version=wanted.chosen[incident.number], wanted=wanted, user=user)
    return run


def undo(*, run: BulkRun, user: User, scope: Scope) -> None:
    """Put back each incident that nobody changed since. Raises TooLate after ten minutes."""
    marks = BulkRun.objects.of_firm(run.firm_id).filter(pk=run.pk, undone_at=None)
    if run.undone_at is None:
        if now() - run.at >= UNDO_WITHIN:
            raise TooLate(f"Press {run.pk} is older than {UNDO_WITHIN}.")
        marks.update(undone_at=now())
    done = BulkRow.objects.within(scope).filter(run=run, outcome=BulkOutcome.DONE)
    for row in done.select_related("incident").order_by("-pk"):
        _put_back(row, user=user)


def _one(run: BulkRun, incident: Incident, *, version: int, wanted: Wanted, user: User) -> None:
    try:
        with transaction.atomic():
            row = locked(incident.organisation_id, incident.pk)
            casework.require_unchanged(incident=row, version=version)
            before = _as_it_is(row)
            _ACTS[wanted.act](row, wanted, user)
            row = locked(incident.organisation_id, incident.pk)
            _note(run, row, _outcome(row, wanted), before=before, version=row.version)
    except casework.ChangedMeanwhile as changed:
        _note(run, incident, BulkOutcome.CHANGED, told=_who(changed))
    except IntegrityError:  # the same form at the same moment: the other one did it
        return
    except HinomiError as refused:
        _note(run, incident, BulkOutcome.REFUSED, told=_why(refused))


def _outcome(row: Incident, wanted: Wanted) -> BulkOutcome:
    """At night a close only asks for a second look."""
    is_held = wanted.act is BulkAct.CLOSE and IncidentState(row.state).is_open
    return BulkOutcome.WAITS if is_held else BulkOutcome.DONE


def _take(row: Incident, wanted: Wanted, user: User) -> None:
    casework.take(incident=row, from_user_id=row.assigned_to_id, user=user)


def _hand(row: Incident, wanted: Wanted, user: User) -> None:
    assert wanted.to is not None, "the form asks for a colleague"
    casework.hand(incident=row, version=row.version, to=wanted.to, user=user)


def _move(row: Incident, wanted: Wanted, user: User) -> None:
    look = second_looks.pending(row)
    if wanted.act is BulkAct.CLOSE and look is not None:
        raise OneByOne(f"{row.number} waits for somebody who looks at it.")
    casework.change_state(
        incident=row,
        version=row.version,
        state=_STATES[wanted.act],
        reason=wanted.reason,
        user=user,
    )


_ACTS: Mapping[BulkAct, Callable[[Incident, Wanted, User], None]] = {
    BulkAct.TAKE: _take,
    BulkAct.HAND: _hand,
    BulkAct.OBSERVE: _move,
    BulkAct.CLOSE: _move,
}


def _put_back(row: BulkRow, *, user: User) -> None:
    """The row's mark is changed first, and only once: of two who undo, one does it."""
    mine = BulkRow.objects.of(row.organisation_id).filter(pk=row.pk, outcome=BulkOutcome.DONE)
    try:
        with transaction.atomic():
            if not mine.update(outcome=BulkOutcome.UNDONE):
                return
            casework.put_back(
                incident=row.incident, version=row.version, before=_before(row), user=user
            )
    except casework.ChangedMeanwhile as changed:
        mine.update(outcome=BulkOutcome.KEPT, told=_who(changed))
    except HinomiError as refused:
        mine.update(outcome=BulkOutcome.KEPT, told=_why(refused))


def _as_it_is(row: Incident) -> dict[str, object]:
    return {
        "state": row.state,
        "assigned_to": row.assigned_to_id,
        "closed_at": row.closed_at and row.closed_at.isoformat(),
        "due_at": row.due_at and row.due_at.isoformat(),
    }


def _before(row: BulkRow) -> casework.Before:
    kept = row.before
    return casework.Before(
        state=IncidentState(kept["state"]),
        assigned_to_id=kept["assigned_to"],
        closed_at=kept["closed_at"] and parse_datetime(kept["closed_at"]),
        due_at=kept["due_at"] and parse_datetime(kept["due_at"]),
    )


def _note(
    run: BulkRun,
    incident: Incident,
    outcome: BulkOutcome,
    *,
    told: str = "",
    before: Mapping[str, object] | None = None,
    version: int = 0,
) -> None:
    BulkRow.objects.of(incident.organisation_id).get_or_create(
        run=run,
        incident=incident,
        defaults={
            "organisation_id": incident.organisation_id,
            "outcome": outcome,
            "told": told[:_TOLD_MOST],
            "before": dict(before or {}),
            "version": version,
        },
    )


def _who(changed: casework.ChangedMeanwhile) -> str:
    if changed.last is None:
        return "先に変わっていました"
    return f"{changed.last.actor or '自動の処理'}が{clock_ja(changed.last.at)}に変えました"


def _why(refused: HinomiError) -> str:
    """In words for the desk; what has none is said as refused."""
    if isinstance(refused, TransitionRefused):
        return refused.message
    if isinstance(refused, casework.AnotherIsOpen):
        return "同じ件の新しい案件が開いています"
    if isinstance(refused, casework.WentIntoAnother):
        return "ほかの案件にまとめられています"
    return str(getattr(refused, "words_ja", "")) or "この案件は、1件ずつ開いて行ってください"

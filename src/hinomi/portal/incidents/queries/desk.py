"""What the queue's page offers beside its rows: saved views, colleagues, the last press on many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.portal.access.permissions import Permission, roles_with
from hinomi.portal.access.time import now
from hinomi.portal.accounts.models import User
from hinomi.portal.incidents.desk_rows import BulkOutcome, BulkRow, QueueDefault, SavedView

if TYPE_CHECKING:
    from hinomi.portal.access.scope import Scope
    from hinomi.portal.incidents.desk_rows import BulkRun

UNDO_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SavedLine:
    """One saved view as the page lists it."""

    view: SavedView
    is_mine: bool
    is_default: bool
    is_here: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a press, for the person who reads it: only rows of companies in reach."""

    run: BulkRun
    done: int
    changed: list[BulkRow]
    refused: list[BulkRow]
    waits: int
    undone: int
    kept: list[BulkRow]
    rows: list[BulkRow]
    may_undo: bool


def saved_views(scope: Scope, *, user_id: int, present: str) -> list[SavedLine]:
    """Their own first, then the shared ones, by name."""
    rows = SavedView.objects.seen_by(scope, user_id).filter(removed_at=None)
    default = QueueDefault.objects.filter(user=user_id).values_list("view_id", flat=True).first()
    lines = [
        SavedLine(row, row.owner_id == user_id, row.pk == default, row.question == present)
        for row in rows.order_by("name", "pk")
    ]
    return sorted(lines, key=lambda line: not line.is_mine)


def default_question(scope: Scope, *, user_id: int) -> str:
    """The question with which this person's queue opens; "" for the house's own."""
    rows = SavedView.objects.seen_by(scope, user_id).filter(removed_at=None)
    chosen = QueueDefault.objects.filter(user=user_id).values("view")
    return rows.filter(pk__in=chosen).values_list("question", flat=True).first() or ""


def colleagues(firm_id: str, *, but: int) -> list[User]:
    """Who else at the firm works on incidents, by name."""
    rows = User.objects.filter(
        is_active=True,
        memberships__firm=firm_id,
        memberships__role__in=roles_with(Permission.INCIDENT_WORK),
    )
    return list(rows.exclude(pk=but).distinct().order_by("name", "email"))


def report(run: BulkRun, scope: Scope) -> Report:
    """Every incident of the press with what became of it."""
    rows = list(
        BulkRow.objects.within(scope)
        .filter(run=run)
        .select_related("incident", "organisation")
        .order_by("pk")
    )
    by = {outcome: [row for row in rows if row.outcome == outcome] for outcome in BulkOutcome}
    is_young = run.undone_at is None and now() - run.at < UNDO_WITHIN
    return Report(
        run=run,
        done=len(by[BulkOutcome.DONE]),
        changed=by[BulkOutcome.CHANGED],
        refused=by[BulkOutcome.REFUSED],
        waits=len(by[BulkOutcome.WAITS]),
        undone=len(by[BulkOutcome.UNDONE]),
        kept=by[BulkOutcome.KEPT],
        rows=rows,
        may_undo=is_young and bool(by[BulkOutcome.DONE]),
    )

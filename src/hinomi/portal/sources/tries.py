"""Tries (試験): a harmless line with a name of its own must come back before a source is watched.

The name is published to the worker, which tells where it came by. It is repeated every month: the
bell makes the next one by itself, and whoever can send (a relay, an agent, a person) does.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from django.db import transaction

from hinomi.core.signals import TRY_LENGTH, TRY_LETTERS, try_name
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.organisations.services import mark_directory_changed
from hinomi.portal.sources.models import Source, SourceTry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hinomi.store.health_rows import SeenTry

_WHY_ALL = "the bell takes every company's tries back"
EVERY = timedelta(days=30)
_GRACE = timedelta(days=3)  # after a month: somebody may be on holiday
_OPEN_FOR = timedelta(hours=24)  # what a person began; a name must not be awaited for ever
_AT_ONCE = 200


class TriesReader(Protocol):
    """What the pipeline knows of tries."""

    def tries(self, names: Mapping[str, str]) -> Sequence[SeenTry]:
        """What came back, by name → the company that made it."""
        ...


@dataclass(frozen=True, slots=True)
class TryState:
    """What the pages say of a source's tries. `past` are those that came back, newest first."""

    source: Source
    open: SourceTry | None
    past: tuple[SourceTry, ...]
    is_overdue: bool


def overdue_before(moment: datetime) -> datetime:
    """A source that was tried last before this should have been tried again."""
    return moment - EVERY - _GRACE


def try_state(source: Source) -> TryState:
    """The open try and the last ones that came back."""
    rows = SourceTry.objects.of(source.organisation_id).filter(source=source)
    past = rows.exclude(seen_at=None).exclude(ended_at=None).order_by("-seen_at", "-pk")
    is_overdue = source.tried_at is not None and source.tried_at < overdue_before(now())
    return TryState(source, rows.filter(ended_at=None).first(), tuple(past[:6]), is_overdue)


@transaction.atomic
def make_try(*, source: Source, user_id: int | None = None) -> SourceTry:
    """The source's open try; made when there is none, so that a second press changes nothing."""
    Source.objects.of(source.organisation_id).select_for_update().get(pk=source.pk)
    rows = SourceTry.objects.of(source.organisation_id).filter(source=source, ended_at=None)
    found = rows.filter(made_at__gt=now() - _OPEN_FOR).first()
    if found is not None:
        return found
    rows.update(ended_at=now())
    letters = "".join(secrets.choice(TRY_LETTERS) for _ in range(TRY_LENGTH))
    made = SourceTry.objects.create(
        organisation_id=source.organisation_id,
        source=source,
        name=try_name(letters),
        made_by_id=user_id,
    )
    audit.record(
        what="sources:try:make",
        user_id=user_id,
        organisation_id=source.organisation_id,
        source=source.id,
    )
    mark_directory_changed()
    return made


def awaited_tries() -> dict[str, str]:
    """The name that each source's open try waits for, for the directory."""
    rows = SourceTry.objects.across_all(reason="the directory holds every company")
    return dict(rows.filter(ended_at=None).values_list("source_id", "name"))


def take_back(reader: TriesReader) -> int:
    """Note what came back; returns how many sources are watched because of it."""
    rows = SourceTry.objects.across_all(reason=_WHY_ALL).filter(ended_at=None)
    waiting = {row.name: row for row in rows.order_by("pk")}
    if not waiting:
        return 0
    seen = reader.tries({name: row.organisation_id for name, row in waiting.items()})
    by_name: dict[str, SeenTry] = {}
    for each in seen:
        if each.name not in by_name or _is_right(waiting[each.name], each):
            by_name[each.name] = each
    return sum(_note(waiting[name], each) for name, each in by_name.items())


def make_due_tries() -> int:
    """The monthly repeat: make the next try of what was tried a month ago, and end what nobody
    carried out. Returns how many were made."""
    _end_old()
    due = (
        Source.objects.across_all(reason=_WHY_ALL)
        .filter(revoked_at=None, paused_at=None, organisation__deleted_at=None)
        .filter(tried_at__lt=now() - EVERY)
    )
    waiting = SourceTry.objects.across_all(reason=_WHY_ALL).filter(ended_at=None)
    listed = list(due.exclude(pk__in=waiting.values("source")).order_by("tried_at")[:_AT_ONCE])
    for source in listed:
        make_try(source=source)
    return len(listed)


def _end_old() -> None:
    """A repeat stays out until it comes back; what a person began ends after a day."""
    rows = SourceTry.objects.across_all(reason=_WHY_ALL)
    old = rows.filter(ended_at=None, made_by__isnull=False, made_at__lt=now() - _OPEN_FOR)
    if old.update(ended_at=now()):
        mark_directory_changed()


def _is_right(row: SourceTry, seen: SeenTry) -> bool:
    return seen.source == row.source_id and seen.readable


@transaction.atomic
def _note(row: SourceTry, seen: SeenTry) -> bool:
    """It counts only when it came by this very source and could be read."""
    is_right = _is_right(row, seen)
    if not is_right and row.event_id == seen.event_id:
        return False  # told already
    row.seen_at, row.event_id = seen.receive_time, seen.event_id
    row.came_by = "" if seen.source == row.source_id else seen.source
    row.is_readable = seen.readable
    row.ended_at = now() if is_right else None
    row.save(update_fields=["seen_at", "event_id", "came_by", "is_readable", "ended_at"])
    if not is_right:
        return False
    source = Source.objects.of(row.organisation_id).select_for_update().get(pk=row.source_id)
    source.started_at = source.started_at or seen.receive_time
    source.tried_at = seen.receive_time
    source.save(update_fields=["started_at", "tried_at"])
    audit.record(
        what="sources:try:came_back",
        user_id=None,
        organisation_id=row.organisation_id,
        source=row.source_id,
        event=seen.event_id,
    )
    mark_directory_changed()
    return True

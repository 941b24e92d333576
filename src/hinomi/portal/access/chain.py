"""The chain of the audit trail: one for the whole installation, without gaps.

Each row carries its place, the hash of the row before and its own hash over both. Who changes,
inserts or removes a row later breaks every hash after it; who cuts off the end is shown by a head
that was written down elsewhere (`trail export`, the daily anchor).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from django.db import connection, transaction

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.sealing import is_sealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FIRST = "0" * 64
_LOCK = 0x68696E6F6D69  # any number that no other program of this database uses: "hinomi"
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Head:
    """The newest row of the chain; place 0 and zeros before the first."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain does not hold, and why."""

    sequence: int
    reason: str


def head() -> Head:
    """The newest row's place and hash."""
    row = (
        AuditEntry.objects.filter(sequence__isnull=False)
        .order_by("-sequence")
        .values_list("sequence", "hash")
        .first()
    )
    return Head(row[0] or 0, row[1]) if row else Head(0, FIRST)


def append(row: AuditEntry) -> None:
    """Store the row behind the newest, in the transaction of the act or one of its own."""
    with transaction.atomic(savepoint=False):  # two statements fewer inside the act's own
        wait_for_turn()
        _link(row, head())
        row.save(force_insert=True)


def wait_for_turn() -> None:
    """One writer at a time until its transaction ends. SQLite begins every transaction as its only
    writer (BEGIN IMMEDIATE); PostgreSQL needs to be told."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def take_in_unlinked() -> int:
    """Link the rows that an older version wrote, in their order; returns how many. Once."""
    if not AuditEntry.objects.filter(sequence=None).exists():
        return 0
    with transaction.atomic():
        wait_for_turn()
        last, waiting = head(), AuditEntry.objects.filter(sequence=None).order_by("pk")
        linked = []
        for row in waiting.iterator(chunk_size=_CHUNK):
            last = _link(row, last)
            linked.append((row.sequence, row.previous_hash, row.hash, row.pk))
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE access_auditentry SET sequence=%s, previous_hash=%s, hash=%s WHERE id=%s",
                linked,
            )
    return len(linked)


def first_break(*, pinned: Mapping[int, str]) -> Break | None:
    """Walk the whole chain; None when it holds and passes through every pinned head (place →
    hash). The chain is read in one go, so that rows written meanwhile do not disturb."""
    if not is_sealed():
        return Break(0, "the database would let rows be changed: its guards are missing")
    unlinked = AuditEntry.objects.filter(sequence=None).order_by("pk").first()
    if unlinked is not None:
        return Break(0, f"row id {unlinked.pk} has no place in the chain")
    rows = AuditEntry.objects.order_by("sequence").iterator(chunk_size=_CHUNK)
    return next(_breaks(rows, pinned), None)


def digest(row: AuditEntry) -> str:
    """SHA-256 over the row's content as canonical JSON, the previous hash included."""
    content = {
        "sequence": row.sequence,
        "previous": row.previous_hash,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "user": row.user_id,
        "what": row.what,
        "organisation": row.organisation_id,
        "firm": row.firm_id,
        "detail": row.detail,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _link(row: AuditEntry, last: Head) -> Head:
    row.sequence, row.previous_hash = last.sequence + 1, last.hash
    row.hash = digest(row)
    return Head(row.sequence, row.hash)


def _breaks(rows: Iterable[AuditEntry], pinned: Mapping[int, str]) -> Iterator[Break]:
    last = Head(0, FIRST)
    for row in rows:
        place = last.sequence + 1
        if row.sequence != place:
            yield Break(place, f"row {place} is missing; the next one there is {row.sequence}")
        if row.previous_hash != last.hash:
            yield Break(place, f"row {place} does not follow from the row before it")
        if row.hash != digest(row):
            yield Break(place, f"row {place} was changed after it was written")
        if pinned.get(place, row.hash) != row.hash:
            yield Break(place, f"row {place} is not the one whose hash was written down")
        last = Head(place, row.hash)
    beyond = [place for place in sorted(pinned) if place > last.sequence]
    if beyond:
        yield Break(beyond[0], f"row {beyond[0]} was written down and is gone: the end is cut off")

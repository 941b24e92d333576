"""The SQL of keyed state: read one, write a batch's, remove what has expired or is too much."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite3 import Connection

    from hinomi.core.state import StateKey
    from hinomi.store.pipeline_rows import DetectWork, StateRow

KEYS_PER_ORGANISATION = 1_000_000  # keys come from the wire: one company must not fill the disk
_GET = (
    "SELECT body FROM keyed_state"
    " WHERE organisation = ? AND kind = ? AND name = ? AND group_key = ?"
)
_DROP = "DELETE FROM keyed_state WHERE organisation = ? AND kind = ? AND name = ? AND group_key = ?"
_PUT = (
    "INSERT INTO keyed_state VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (organisation, kind, name, group_key)"
    " DO UPDATE SET expires = excluded.expires, body = excluded.body"
)
_SHED = (
    "DELETE FROM keyed_state WHERE (organisation, kind, name, group_key) IN"
    " (SELECT organisation, kind, name, group_key FROM keyed_state WHERE organisation = ?"
    " ORDER BY expires LIMIT ?)"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_state(db: Connection, key: StateKey) -> bytes | None:
    """One body; None when there is none."""
    row = db.execute(_GET, _columns(key)).fetchone()
    return bytes(row[0]) if row else None


def write_state(db: Connection, work: DetectWork) -> None:
    """Inside the caller's transaction."""
    gone = [_columns(row.key) for row in work.state if row.body is None]
    db.executemany(_DROP, gone)
    db.executemany(_PUT, [_row(row) for row in work.state if row.body is not None])
    db.executemany(
        "DELETE FROM keyed_state WHERE organisation = ? AND expires < ?",
        [(organisation, _since_1970(moment)) for organisation, moment in work.reached.items()],
    )


def shed_state(db: Connection, *, limit: int = KEYS_PER_ORGANISATION) -> dict[str, int]:
    """Inside the caller's transaction: what would be forgotten soonest goes first."""
    counts = db.execute(
        "SELECT organisation, count(*) - ? FROM keyed_state GROUP BY 1 HAVING count(*) > ?",
        (limit, limit),
    ).fetchall()
    db.executemany(_SHED, counts)
    return dict(counts)


def _columns(key: StateKey) -> tuple[str, str, str, str]:
    return key.organisation, key.kind, key.name, key.group


def _row(row: StateRow) -> tuple[object, ...]:
    return (*_columns(row.key), _since_1970(row.expires or _EPOCH), row.body)


def _since_1970(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)

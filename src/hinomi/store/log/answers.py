"""Answers by Idempotency-Key, kept 72 h: in the live segment, and in one file once it is sealed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.core.transport import KeyedAnswer
from hinomi.store.log.chunks import microseconds, moment_of
from hinomi.store.log.segments import get_state, set_state
from hinomi.store.sqlite import connect, migrate, transaction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path
    from sqlite3 import Connection

FILE = "answers.sqlite"
KEPT = timedelta(hours=72)
_COLUMNS = "source, key, body_sha256, answer, at_us"
_KEEP = (
    f"INSERT INTO answers ({_COLUMNS}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (source, key) DO UPDATE"  # noqa: S608
    " SET body_sha256 = excluded.body_sha256, answer = excluded.answer, at_us = excluded.at_us"
)
_BATCH = 5_000


def open_answers(folder: Path) -> Connection:
    """The file for answers of sealed segments."""
    connection = connect(folder / FILE)
    migrate(connection, store="answers")
    return connection


def insert_answers(connection: Connection, answers: Iterable[KeyedAnswer]) -> None:
    """Inside the caller's transaction. A key whose 72 h are over may be given again."""
    connection.executemany(
        _KEEP,
        [(a.source, a.key, a.body_sha256, a.answer, microseconds(a.at)) for a in answers],
    )


def find_answer(
    connection: Connection, *, source: str, key: str, now: datetime
) -> KeyedAnswer | None:
    """The answer, unless it is older than 72 h."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM answers WHERE source = ? AND key = ? AND at_us >= ?",  # noqa: S608
        (source, key, microseconds(now - KEPT)),
    ).fetchone()
    if row is None:
        return None
    return KeyedAnswer(
        source=row[0], key=row[1], body_sha256=row[2], answer=row[3], at=moment_of(row[4])
    )


def move_answers(segment: Connection, answers: Connection, *, now: datetime) -> None:
    """Copy a sealed segment's answers, then note it in the segment. Repeating it is harmless."""
    if get_state(segment, "answers_moved"):
        return
    rows = segment.execute(f"SELECT {_COLUMNS} FROM answers")  # noqa: S608
    while batch := rows.fetchmany(_BATCH):
        with transaction(answers):
            answers.executemany(_KEEP, batch)
    answers.execute("DELETE FROM answers WHERE at_us < ?", (microseconds(now - KEPT),))
    set_state(segment, "answers_moved", 1)

"""Reads what the auditor judges, straight from the tables, and writes nothing.

No Django: the auditor is small, and it must not run the code that it checks. The names of tables
and columns are all it shares with the models; a test holds them together.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hinomi.business.escalation_audit import (
    WINDOW,
    AlarmRow,
    EscalationRow,
    Facts,
    MessageRow,
    StepRow,
)
from hinomi.store import sqlite
from hinomi.store.database import server_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from pathlib import Path
    from sqlite3 import Connection

_ESCALATIONS = """
SELECT e.id, i.number, e.started_at, e.stopped_at, e.how,
  CASE
    WHEN e.how IN ('page', 'link', 'call') THEN EXISTS (
      SELECT 1 FROM incidents_answer a
      WHERE a.id = e.answer_id AND a.incident_id = e.incident_id AND a.id > e.after_answer)
    WHEN e.how = 'desk' THEN e.by_id IS NOT NULL AND e.said <> ''
    ELSE e.by_id IS NOT NULL
  END
FROM escalations_escalation e JOIN incidents_incident i ON i.id = e.incident_id
WHERE e.stopped_at IS NULL OR e.stopped_at > ?
ORDER BY e.id
"""
_STEPS = """
SELECT s.escalation_id, s.number, s.kind, s.state, s.due_at, s.ran_at, s.sent, s.pause_s
FROM escalations_step s JOIN escalations_escalation e ON e.id = s.escalation_id
WHERE e.stopped_at IS NULL OR e.stopped_at > ?
ORDER BY s.escalation_id, s.number
"""
_ALARMS = """
SELECT a.incident_number, a.at, a.handled_at, i.held_since IS NOT NULL,
  (SELECT min(n.created_at) FROM notices_notice n
   WHERE n.organisation_id = a.organisation_id AND n.incident_number = a.incident_number
     AND n.level = 'now' AND n.created_at >= a.at),
  EXISTS (SELECT 1 FROM escalations_escalation e WHERE e.incident_id = i.id)
    OR i.state IN ('done', 'false_alarm') OR i.level <> 'now'
FROM notices_alarm a JOIN incidents_incident i ON i.number = a.incident_number
WHERE a.handled_at IS NULL OR a.at > ?
ORDER BY a.id
"""
_QUIET = """
SELECT i.number FROM incidents_incident i
WHERE i.level = 'now' AND i.state NOT IN ('done', 'false_alarm') AND i.held_since IS NULL
  AND i.opened_at > ?
  AND NOT EXISTS (SELECT 1 FROM notices_alarm a WHERE a.incident_number = i.number)
  AND NOT EXISTS (SELECT 1 FROM incidents_decisionrecord d
    WHERE d.incident_id = i.id AND d.kind = 'notice_suppressed')
ORDER BY i.id
"""
_MESSAGES = """
SELECT n.id, {number}, n.step, n.channel, n."to", n.state, n.created_at, n.due_at,
  (SELECT min(t.started_at) FROM {tries} t WHERE t.notice_id = n.id),
  (SELECT count(*) FROM {tries} t WHERE t.notice_id = n.id AND t.outcome = 'sent')
FROM {table} n
WHERE n.level = 'now' AND (n.state IN ('queued', 'sending') OR n.created_at > ?)
ORDER BY n.id
"""
_TABLES = (
    ("notice", "n.incident_number", "notices_notice", "notices_noticeattempt"),
    ("firm_notice", "''", "notices_firmnotice", "notices_firmnoticeattempt"),
)


def open_portal(data: Path) -> Connection:
    """The portal's store, for reading only. FileNotFoundError when it was never made."""
    url = server_of(data)
    if not url:
        return sqlite.connect(data / "portal.sqlite", read_only=True)
    from hinomi.store import postgres  # an extra that only its users install

    return postgres.look_into(url, schema="public")


def gather(
    connection: Connection, *, now: datetime, beat_at: datetime | None, clock_jump: timedelta
) -> Facts:
    """All that is open, and what happened in the window."""
    since = _written(now - WINDOW)
    steps: dict[int, list[StepRow]] = defaultdict(list)
    for row in connection.execute(_STEPS, (since,)):
        steps[row[0]].append(_step(row))
    escalations = [
        EscalationRow(
            id=row[0],
            number=row[1],
            started_at=_required(row[2]),
            stopped_at=_moment(row[3]),
            how=row[4],
            has_proof=bool(row[5]),
            steps=tuple(steps[row[0]]),
        )
        for row in connection.execute(_ESCALATIONS, (since,))
    ]
    oldest = min([now - WINDOW, *(each.started_at for each in escalations)])
    return Facts(
        alarms=[_alarm(row) for row in connection.execute(_ALARMS, (since,))],
        escalations=escalations,
        messages=_messages(connection, since=_written(oldest)),
        quiet=[row[0] for row in connection.execute(_QUIET, (since,))],
        beat_at=beat_at,
        clock_jump=clock_jump,
    )


def _messages(connection: Connection, *, since: str) -> list[MessageRow]:
    return [
        MessageRow(
            id=f"{name}:{row[0]}",
            number=row[1],
            step=row[2],
            place=f"{row[3]}:{row[4]}",
            state=row[5],
            created_at=_required(row[6]),
            due_at=_required(row[7]),
            first_try_at=_moment(row[8]),
            handed_over=row[9],
        )
        for name, number, table, tries in _TABLES
        for row in connection.execute(
            _MESSAGES.format(number=number, table=table, tries=tries), (since,)
        )
    ]


def _step(row: Sequence[Any]) -> StepRow:
    return StepRow(
        number=row[1],
        kind=row[2],
        state=row[3],
        due_at=_required(row[4]),
        ran_at=_moment(row[5]),
        sent=row[6],
        pause_s=row[7],
    )


def _alarm(row: Sequence[Any]) -> AlarmRow:
    return AlarmRow(
        number=row[0],
        at=_required(row[1]),
        handled_at=_moment(row[2]),
        is_held=bool(row[3]),
        rows_at=_moment(row[4]),
        has_escalation=bool(row[5]),
    )


def _written(moment: datetime) -> str:
    """As Django writes it into SQLite: UTC without a zone. PostgreSQL's columns have a zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _required(value: object) -> datetime:
    found = _moment(value)
    assert found is not None, "the column is not null"
    return found

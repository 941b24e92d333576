"""The auditor's judgement on planted failures: each must be seen, and a good night must not be
called bad."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hinomi.business.escalation_audit import (
    AlarmRow,
    EscalationRow,
    Facts,
    MessageRow,
    StepRow,
    audit,
    first_try_p99_s,
)

START = datetime(2026, 12, 31, 14, 58, tzinfo=UTC)
NOW = START + timedelta(minutes=3)
SECOND = timedelta(seconds=1)
DONE = StepRow(0, "tell", "done", START, START + SECOND, 2)
CALL = StepRow(
    1, "call", "done", START + timedelta(minutes=2), START + timedelta(minutes=2, seconds=1), 1, 120
)
WAITING = StepRow(2, "call", "waiting", START + timedelta(minutes=7), None, 0, 300)
ESCALATION = EscalationRow(7, "K-1", START, None, "", False, (DONE, CALL, WAITING))
MESSAGE = MessageRow(
    "notice:1", "K-1", "7:1", "voice:03", "sent", CALL.due_at, CALL.due_at, CALL.due_at + SECOND, 1
)
ALARM = AlarmRow("K-1", START, START + SECOND, is_held=False, rows_at=START, has_escalation=True)
GOOD = Facts(alarms=(ALARM,), escalations=(ESCALATION,), messages=(MESSAGE,), beat_at=NOW - SECOND)
LATE = NOW - timedelta(minutes=2)


def with_steps(*steps: StepRow, **changes: object) -> Facts:
    each = replace(ESCALATION, steps=steps, **changes)  # type: ignore[arg-type]
    return replace(GOOD, escalations=(each,))


def test_a_night_as_it_should_be_has_no_fault() -> None:
    assert audit(GOOD, now=NOW) == []


PLANTED = {
    "the bell stopped": (replace(GOOD, beat_at=LATE), "has not come round"),
    "no bell at all": (replace(GOOD, beat_at=None), "has not come round"),
    "the clock jumped": (replace(GOOD, clock_jump=timedelta(hours=-2)), "jumped by -7200"),
    "a step was deleted": (with_steps(DONE, WAITING), "a step is missing"),
    "the waiting step was deleted": (with_steps(DONE, CALL), "0 steps wait"),
    "all steps were deleted": (with_steps(), "a step is missing"),
    "a step was not run": (with_steps(DONE, CALL, replace(WAITING, due_at=LATE)), "not run"),
    "a step ran late": (
        with_steps(DONE, replace(CALL, ran_at=CALL.due_at + timedelta(seconds=50)), WAITING),
        "50 s late",
    ),
    "a step was put off": (
        with_steps(DONE, CALL, replace(WAITING, due_at=NOW + timedelta(hours=2))),
        "further ahead",
    ),
    "done without an attempt": (replace(GOOD, messages=()), "sent 1, and 0 are there"),
    "done without having run": (
        with_steps(DONE, replace(CALL, ran_at=None), WAITING),
        "never ran",
    ),
    "nobody of ours was told": (
        with_steps(DONE, replace(CALL, kind="desk", sent=0), WAITING),
        "nobody of ours",
    ),
    "stopped by nobody": (
        with_steps(DONE, CALL, replace(WAITING, state="stopped"), stopped_at=NOW, how="page"),
        "without a person's answer",
    ),
    "stopped by a delivery": (
        with_steps(
            DONE,
            CALL,
            replace(WAITING, state="stopped"),
            stopped_at=NOW,
            how="delivered",
            has_proof=True,
        ),
        "without a person's answer",
    ),
    "one step stopped alone": (
        with_steps(DONE, replace(CALL, state="stopped", sent=0), WAITING),
        "nobody answered",
    ),
    "sent twice": (replace(GOOD, messages=(replace(MESSAGE, handed_over=2),)), "went out 2 times"),
    "two of one step": (
        replace(GOOD, messages=(MESSAGE, replace(MESSAGE, id="notice:2"))),
        "2 messages to one address",
    ),
    "marked sent without an attempt": (
        replace(GOOD, messages=(replace(MESSAGE, handed_over=0),)),
        "no attempt went well",
    ),
    "never tried": (
        replace(GOOD, messages=(replace(MESSAGE, state="queued", first_try_at=None),)),
        "never tried",
    ),
    "an alarm not taken up": (
        replace(GOOD, alarms=(replace(ALARM, handled_at=None),)),
        "not taken up",
    ),
    "an alarm without escalation": (
        replace(GOOD, alarms=(replace(ALARM, has_escalation=False),)),
        "led to no escalation",
    ),
    "rows came late": (
        replace(GOOD, alarms=(replace(ALARM, rows_at=START + 4 * SECOND),)),
        "late into the outbox",
    ),
    "no alarm at all": (replace(GOOD, quiet=("K-9",)), "K-9: no alarm"),
}


@pytest.mark.parametrize(("facts", "said"), PLANTED.values(), ids=PLANTED)
def test_each_planted_failure_is_seen(facts: Facts, said: str) -> None:
    found = audit(facts, now=NOW)
    assert any(said in trouble for trouble in found), found


def test_what_a_person_ended_and_what_is_held_is_no_fault() -> None:
    ended = with_steps(
        DONE, CALL, replace(WAITING, state="stopped"), stopped_at=NOW, how="call", has_proof=True
    )
    assert audit(ended, now=NOW) == []
    held = replace(GOOD, alarms=(replace(ALARM, is_held=True, handled_at=None),))
    assert audit(held, now=NOW) == []


def test_a_delay_that_is_over_leaves_the_verdict_after_ten_minutes() -> None:
    slow = replace(CALL, ran_at=CALL.due_at + timedelta(seconds=50))
    later = NOW + timedelta(minutes=12)
    soon = replace(WAITING, due_at=later + timedelta(minutes=1))
    facts = replace(with_steps(DONE, slow, soon), beat_at=later)
    assert audit(facts, now=later) == []


def test_the_slowest_first_attempt_is_told() -> None:
    rows = [replace(MESSAGE, first_try_at=MESSAGE.created_at + n * SECOND) for n in range(100)]
    assert first_try_p99_s(rows) == 99.0
    assert first_try_p99_s([]) == 0.0

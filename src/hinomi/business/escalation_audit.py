"""What must be true of alarms, escalations and the outbox, proved from their rows alone.

Nothing of the ladder's own code is used here: who checks must not repeat the error it looks for.
Pure; what it is given was read by somebody else, and the time is passed in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

ROW_WITHIN = timedelta(seconds=1)  # alarm → outbox row
TAKEN_WITHIN = timedelta(seconds=15)  # alarm → escalation
RUN_WITHIN = timedelta(seconds=30)  # due → run
TRIED_WITHIN = timedelta(seconds=30)  # outbox row → first attempt
WINDOW = timedelta(minutes=10)  # how long a delay that is over stays in the verdict
LONGEST_PAUSE = timedelta(minutes=31)
BEAT_WITHIN = timedelta(seconds=30)
_BY_A_PERSON = ("page", "link", "call", "desk", "closed", "merged")
_WITH_ANSWER = ("page", "link", "call")
_MUST_SEND = ("desk", "second", "chief")
_NOT_TO_BE_SENT = ("dropped", "held")


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm. `rows_at`: when the first notice of its incident at this level was written."""

    number: str
    at: datetime
    handled_at: datetime | None
    is_held: bool
    rows_at: datetime | None
    has_escalation: bool


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step. `before` is when the escalation's step before it ran."""

    number: int
    kind: str
    state: str
    due_at: datetime
    ran_at: datetime | None
    sent: int
    pause_s: int = 0


@dataclass(frozen=True, slots=True)
class EscalationRow:
    """One round with its steps in order. `has_proof`: the row of the person's act is there."""

    id: int
    number: str
    started_at: datetime
    stopped_at: datetime | None
    how: str
    has_proof: bool
    steps: tuple[StepRow, ...]


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message of 今すぐ. `handed_over` is how often the next hop took it."""

    id: str
    number: str
    step: str
    place: str
    state: str
    created_at: datetime
    due_at: datetime
    first_try_at: datetime | None
    handed_over: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything of the window, and all that is still open however old it is. `quiet` are open
    incidents of 今すぐ, told to their company, for which no alarm was ever rung."""

    alarms: Sequence[AlarmRow] = ()
    escalations: Sequence[EscalationRow] = ()
    messages: Sequence[MessageRow] = ()
    quiet: Sequence[str] = ()
    beat_at: datetime | None = None
    clock_jump: timedelta = field(default_factory=timedelta)


def audit(facts: Facts, *, now: datetime) -> list[str]:
    """Everything that is wrong, one sentence each; empty when all due steps ran."""
    return [
        *_machine(facts, now),
        *(f"{number}: no alarm was rung for it." for number in facts.quiet),
        *(trouble for alarm in facts.alarms for trouble in _alarm(alarm, now)),
        *(trouble for each in facts.escalations for trouble in _escalation(each, facts, now)),
        *_messages(facts.messages, now),
    ]


def _machine(facts: Facts, now: datetime) -> Iterator[str]:
    if facts.beat_at is None or now - facts.beat_at > BEAT_WITHIN:
        yield "The bell has not come round."
    elif facts.beat_at - now > BEAT_WITHIN:
        yield "The bell's clock is ahead of this one."
    if abs(facts.clock_jump) > timedelta(seconds=5):
        yield f"The clock jumped by {facts.clock_jump.total_seconds():.0f} s."


def _alarm(alarm: AlarmRow, now: datetime) -> Iterator[str]:
    if alarm.is_held:
        return  # a campaign asks a person first; nothing was told to anybody
    if alarm.handled_at is None and now - alarm.at > TAKEN_WITHIN:
        yield f"{alarm.number}: its alarm was not taken up."
    if alarm.handled_at is not None and not alarm.has_escalation:
        yield f"{alarm.number}: its alarm led to no escalation."
    if alarm.rows_at is not None and alarm.rows_at - alarm.at > ROW_WITHIN:
        yield f"{alarm.number}: its notices came late into the outbox."


def _escalation(each: EscalationRow, facts: Facts, now: datetime) -> Iterator[str]:
    name = f"{each.number} ({each.id})"
    numbers = [step.number for step in each.steps]
    if numbers != list(range(len(numbers))) or not numbers:
        yield f"{name}: a step is missing."
    waiting = [step for step in each.steps if step.state == "waiting"]
    if each.stopped_at is None:
        if len(waiting) != 1:
            yield f"{name}: {len(waiting)} steps wait instead of one."
        if any(step.state == "stopped" for step in each.steps):
            yield f"{name}: a step was stopped and nobody answered."
    else:
        yield from _stopped(each, name, waiting)
    for step in each.steps:
        yield from _step(step, f"{name} step {step.number}", now)
    yield from _sent(each, name, facts.messages)


def _stopped(each: EscalationRow, name: str, waiting: Sequence[StepRow]) -> Iterator[str]:
    if waiting:
        yield f"{name}: ended, and a step still waits."
    if each.how not in _BY_A_PERSON or not each.has_proof:
        yield f"{name}: ended without a person's answer."


def _step(step: StepRow, name: str, now: datetime) -> Iterator[str]:
    if step.state == "waiting":
        if now - step.due_at > RUN_WITHIN:
            yield f"{name}: due and not run."
        longest = max(timedelta(seconds=step.pause_s), timedelta(minutes=1))
        if step.due_at - now > min(longest, LONGEST_PAUSE) + RUN_WITHIN:
            yield f"{name}: lies further ahead than its pause."
    if step.state == "done":
        if step.ran_at is None:
            yield f"{name}: done, and it never ran."
        elif step.ran_at - step.due_at > RUN_WITHIN and now - step.ran_at < WINDOW:
            yield f"{name}: ran {(step.ran_at - step.due_at).total_seconds():.0f} s late."
        if step.kind in _MUST_SEND and not step.sent:
            yield f"{name}: nobody of ours was told."


def _sent(each: EscalationRow, name: str, messages: Sequence[MessageRow]) -> Iterator[str]:
    """What a step says it sent lies in the outbox."""
    found = Counter(row.step for row in messages if row.step)
    for step in each.steps:
        if step.state != "done" or step.kind == "tell":
            continue
        written = found[f"{each.id}:{step.number}"]
        if written != step.sent:
            yield f"{name} step {step.number}: sent {step.sent}, and {written} are there."


def _messages(rows: Sequence[MessageRow], now: datetime) -> Iterator[str]:
    for row in rows:
        is_due = row.state not in _NOT_TO_BE_SENT and now - row.due_at > TRIED_WITHIN
        if is_due and row.first_try_at is None:
            yield f"{row.number} {row.id}: due and never tried."
        if row.state == "sent" and row.handed_over == 0:
            yield f"{row.number} {row.id}: sent, and no attempt went well."
        if row.handed_over > 1 and now - row.created_at < WINDOW:
            yield f"{row.number} {row.id}: went out {row.handed_over} times."
    yield from _doubled(rows)


def _doubled(rows: Iterable[MessageRow]) -> Iterator[str]:
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        if row.step and row.state not in _NOT_TO_BE_SENT:
            places[row.step, row.place].append(row.id)
    for (step, _), ids in places.items():
        if len(ids) > 1:
            yield f"Step {step}: {len(ids)} messages to one address."


def first_try_p99_s(rows: Sequence[MessageRow]) -> float:
    """How long the slowest but one per cent waited for its first attempt; 0 for none."""
    waits = sorted(
        (row.first_try_at - row.created_at).total_seconds()
        for row in rows
        if row.first_try_at is not None and row.state != "held"
    )
    return waits[min(len(waits) - 1, int(len(waits) * 0.99))] if waits else 0.0

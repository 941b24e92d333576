"""The ladder on a virtual clock: whatever the clock and the people do, no step is skipped, none is
done twice, and only an answer ends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.business.escalation import (
    LEAST_PAUSE,
    Around,
    Past,
    StepKind,
    climbs,
    first_step,
    hurried,
    next_step,
    settled,
)
from hinomi.core.words import ActionLevel

DAY = datetime(2026, 11, 20, 1, 12, tzinfo=UTC)
EVERYBODY = Around(contacts=("葵", "悠"), first="窓", second="守", chief="長")
MINUTE = timedelta(minutes=1)
# Night, year end, the 29th of February, noon of a working day.
STARTS = [
    datetime(2026, 11, 20, 17, 59, 30, tzinfo=UTC),
    datetime(2026, 12, 31, 14, 58, tzinfo=UTC),
    datetime(2028, 2, 28, 14, 59, tzinfo=UTC),
    datetime(2028, 2, 29, 14, 57, tzinfo=UTC),
    DAY,
]


@dataclass
class Bell:
    """Runs the ladder as the bell does: one waiting step, looked at as the clock stands."""

    started: datetime
    around: Around = EVERYBODY
    past: list[Past] = field(default_factory=list)
    answered: bool = False

    def __post_init__(self) -> None:
        self.waiting = first_step(started_at=self.started)

    def look(self, now: datetime) -> None:
        if self.answered:
            return
        due = settled(self.waiting.due_at, pause=self.waiting.pause, now=now)
        if due > now:
            self.waiting = self.waiting.__class__(
                self.waiting.kind, self.waiting.whom, due, self.waiting.pause
            )
            return
        self.past.append(Past(self.waiting.kind, self.waiting.whom, due, now))
        self.waiting = next_step(self.past, around=self.around)

    def run(self, minutes: int) -> list[tuple[str, str, int]]:
        for second in range(0, minutes * 60, 10):
            self.look(self.started + timedelta(seconds=second))
        return [
            (each.kind.value, each.whom, round((each.ran_at - self.started) / MINUTE))
            for each in self.past
        ]


FIRST_LAP = [
    ("tell", "", 0),
    ("call", "葵", 2),
    ("call", "悠", 7),
    ("desk", "窓", 12),
    ("second", "守", 22),
    ("chief", "長", 32),
]


@pytest.mark.parametrize("started", STARTS)
def test_everybody_is_tried_in_order_then_all_over_again(started: datetime) -> None:
    steps = Bell(started).run(110)
    assert steps[:6] == FIRST_LAP
    assert steps[6:] == [
        ("call", "葵", 62),
        ("call", "悠", 67),
        ("desk", "窓", 72),
        ("second", "守", 82),
        ("chief", "長", 92),
    ]


def test_only_now_climbs() -> None:
    assert [level for level in ActionLevel if climbs(level)] == [ActionLevel.NOW]


def test_where_nobody_may_be_rung_our_own_person_is_next() -> None:
    """At night, with a promise that lets the company sleep."""
    steps = Bell(DAY, Around(first="窓", second="守", chief="長")).run(40)
    assert [step[:2] for step in steps] == [
        ("tell", ""),
        ("desk", "窓"),
        ("second", "守"),
        ("chief", "長"),
    ]


def test_with_nobody_on_duty_the_chief_s_step_still_runs() -> None:
    steps = Bell(DAY, Around()).run(40)
    assert [step[0] for step in steps] == ["tell", "chief", "chief"]


def test_a_partner_firm_that_does_not_answer_in_its_minutes_brings_our_chief() -> None:
    partner = Around(first="隣", chief="長", patience=timedelta(minutes=3))
    assert Bell(DAY, partner).run(10) == [("tell", "", 0), ("desk", "隣", 2), ("chief", "長", 5)]


def test_one_person_on_both_duties_is_asked_once() -> None:
    steps = Bell(DAY, Around(first="窓", second="窓", chief="長")).run(30)
    assert [step[0] for step in steps] == ["tell", "desk", "chief"]


def test_a_contact_who_bounced_meanwhile_is_not_called_and_the_next_one_is() -> None:
    bell = Bell(DAY)
    bell.look(DAY)
    bell.around = Around(contacts=("悠",), first="窓", chief="長")
    bell.look(DAY + 2 * MINUTE)  # was planned for 葵 before: it runs, its plan is kept
    assert bell.waiting.whom == "悠"


def test_a_long_stop_runs_every_step_once_with_room_for_an_answer() -> None:
    bell = Bell(DAY)
    bell.look(DAY)
    late = DAY + timedelta(hours=9)
    for second in range(0, 3600, 5):
        bell.look(late + timedelta(seconds=second))
    kinds = [each.kind.value for each in bell.past]
    assert kinds[:6] == [step[0] for step in FIRST_LAP]
    gaps = [b.ran_at - a.ran_at for a, b in zip(bell.past[1:], bell.past[2:], strict=False)]
    assert min(gaps) >= LEAST_PAUSE


def test_a_step_known_to_have_failed_brings_the_next_one_forward() -> None:
    assert hurried(DAY + 5 * MINUTE, now=DAY) == DAY + LEAST_PAUSE
    assert hurried(DAY + MINUTE / 2, now=DAY) == DAY + MINUTE / 2


def test_a_clock_that_goes_back_an_hour_puts_no_step_off() -> None:
    bell = Bell(DAY)
    bell.look(DAY)
    back = DAY - timedelta(hours=1)
    bell.look(back)
    bell.look(back + 2 * MINUTE)
    assert [each.kind for each in bell.past] == [StepKind.TELL, StepKind.CALL]


jumps = st.lists(
    st.tuples(
        st.integers(min_value=1, max_value=120),  # seconds that really pass
        st.sampled_from([0, 0, 0, 0, -7200, -90, 90, 3600, 86_400]),  # what the clock adds
    ),
    min_size=1,
    max_size=120,
)


@given(started=st.sampled_from(STARTS), moves=jumps, answer=st.integers(0, 150))
def test_no_clock_and_no_answer_skips_or_doubles_a_step(
    started: datetime, moves: list[tuple[int, int]], answer: int
) -> None:
    """An answer between any two looks ends it there; until then the order is the ladder's, and a
    step waits no longer than its own pause of really passing time."""
    bell, clock, waited = Bell(started), started, timedelta()
    for number, (passes, jump) in enumerate(moves):
        bell.answered = bell.answered or number == answer
        clock += timedelta(seconds=passes + jump)
        waited += timedelta(seconds=passes)
        before, pause = len(bell.past), bell.waiting.pause
        bell.look(clock)
        ran = len(bell.past) - before
        assert ran in (0, 1)
        if bell.answered:
            assert ran == 0
        elif ran:
            waited = timedelta()
        elif jump == 0:
            longest = timedelta(seconds=max(move[0] for move in moves))
            assert waited <= pause + longest * 2 or any(move[1] < 0 for move in moves[:number])
    expected = [step[:2] for step in FIRST_LAP]
    expected += expected[1:] * 30
    assert [(each.kind.value, each.whom) for each in bell.past] == expected[: len(bell.past)]


@given(
    contacts=st.lists(st.sampled_from("abcde"), unique=True, max_size=5),
    first=st.sampled_from(["", "f"]),
    second=st.sampled_from(["", "f", "s"]),
)
def test_in_one_lap_everybody_there_is_tried_exactly_once(
    contacts: list[str], first: str, second: str
) -> None:
    bell = Bell(DAY, Around(tuple(contacts), first, second, "c"))
    bell.run(120)
    kinds = [each.kind for each in bell.past]
    lap = bell.past[: kinds.index(StepKind.CHIEF) + 1]
    assert [each.whom for each in lap if each.kind is StepKind.CALL] == contacts
    ours = [each.whom for each in lap if each.kind in (StepKind.DESK, StepKind.SECOND)]
    assert ours == [name for name in dict.fromkeys((first, second)) if name]

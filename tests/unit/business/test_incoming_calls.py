"""A call is missed once or never, in whatever order the exchange tells of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hinomi.business.incoming_calls import RINGS_FOR, SETTLES_IN, Heard, Ring, heard, taken

START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
TELLINGS = st.lists(
    st.tuples(st.sampled_from(Heard), st.integers(0, 400), st.integers(0, 400)),
    min_size=1,
    max_size=12,
)


def after(*told: tuple[Heard, int, int], ring: Ring | None = None) -> Ring:
    """The call after tellings of (what, seconds when it happened, seconds later it was told)."""
    found = ring or Ring(START + timedelta(seconds=told[0][1]))
    for what, at, later in told:
        moment = START + timedelta(seconds=at)
        found = heard(found, what, at=moment, moment=moment + timedelta(seconds=later))
    return found


def test_a_call_that_rings_becomes_due_when_it_rang_long_enough() -> None:
    assert after((Heard.RINGING, 0, 1)).due_at == START + RINGS_FOR


def test_a_call_told_long_after_it_rang_waits_for_what_is_told_behind_it() -> None:
    told_s = 3600
    due = after((Heard.RINGING, 0, told_s)).due_at
    assert due == START + timedelta(seconds=told_s) + SETTLES_IN


def test_a_call_that_ended_without_an_answer_is_due_soon() -> None:
    ring = after((Heard.RINGING, 0, 0), (Heard.ENDED, 20, 0))
    assert ring.due_at == START + timedelta(seconds=20) + SETTLES_IN


@given(told=TELLINGS, at=st.integers(0, 12))
def test_a_call_that_was_answered_is_never_due(told: list[tuple[Heard, int, int]], at: int) -> None:
    ring = after(*told[:at], (Heard.ANSWERED, 7, 0), *told[at:])
    assert ring.due_at is None


@given(told=TELLINGS)
def test_a_call_that_nobody_answered_is_always_due(told: list[tuple[Heard, int, int]]) -> None:
    silent = [each for each in told if each[0] is not Heard.ANSWERED]
    if silent:
        assert after(*silent).due_at is not None


@given(told=TELLINGS)
def test_a_call_that_was_missed_is_never_due_again(told: list[tuple[Heard, int, int]]) -> None:
    missed = Ring(START, missed_at=START + RINGS_FOR)
    assert after(*told, ring=missed).due_at is None


def test_a_call_whose_screen_was_opened_is_not_missed_by_silence_or_its_end() -> None:
    opened = taken(after((Heard.RINGING, 0, 0)), moment=START)
    assert opened.due_at is None
    assert after((Heard.ENDED, 60, 0), ring=opened).due_at is None


def test_a_call_whose_screen_was_opened_is_missed_when_the_exchange_says_so() -> None:
    opened = taken(after((Heard.RINGING, 0, 0)), moment=START)
    assert after((Heard.MISSED, 60, 0), ring=opened).due_at is not None


def test_a_screen_opened_after_the_end_changes_nothing() -> None:
    over = after((Heard.RINGING, 0, 0), (Heard.MISSED, 20, 0))
    assert taken(over, moment=START + timedelta(seconds=22)).due_at == over.due_at

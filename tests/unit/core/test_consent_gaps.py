"""What was written while a company had not agreed is never taken; all else is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from hinomi.core.consent_gaps import (
    MOST_GAPS,
    ConsentGap,
    first_taken,
    last_end,
    merged,
    stretches,
    taken_at,
)

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def at(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


def gap(begin: float | None, end: float | None) -> ConsentGap:
    return ConsentGap(
        None if begin is None else at(begin),
        None if end is None else at(end),
    )


def test_a_gap_holds_its_first_moment_and_not_its_end() -> None:
    gaps = (gap(2, 4), gap(6, 8))
    assert [hour for hour in range(10) if not taken_at(gaps, at(hour))] == [2, 3, 6, 7]


def test_a_gap_without_a_begin_reaches_back_for_ever_and_one_without_an_end_holds_still() -> None:
    gaps = (gap(None, 2), gap(5, None))
    assert not taken_at(gaps, datetime(1970, 1, 1, tzinfo=UTC))
    assert taken_at(gaps, at(3))
    assert not taken_at(gaps, datetime(2999, 1, 1, tzinfo=UTC))


def test_what_nobody_can_date_is_taken() -> None:
    assert taken_at((gap(None, None),), None)


def test_gaps_that_touch_are_one() -> None:
    assert merged([gap(4, 6), gap(None, 2), gap(2, 5)]) == (gap(None, 6),)
    assert merged([gap(1, None), gap(2, 3)]) == (gap(1, None),)


def test_too_many_gaps_become_fewer_and_never_smaller() -> None:
    """A company that changes its mind each hour: nothing refused is taken, the newest are exact."""
    many = [gap(2 * n, 2 * n + 1) for n in range(60)]
    found = merged(many)
    assert len(found) == MOST_GAPS
    assert not any(taken_at(found, at(2 * n + 0.5)) for n in range(60))
    newest = [n for n in range(60) if taken_at(found, at(2 * n + 1.5))]
    assert newest == list(range(60 - MOST_GAPS, 60))


def test_stretches_are_exactly_what_may_be_taken() -> None:
    draw = Random(7)
    for _ in range(200):
        gaps = merged(
            gap(begin, begin + draw.choice([0, 1, 3]))
            for begin in (draw.randrange(20) for _ in range(draw.randrange(4)))
        )
        start, end = sorted((draw.randrange(22), draw.randrange(22)))
        found = list(stretches(gaps, at(start), at(end)))
        for half in range(2 * 22):
            moment = at(half / 2)
            is_in = any(first <= moment < last for first, last in found)
            assert is_in is (at(start) <= moment < at(end) and taken_at(gaps, moment))


def test_the_last_end_is_since_when_all_is_agreed() -> None:
    assert last_end(()) is None
    assert last_end((gap(None, 2), gap(3, 5))) == at(5)
    assert first_taken((gap(1, 3),), at(2)) == at(3)
    assert first_taken((gap(1, 3),), at(4)) == at(4)

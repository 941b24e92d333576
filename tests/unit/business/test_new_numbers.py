"""A new number counts a day after the last step, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hinomi.business.new_numbers import WAIT, Standing, Steps

ASKED = datetime(2026, 11, 20, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENTS = st.integers(-100, 200).map(lambda hours: ASKED + hours * HOUR)
MAYBE = st.one_of(st.none(), MOMENTS)


def test_the_old_rule_of_a_day_holds_to_the_second() -> None:
    steps = Steps(ASKED, proved_at=ASKED + HOUR, agreed_at=ASKED + 2 * HOUR)
    since = ASKED + 2 * HOUR + WAIT
    assert steps.counts_from() == since
    assert steps.standing(since - timedelta(seconds=1)) is Standing.WAITING
    assert steps.standing(since) is Standing.COUNTS


def test_the_first_of_a_new_company_counts_with_its_code() -> None:
    assert Steps(ASKED, proved_at=ASKED, is_first=True).standing(ASKED) is Standing.COUNTS


def test_one_that_leaves_rings_for_another_day() -> None:
    steps = Steps(ASKED, proved_at=ASKED, is_first=True, removed_at=ASKED + HOUR)
    assert steps.standing(ASKED + HOUR) is Standing.LEAVING
    assert steps.standing(ASKED + HOUR + WAIT) is Standing.GONE


@given(MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, MOMENTS)
def test_nothing_counts_without_a_code_a_yes_and_a_day(
    proved: datetime | None, agreed: datetime | None, bounced: datetime | None,
    removed: datetime | None, ended: datetime | None, moment: datetime,
) -> None:  # fmt: skip
    """Also when the clock jumps back behind a step: then the step has not been taken."""
    steps = Steps(ASKED, proved, agreed, False, bounced, removed, ended)
    if not steps.standing(moment).is_used:
        return
    assert proved
    assert agreed
    assert not bounced
    assert not ended
    assert all(moment - step >= WAIT for step in (ASKED, proved, agreed))
    assert removed is None or moment < removed + WAIT

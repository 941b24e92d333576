"""By which day a question is answered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from hinomi.business.reply_day import end_of, reply_day
from hinomi.business.working_days import Calendar, ClosedDays

DESK = Calendar()


def jst(*at: int) -> datetime:
    return datetime(*at, tzinfo=UTC) - timedelta(hours=9)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (jst(2026, 11, 20, 14, 59), date(2026, 11, 20)),
        (jst(2026, 11, 20, 15, 0), date(2026, 11, 24)),  # Friday; Monday is a holiday
        (jst(2026, 11, 21, 9, 0), date(2026, 11, 24)),
        (jst(2026, 12, 28, 16, 0), date(2027, 1, 4)),
        (jst(2028, 2, 29, 3, 0), date(2028, 2, 29)),
        (jst(2026, 11, 20, 0, 0), date(2026, 11, 20)),
    ],
)
def test_the_same_working_day_until_three_else_the_next(asked: datetime, due: date) -> None:
    assert reply_day(asked, calendar=DESK) == due


def test_who_never_works_promises_nothing() -> None:
    closed = Calendar(closed=(ClosedDays(date(2026, 1, 1), date(2027, 12, 31)),))
    assert reply_day(jst(2026, 11, 20, 9, 0), calendar=closed) is None


def test_an_answer_is_late_after_closing_time() -> None:
    assert end_of(date(2026, 11, 20), calendar=DESK) == jst(2026, 11, 20, 18, 0)

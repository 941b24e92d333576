"""When a report of a leak is due, in Japan's days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from hinomi.business.legal_clocks import (
    JST,
    Breach,
    Clock,
    Deadline,
    Rule,
    State,
    deadlines,
)

FIRST = Rule(Clock.FIRST, early_days=3, days=5, unlawful_days=5, counts_first_day=True)
FINAL = Rule(Clock.FINAL, early_days=0, days=30, unlawful_days=60, counts_first_day=True)


def of(known: datetime, breach: Breach = Breach.UNLAWFUL) -> tuple[Deadline, ...]:
    return deadlines(recognised_at=known, breach=breach, rules=(FIRST, FINAL))


def japan(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=JST)  # type: ignore[misc,arg-type]


def test_the_first_report_is_due_from_the_third_to_the_fifth_day() -> None:
    first, final = of(japan(2026, 11, 2, 10))
    assert (first.early, first.last) == (date(2026, 11, 4), date(2026, 11, 6))
    assert final.early == final.last == date(2026, 12, 31)


def test_an_unlawful_act_gives_sixty_days_and_everything_else_thirty() -> None:
    known = japan(2026, 11, 2, 10)
    assert [of(known, each)[1].last for each in (Breach.OTHER, Breach.UNKNOWN)] == [
        date(2026, 12, 1)
    ] * 2, "what nobody has judged counts by the shorter time"


def test_no_clock_runs_without_personal_data() -> None:
    assert of(japan(2026, 11, 2, 10), Breach.NONE) == ()


def test_the_day_is_japan_s_day() -> None:
    """15:30 UTC on 31 December is 1 January in Japan."""
    first, _ = of(datetime(2027, 12, 31, 15, 30, tzinfo=UTC))
    assert first.last == date(2028, 1, 5)
    before, _ = of(datetime(2027, 12, 31, 14, 30, tzinfo=UTC))
    assert before.last == date(2028, 1, 4)


def test_over_the_year_s_end_the_date_stays_and_the_closed_offices_are_said() -> None:
    first, _ = of(japan(2026, 12, 28, 9))
    assert first.last == date(2027, 1, 1)
    assert first.closed_why == "年末年始"
    final = of(japan(2026, 12, 4, 9), Breach.OTHER)[1]
    assert (final.last, final.closed_why) == (date(2027, 1, 2), "年末年始")


@pytest.mark.parametrize(
    ("known", "last"),
    [
        (japan(2028, 2, 25, 9), date(2028, 2, 29)),
        (japan(2027, 2, 25, 9), date(2027, 3, 1)),
        (japan(2028, 2, 29, 9), date(2028, 3, 4)),
    ],
)
def test_29_february_is_a_day_where_it_is_one(known: datetime, last: date) -> None:
    assert of(known)[0].last == last


def test_thirty_days_over_a_leap_day_are_thirty_days() -> None:
    assert of(japan(2028, 2, 1, 9), Breach.OTHER)[1].last == date(2028, 3, 1)
    assert of(japan(2027, 2, 1, 9), Breach.OTHER)[1].last == date(2027, 3, 2)


def test_a_holiday_and_a_sunday_are_named() -> None:
    assert of(japan(2026, 10, 30, 9))[0].closed_why == "祝日（文化の日）"
    assert "日" in of(japan(2026, 11, 4, 9))[0].closed_why
    assert of(japan(2026, 11, 2, 9))[0].closed_why == ""


def test_the_last_day_belongs_to_the_company_until_midnight() -> None:
    first, _ = of(japan(2026, 11, 2, 10))
    assert first.ends_at == japan(2026, 11, 7, 0)
    assert first.state(japan(2026, 11, 6, 23, 59), done_at=None) is State.NEAR
    assert first.state(first.ends_at, done_at=None) is State.OVER
    assert first.state(first.ends_at, done_at=japan(2026, 11, 5)) is State.DONE
    assert first.state(japan(2026, 11, 3, 23, 59), done_at=None) is State.RUNNING
    assert first.days_left(japan(2026, 11, 6, 23)) == 0
    assert first.days_left(japan(2026, 11, 8, 0)) == -2


def test_every_day_of_eight_years_gives_dates_in_order_and_never_a_later_one_than_counted() -> None:
    day = japan(2024, 1, 1, 23, 59)
    while day.year < 2032:
        first, final = of(day)
        assert day.date() <= first.early <= first.last <= final.last
        assert (final.last - day.date()).days == 59
        day += timedelta(days=1)

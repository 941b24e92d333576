"""Long holidays: when a company is asked, about which days, and when it is told what happened."""

from __future__ import annotations

from datetime import date, time

from hinomi.business.closures import (
    Closure,
    Season,
    asked_today,
    closures,
    first_working_day,
)
from hinomi.business.working_days import Calendar, ClosedDays

USUAL = Calendar()


def of(season: Season, calendar: Calendar, year: int) -> Closure:
    """One season's holiday."""
    return next(each for each in closures(calendar, year=year) if each.season is season)


def test_a_holiday_takes_the_closed_days_around_it_with_it() -> None:
    found = of(Season.NEW_YEAR, USUAL, 2027)
    assert (found.first, found.last) == (date(2027, 12, 29), date(2028, 1, 3))
    found = of(Season.NEW_YEAR, USUAL, 2028)
    assert (found.first, found.last) == (date(2028, 12, 29), date(2029, 1, 3))
    # 2026: 1 and 2 January 2027 are Friday and Saturday, 3 January is a Sunday
    assert of(Season.NEW_YEAR, USUAL, 2026).last == date(2027, 1, 3)
    golden = of(Season.GOLDEN_WEEK, USUAL, 2027)
    assert (golden.first, golden.last) == (date(2027, 5, 1), date(2027, 5, 5)), "1 May: Saturday"


def test_the_company_s_own_days_count() -> None:
    own = Calendar(closed=(ClosedDays(date(2026, 8, 11), date(2026, 8, 18), "夏休み"),))
    found = of(Season.OBON, own, 2026)
    assert (found.first, found.last) == (date(2026, 8, 11), date(2026, 8, 18))


def test_a_company_that_never_closes_is_asked_about_the_usual_days() -> None:
    open_always = Calendar(
        closed_weekdays=frozenset(), keeps_holidays=False, new_year=None, obon=None,
        opens=time(0), closes=time(23, 59),
    )  # fmt: skip
    found = of(Season.NEW_YEAR, open_always, 2026)
    assert (found.first, found.last) == (date(2026, 12, 29), date(2027, 1, 3))


def test_a_company_is_asked_two_weeks_before_and_until_the_end() -> None:
    def keys(day: date) -> list[str]:
        return [each.key for each in asked_today(USUAL, today=day)]

    assert keys(date(2026, 12, 14)) == []
    assert keys(date(2026, 12, 15)) == ["new_year-2026"]
    assert keys(date(2027, 1, 3)) == ["new_year-2026"], "over the year's end"
    assert keys(date(2027, 1, 4)) == []
    assert keys(date(2028, 2, 29)) == []


def test_what_happened_is_told_on_the_first_working_day() -> None:
    assert first_working_day(USUAL, after=date(2027, 1, 3)) == date(2027, 1, 4)
    assert first_working_day(USUAL, after=date(2026, 8, 15)) == date(2026, 8, 17), "15: Saturday"
    never = Calendar(closed_weekdays=frozenset(range(7)))
    assert first_working_day(never, after=date(2027, 1, 3)) is None


def test_a_span_on_a_leap_day_needs_no_leap_year() -> None:
    odd = Calendar(obon=((2, 29), (3, 1)))
    assert of(Season.OBON, odd, 2027).first == date(2027, 2, 27), "1 March: a Monday"
    assert of(Season.OBON, odd, 2028).first == date(2028, 2, 29)

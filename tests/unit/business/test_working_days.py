"""A company's calendar: year end, Golden Week, お盆, leap days, its own closed days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.business.working_days import Calendar, ClosedDays

JST = ZoneInfo("Asia/Tokyo")
PLAIN = Calendar()
# As the Cabinet Office published them.
HOLIDAYS_2026 = (
    "01-01 01-12 02-11 02-23 03-20 04-29 05-03 05-04 05-05 05-06 07-20 08-11"
    " 09-21 09-22 09-23 10-12 11-03 11-23"
)
HOLIDAYS_2027 = (
    "01-01 01-11 02-11 02-23 03-21 03-22 04-29 05-03 05-04 05-05 07-19 08-11"
    " 09-20 09-23 10-11 11-03 11-23"
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


@pytest.mark.parametrize(("year", "listed"), [(2026, HOLIDAYS_2026), (2027, HOLIDAYS_2027)])
def test_public_holidays_are_those_that_the_state_published(year: int, listed: str) -> None:
    always = Calendar(closed_weekdays=frozenset(), new_year=None, obon=None)
    start = date(year, 1, 1)
    closed = [f"{day:%m-%d}" for n in range(365) if always.closed_why(day := start + timedelta(n))]
    assert closed == listed.split()


def test_the_year_ends_on_28_december_and_begins_on_4_january() -> None:
    worked = [day for day in range(26, 32) if PLAIN.is_open_day(date(2026, 12, day))]
    assert worked == [28]
    assert [day for day in range(1, 8) if PLAIN.is_open_day(date(2027, 1, day))] == [4, 5, 6, 7]
    assert PLAIN.closed_why(date(2026, 12, 30)) == "年末年始"


def test_golden_week_leaves_two_working_days() -> None:
    span = [date(2026, 4, 29) + timedelta(n) for n in range(8)]  # 29 April to 6 May
    assert [day.day for day in span if PLAIN.is_open_day(day)] == [30, 1]


def test_obon_can_be_set_and_left_out() -> None:
    assert PLAIN.closed_why(date(2026, 8, 14)) == "お盆"
    late = Calendar(obon=((8, 16), (8, 20)))
    assert [late.is_open_day(date(2026, 8, day)) for day in (14, 18)] == [True, False]
    assert Calendar(obon=None).is_open_day(date(2026, 8, 14))


def test_29_february_is_a_day_like_any_other() -> None:
    assert PLAIN.is_open_day(date(2028, 2, 29))
    leap = Calendar(closed=(ClosedDays(date(2028, 2, 29), date(2028, 2, 29), "創立記念日"),))
    assert leap.closed_why(date(2028, 2, 29)) == "創立記念日"
    assert PLAIN.missed_days(at("2028-02-28T17:00"), at("2028-03-01T09:00")) == 1


def test_a_shop_that_closes_on_wednesdays_works_at_weekends_and_on_holidays() -> None:
    shop = Calendar(closed_weekdays=frozenset({2}), keeps_holidays=False, new_year=None, obon=None)
    assert shop.closed_why(date(2026, 11, 25)) == "定休日（水）"
    assert shop.is_open_day(date(2026, 11, 22))
    assert shop.is_open_day(date(2026, 11, 23))


def test_a_saturday_on_which_they_work_is_open() -> None:
    assert Calendar(opened=(date(2026, 11, 21),)).is_open_day(date(2026, 11, 21))


def test_opening_hours_go_by_the_companys_own_zone() -> None:
    assert PLAIN.is_open(datetime(2026, 11, 20, 0, 0, tzinfo=UTC))  # 9:00 in Tokyo
    assert not PLAIN.is_open(datetime(2026, 11, 20, 9, 0, tzinfo=UTC))  # 18:00 in Tokyo
    assert Calendar(timezone="Asia/Kolkata").is_open(datetime(2026, 11, 20, 9, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("since", "now", "missed"),
    [
        ("2026-11-20T17:50", "2026-11-20T23:00", 0),  # Friday evening
        ("2026-11-20T17:50", "2026-11-24T09:00", 0),  # a weekend and a holiday later
        ("2026-11-20T17:50", "2026-11-24T18:00", 1),  # Tuesday is over
        ("2026-12-28T17:50", "2027-01-04T09:00", 0),
        ("2026-12-28T17:50", "2027-01-05T09:00", 1),
        ("2026-04-28T17:50", "2026-05-07T09:00", 2),
    ],
)
def test_only_working_days_that_passed_whole_count_as_missed(
    since: str, now: str, missed: int
) -> None:
    assert PLAIN.missed_days(at(since), at(now)) == missed


def test_the_next_opening_jumps_over_the_year_end() -> None:
    assert PLAIN.next_opening(at("2026-12-28T18:30")) == at("2027-01-04T08:30")
    never = Calendar(closed_weekdays=frozenset(range(7)))
    assert never.next_opening(at("2026-12-28T18:30")) is None


days = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(first=days, second=days)
def test_more_time_never_means_fewer_missed_days(first: date, second: date) -> None:
    since = datetime.combine(min(first, second), time(12), tzinfo=JST)
    now = datetime.combine(max(first, second), time(12), tzinfo=JST)
    if now - since < timedelta(days=390):
        assert PLAIN.missed_days(since, now) <= PLAIN.missed_days(since, now + timedelta(days=1))
        assert PLAIN.missed_days(since, now) <= (now - since).days

"""Laying out a rota: nights over midnight, year's end, leap days, gaps and doubles."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.business.rota import (
    JAPAN,
    Holidays,
    Line,
    Order,
    Span,
    Weeks,
    doubles,
    gaps,
    is_year_end,
    lay,
    left_of,
    rest,
    span_of_days,
    stretches,
    week_letter,
    week_of,
)


def at(text: str) -> datetime:
    """A moment in Japan."""
    return datetime.fromisoformat(text).replace(tzinfo=JAPAN)


def span(starts: str, ends: str) -> Span:
    """From the one to the other, in Japan."""
    return Span(at(starts), at(ends))


DAY = Line(Order.FIRST, time(8, 30), 570, "窓")
NIGHT = Line(Order.FIRST, time(18), 870, "守")


def test_a_night_begins_on_its_day_and_ends_on_the_next() -> None:
    (duty,) = lay([NIGHT], first=date(2026, 12, 31), last=date(2026, 12, 31))
    assert duty.span == span("2026-12-31 18:00", "2027-01-01 08:30")
    assert duty.span.holds(at("2027-01-01 08:29"))
    assert not duty.span.holds(at("2027-01-01 08:30"))


def test_days_and_nights_that_touch_leave_no_hole_and_no_double() -> None:
    spans = [
        duty.span for duty in lay([DAY, NIGHT], first=date(2028, 2, 27), last=date(2028, 3, 2))
    ]
    whole = Span(at("2028-02-27 08:30"), at("2028-03-03 08:30"))
    assert gaps(spans, within=whole) == []
    assert doubles(spans) == []
    assert any(each.starts.astimezone(JAPAN).date() == date(2028, 2, 29) for each in spans)
    assert list(stretches(spans)) == [whole]


def test_a_minute_too_few_is_a_gap_and_one_too_many_a_double() -> None:
    short, long = (
        span("2026-11-24 18:00", "2026-11-25 08:29"),
        span("2026-11-25 08:30", "2026-11-25 18:00"),
    )
    within = Span(short.starts, long.ends)
    assert gaps([short, long], within=within) == [span("2026-11-25 08:29", "2026-11-25 08:30")]
    over = span("2026-11-24 18:00", "2026-11-25 08:31")
    assert gaps([over, long], within=within) == []
    assert doubles([over, long]) == [span("2026-11-25 08:30", "2026-11-25 08:31")]


def test_weeks_alternate_over_the_year_s_end_without_two_alike() -> None:
    """2026 has 53 ISO weeks: odd and even by number would make two A weeks follow each other."""
    mondays = [date(2026, 12, 7) + timedelta(weeks=n) for n in range(8)]
    letters = [week_letter(monday) for monday in mondays]
    assert all(before is not after for before, after in pairwise(letters))
    line = Line(Order.FIRST, time(18), 870, "守", weekday=6, weeks=letters[3])
    held = lay([line], first=date(2026, 12, 21), last=date(2027, 1, 17))
    assert [duty.span.starts.date() for duty in held] == [date(2027, 1, 3), date(2027, 1, 17)]


def test_holidays_and_new_year_have_lines_of_their_own() -> None:
    ordinary = Line(Order.FIRST, time(0), 1440, "守", holidays=Holidays.NOT)
    holiday = Line(Order.FIRST, time(0), 1440, "窓", holidays=Holidays.ONLY)
    held = lay([ordinary, holiday], first=date(2026, 11, 22), last=date(2026, 11, 24))
    assert [duty.who for duty in held] == ["守", "窓", "守"], "勤労感謝の日"
    held = lay([ordinary, holiday], first=date(2026, 12, 28), last=date(2027, 1, 4))
    assert "".join(duty.who for duty in held) == "守窓窓窓窓窓窓守"


def test_where_lines_overlap_the_more_particular_one_holds() -> None:
    everyday = Line(Order.FIRST, time(0), 1440, "守")
    sundays = Line(Order.FIRST, time(9), 480, "窓", weekday=6)
    holidays = Line(Order.FIRST, time(12), 60, "長", holidays=Holidays.ONLY)
    second = Line(Order.SECOND, time(9), 480, "長", weekday=6)
    held = lay([holidays, second, sundays, everyday], first=date(2027, 1, 3), last=date(2027, 1, 3))
    firsts = [duty for duty in held if duty.order is Order.FIRST]
    told = [(f"{duty.span.starts.astimezone(JAPAN):%H}", duty.who) for duty in firsts]
    assert told == [("00", "守"), ("09", "窓"), ("12", "長"), ("13", "窓"), ("17", "守")]
    assert (
        gaps(
            [each.span for each in firsts], within=span_of_days(date(2027, 1, 3), date(2027, 1, 3))
        )
        == []
    )
    assert [duty.who for duty in held if duty.order is Order.SECOND] == ["長"]


def test_the_year_s_end_is_six_days() -> None:
    days = [date(2026, 12, 28) + timedelta(days=n) for n in range(8)]
    assert [is_year_end(day) for day in days] == [False, *[True] * 6, False]
    assert all(rest(day) for day in days[1:-1])


def test_a_line_holds_only_between_its_days_and_on_its_weekday() -> None:
    line = Line(
        Order.SECOND, time(9), 60, "守", weekday=0, first=date(2026, 11, 9), last=date(2026, 11, 16)
    )
    held = lay([line], first=date(2026, 11, 1), last=date(2026, 11, 30))
    assert [duty.span.starts.date().day for duty in held] == [9, 16]


def test_a_week_begins_on_monday() -> None:
    assert week_of(date(2027, 1, 3)) == date(2026, 12, 28)
    assert week_of(date(2027, 1, 4)) == date(2027, 1, 4)


def test_nothing_planned_is_one_gap() -> None:
    week = span_of_days(date(2026, 12, 28), date(2027, 1, 3))
    assert gaps([], within=week) == [week]
    assert week.ends - week.starts == timedelta(days=7)


@pytest.mark.parametrize(
    ("without", "left"),
    [
        (("10", "12"), [("09", "10"), ("12", "17")]),
        (("09", "12"), [("12", "17")]),
        (("12", "17"), [("09", "12")]),
        (("08", "18"), []),
        (("17", "18"), [("09", "17")]),
        (("08", "09"), [("09", "17")]),
    ],
)
def test_what_is_left_of_a_duty(without: tuple[str, str], left: list[tuple[str, str]]) -> None:
    def hours(pair: tuple[str, str]) -> Span:
        return span(f"2026-11-24 {pair[0]}:00", f"2026-11-24 {pair[1]}:00")

    assert left_of(hours(("09", "17")), without=hours(without)) == [hours(each) for each in left]


_MINUTES = st.integers(min_value=0, max_value=2000)


@given(st.lists(st.tuples(_MINUTES, _MINUTES), max_size=12))
def test_every_minute_is_covered_or_in_a_gap_and_never_both(pairs: list[tuple[int, int]]) -> None:
    """The naive meaning, minute by minute."""
    zero = datetime(2026, 12, 31, tzinfo=UTC)
    spans = [
        Span(zero + timedelta(minutes=a), zero + timedelta(minutes=b)) for a, b in pairs if a < b
    ]
    within = Span(zero + timedelta(minutes=100), zero + timedelta(minutes=1900))
    open_spans, shared = gaps(spans, within=within), doubles(spans)
    for minute in range(0, 2000, 7):
        moment = zero + timedelta(minutes=minute)
        count = sum(each.holds(moment) for each in spans)
        in_gap = any(each.holds(moment) for each in open_spans)
        assert in_gap is (count == 0 and within.holds(moment))
        assert any(each.holds(moment) for each in shared) is (count > 1)


def test_weeks_are_every_week_or_a_or_b() -> None:
    assert {week_letter(date(2024, 1, 1)), week_letter(date(2024, 1, 8))} == {Weeks.A, Weeks.B}

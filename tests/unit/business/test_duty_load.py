"""What is too much for one person, and how it is said."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hinomi.business.duty_load import Limits, nights, overloads
from hinomi.business.rota import JAPAN, Duty, Order, Span


def duty(who: str, starts: str, hours: float) -> Duty:
    """First on duty from a moment in Japan, for so long."""
    begin = datetime.fromisoformat(starts).replace(tzinfo=JAPAN)
    return Duty(Order.FIRST, Span(begin, begin + timedelta(hours=hours)), who)


def nightly(who: str, first: date, count: int) -> list[Duty]:
    """So many nights from 18:00 to 8:30, one after the other."""
    days = (first + timedelta(days=n) for n in range(count))
    return [duty(who, f"{day} 18:00", 14.5) for day in days]


LIMITS = Limits(nights_in_row=3, nights_in_month=4, rest_hours=9)


def test_three_nights_are_three_nights_and_four_are_too_many() -> None:
    assert overloads(nightly("守", date(2026, 12, 30), 3), limits=LIMITS) == []
    (found,) = overloads(nightly("守", date(2026, 12, 29), 4), limits=LIMITS)
    assert found.who == "守"
    assert found.words_ja == "12月29日から、夜が4日続きます。続けてよいのは3日までです。"


def test_nights_are_counted_by_the_month_in_which_they_begin() -> None:
    apart = [each for n in (1, 5, 9, 13, 17) for each in nightly("守", date(2028, 2, n), 1)]
    (found,) = overloads(apart, limits=LIMITS)
    assert found.words_ja == "2028年2月の夜が5日あります。1か月に4日までです。"
    across = [
        each
        for n in (0, 4, 8, 12)
        for each in nightly("守", date(2028, 2, 20) + timedelta(days=n), 1)
    ]
    assert overloads(across, limits=LIMITS) == [], "29 February and 3 March are two months"


def test_too_short_a_rest_is_said_with_its_hours() -> None:
    pair = [duty("守", "2026-11-24 08:30", 9.5), duty("守", "2026-11-25 00:00", 8)]
    (found,) = overloads(pair, limits=LIMITS)
    assert found.words_ja == (
        "11月24日の18時のあと、休みが6時間しかありません。9時間は空けてください。"
    )


def test_duties_that_touch_are_one_and_no_rest_is_missing_between_them() -> None:
    pair = [duty("守", "2026-11-24 08:30", 9.5), duty("守", "2026-11-24 18:00", 3)]
    assert overloads(pair, limits=LIMITS) == []


def test_another_person_s_nights_are_not_added() -> None:
    shared = nightly("守", date(2026, 11, 2), 2) + nightly("窓", date(2026, 11, 4), 2)
    assert overloads(shared, limits=LIMITS) == []


def test_an_evening_is_no_night_and_one_over_midnight_is_one_night() -> None:
    evening, late = duty("守", "2026-11-24 18:00", 4.5), duty("守", "2026-11-24 23:00", 2)
    assert nights([evening.span]) == set(), "half an hour after ten"
    assert nights([late.span]) == {date(2026, 11, 24)}
    assert nights([duty("守", "2026-12-31 22:00", 26).span]) == {
        date(2026, 12, 31),
        date(2027, 1, 1),
    }

"""What a source's days say of its health."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hinomi.business.health import Clock, Figures, Trouble, figures
from hinomi.store.health_rows import SourceDay

TODAY = date(2026, 11, 20)


def day(age: int, **counts: int) -> SourceDay:
    plain = {"records": 1_000, "readable": 1_000, "on_time": 1_000} | counts
    return SourceDay("org_aoi", "src_1", TODAY - timedelta(days=age), **plain)


def of(*days: SourceDay) -> Figures:
    return figures(days, today=TODAY)


def test_a_healthy_source_has_no_trouble() -> None:
    found = of(*(day(age, findings=2) for age in range(15)))
    assert found.trouble is Trouble.NONE
    assert (found.parse_rate, found.clock, found.usual_records) == (1.0, Clock.RIGHT, 1_000)


def test_unreadable_records_of_late_come_first_and_old_ones_are_forgotten() -> None:
    assert of(day(0, readable=400, duplicates=900)).trouble is Trouble.UNREADABLE
    assert of(day(5, readable=0), day(0)).trouble is Trouble.NONE


def test_a_handful_of_records_says_nothing() -> None:
    found = of(day(0, records=3, readable=0, on_time=0))
    assert (found.parse_rate, found.repeat_rate, found.clock) == (None, None, Clock.UNKNOWN)
    assert found.trouble is Trouble.NONE


def test_rules_that_stop_firing_are_told_while_records_go_on() -> None:
    before = [day(age, findings=3) for age in range(4, 12)]
    assert of(*before, day(0), day(1), day(2)).trouble is Trouble.RULES_STOPPED
    assert of(*before, day(0, findings=1)).trouble is Trouble.NONE
    assert of(*before).trouble is Trouble.NONE, "it is silent: another matter"


@pytest.mark.parametrize(
    ("counts", "clock"),
    [
        ({"on_time": 10, "ahead": 11}, Clock.AHEAD),
        ({"on_time": 0, "zone_behind": 30}, Clock.ZONE),
        ({"on_time": 20, "days_behind": 15}, Clock.RIGHT),  # an old buffer, once
        ({"on_time": 0, "minutes_behind": 9, "hours_behind": 2}, Clock.MINUTES),
    ],
)
def test_the_middle_event_says_where_the_clock_stands(counts: dict[str, int], clock: Clock) -> None:
    assert of(day(0, **counts)).clock is clock


def test_many_repeats_are_told() -> None:
    assert of(day(0, duplicates=400)).trouble is Trouble.REPEATS

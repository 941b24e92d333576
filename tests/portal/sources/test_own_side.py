"""Nobody's silence is judged over our own sleep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.clock import FixedClock
from hinomi.portal.sources import own_side
from hinomi.store.health_rows import AwakeHour
from tests.portal.town import configured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_django.fixtures import SettingsWrapper

NOW = datetime(2026, 11, 20, 3, 30, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STARTED = NOW - timedelta(days=2)


class Awake:
    """Awake from `begin` to now, but for the minutes ago in `slept`."""

    def __init__(self, *, begin: int = 180, slept: range = range(0)) -> None:
        minutes = [NOW.replace(second=0) - MINUTE * ago for ago in range(1, begin)]
        gone = {NOW.replace(second=0) - MINUTE * ago for ago in slept}
        self.hours: dict[datetime, int] = {}
        for minute in minutes:
            hour = minute.replace(minute=0)
            bit = 0 if minute in gone else 1 << minute.minute
            self.hours[hour] = self.hours.get(hour, 0) | bit

    def awake(self, *, since: datetime, until: datetime) -> Sequence[AwakeHour]:
        return [AwakeHour(hour, bits, bits) for hour, bits in sorted(self.hours.items())]


@pytest.fixture(autouse=True)
def _clock(settings: SettingsWrapper) -> None:
    settings.HINOMI = configured(clock=FixedClock(NOW))


def slept(awake: Awake, *, ago: timedelta = timedelta(hours=2)) -> timedelta:
    """How much of the last two hours was ours."""
    gaps = own_side.own_gaps(awake, started=STARTED)
    return own_side.slept_since(gaps, NOW.replace(second=0) - ago)


def test_without_a_gap_nothing_of_the_time_is_ours() -> None:
    assert slept(Awake(begin=180)) == timedelta(0)


def test_a_gap_is_as_long_as_it_was() -> None:
    assert slept(Awake(slept=range(20, 50))) == 30 * MINUTE
    assert slept(Awake(slept=range(20, 50)), ago=30 * MINUTE) == 11 * MINUTE
    assert slept(Awake(slept=range(20, 50)), ago=10 * MINUTE) == timedelta(0)


def test_a_restart_within_two_minutes_is_no_gap() -> None:
    assert slept(Awake(slept=range(20, 21))) == timedelta(0)


def test_before_the_first_minute_known_we_slept() -> None:
    assert slept(Awake(begin=60)) == (120 - 59) * MINUTE


def test_while_we_sleep_all_that_time_is_ours() -> None:
    assert slept(Awake(slept=range(1, 9))) > 7 * MINUTE


def test_before_the_first_worker_only_our_own_start_counts() -> None:
    gaps = own_side.own_gaps(Awake(begin=1), started=STARTED)
    assert own_side.slept_since(gaps, STARTED - MINUTE) == MINUTE
    assert own_side.slept_since(gaps, STARTED) == timedelta(0)


def test_we_are_well_after_ten_minutes_of_work_and_not_before() -> None:
    assert own_side.is_well(Awake())
    assert not own_side.is_well(Awake(slept=range(4, 11)))
    assert not own_side.is_well(Awake(begin=1))

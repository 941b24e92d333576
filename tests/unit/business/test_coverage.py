"""Coverage by hour: our waking, times the sensors that were on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from hinomi.business.coverage import Coverage, Sensor, SensorHours, cover
from hinomi.business.rhythm import Usual
from hinomi.business.watching import Rhythm, SourceClass
from hinomi.business.working_days import Calendar

if TYPE_CHECKING:
    from collections.abc import Mapping

FRIDAY = datetime(2026, 11, 19, 15, tzinfo=UTC)  # midnight in Tokyo
WHOLE = (1 << 24) - 1
OFFICE = sum(1 << hour for hour in range(10))  # 9:00 to 18:59 in Tokyo
ALWAYS = {FRIDAY + timedelta(hours=n): (1 << 60) - 1 for n in range(24 * 30)}
UTM = Rhythm(SourceClass.NETWORK, 900)


def sensor(heard: Mapping[date, int], rhythm: Rhythm = UTM, **changes: object) -> Sensor:
    start = {"since": FRIDAY, "until": None} | changes
    return Sensor("src_1", "本社", rhythm, heard=heard, **start)  # type: ignore[arg-type]


def covered(one: Sensor, *, days: int = 1, awake: Mapping[datetime, int] = ALWAYS) -> SensorHours:
    until = FRIDAY + timedelta(days=days)
    return whole(one, awake=awake, until=until).sensors[0]


def whole(one: Sensor, *, awake: Mapping[datetime, int], until: datetime) -> Coverage:
    return cover([one], awake=awake, calendar=Calendar(), since=FRIDAY, until=until)


def every_day(bits: int) -> dict[date, int]:
    return {FRIDAY.date() + timedelta(days=n): bits for n in range(-1, 30)}


def test_a_utm_that_speaks_every_hour_is_watched_day_and_night() -> None:
    found = covered(sensor(every_day(WHOLE)))
    assert (found.watched, found.due, found.share) == (24, 24, 1.0)


def test_hours_without_a_word_are_silent() -> None:
    found = covered(sensor(every_day(OFFICE)))
    assert (found.watched, found.silent, found.share) == (10, 14, 10 / 24)


def test_what_is_usually_silent_at_night_has_no_gap_at_night() -> None:
    nightly = Rhythm(SourceClass.NETWORK, 900, Usual(sum(1 << h for h in range(9, 19)), 0))
    found = covered(sensor(every_day(OFFICE), nightly))
    assert (found.watched, found.off, found.silent) == (10, 14, 0)


def test_a_pc_is_to_be_watched_only_while_it_is_on() -> None:
    days = {FRIDAY.date(): 0, date(2026, 11, 20): OFFICE}
    found = covered(sensor(days, Rhythm(SourceClass.PC)), days=3)
    assert (found.watched, found.off, found.silent, found.share) == (10, 62, 0, 1.0)


def test_a_pc_that_vanished_becomes_a_gap_in_opening_hours() -> None:
    days = {date(2026, 11, 20): OFFICE}
    found = covered(sensor(days, Rhythm(SourceClass.PC)), days=10)
    assert found.silent > 0
    assert found.watched == 10


def test_a_sensor_that_speaks_every_three_hours_was_on_in_between() -> None:
    seldom = sum(1 << hour for hour in range(0, 24, 3))
    found = covered(sensor(every_day(seldom), Rhythm(SourceClass.NETWORK, 3 * 3600)))
    assert found.watched == 24


def test_our_own_sleep_is_ours_and_shown() -> None:
    slept = {hour: bits for hour, bits in ALWAYS.items() if hour != FRIDAY + timedelta(hours=3)}
    found = whole(sensor(every_day(WHOLE)), awake=slept, until=FRIDAY + timedelta(days=1))
    assert found.gaps == (FRIDAY + timedelta(hours=3),)
    assert (found.sensors[0].watched, found.sensors[0].ours) == (23, 1)
    assert found.share == 23 / 24


def test_a_restart_of_some_minutes_is_no_gap() -> None:
    restarted = {hour: bits & ~0b1111 for hour, bits in ALWAYS.items()}
    assert covered(sensor(every_day(WHOLE)), awake=restarted).ours == 0


def test_before_it_began_and_after_it_was_stopped_nothing_is_due() -> None:
    halves = {"since": FRIDAY + timedelta(hours=6), "until": FRIDAY + timedelta(hours=12)}
    found = covered(sensor({}, **halves))
    assert (found.due, found.silent) == (6, 6)
    assert covered(sensor({}, since=None)).due == 0


@given(
    bits=st.lists(st.integers(0, WHOLE), min_size=4, max_size=4),
    minutes=st.lists(st.integers(0, (1 << 60) - 1), min_size=48, max_size=48),
    kind=st.sampled_from(SourceClass),
)
def test_every_hour_is_exactly_one_thing(bits: list[int], minutes: list[int], kind: str) -> None:
    days = {FRIDAY.date() + timedelta(days=n): each for n, each in enumerate(bits, start=-1)}
    awake = {FRIDAY + timedelta(hours=n): each for n, each in enumerate(minutes)}
    one = sensor(days, Rhythm(SourceClass(kind), 900))
    found = covered(one, days=2, awake=awake)
    assert found.watched + found.off + found.silent + found.ours == 48
    assert 0 <= (found.share or 0) <= 1

"""止めてよいもの: who may stop what without asking, by the clock."""

from __future__ import annotations

from datetime import time

import pytest

from hinomi.business.stopping import Alone, StopLine


def line(alone: Alone, since: time | None = None, until: time | None = None) -> StopLine:
    return StopLine("受注サーバー", "受注が止まる", alone, since, until, "社長", "09011112222")


@pytest.mark.parametrize(
    ("at", "is_in"),
    [
        (time(17, 59), False),
        (time(18), True),
        (time(0), True),
        (time(7, 59), True),
        (time(8), False),
    ],
)
def test_hours_past_midnight_hold_until_their_end(at: time, is_in: bool) -> None:
    found = line(Alone.MACHINE, time(18), time(8)).now_alone(at)
    assert found is (Alone.MACHINE if is_in else Alone.NOBODY)


@pytest.mark.parametrize(
    ("at", "is_in"), [(time(8, 59), False), (time(9), True), (time(17), False)]
)
def test_hours_of_a_day(at: time, is_in: bool) -> None:
    found = line(Alone.PERSON, time(9), time(17)).now_alone(at)
    assert found is (Alone.PERSON if is_in else Alone.NOBODY)


def test_without_hours_it_holds_always_and_what_must_be_asked_is_always_asked() -> None:
    assert line(Alone.MACHINE).now_alone(time(3)) is Alone.MACHINE
    assert line(Alone.NOBODY, time(0), time(23)).now_alone(time(3)) is Alone.NOBODY
    assert line(Alone.NOBODY, time(0), time(23)).hours_ja == ""
    assert line(Alone.PERSON, time(18), time(8, 5)).hours_ja == "18:00から8:05まで"

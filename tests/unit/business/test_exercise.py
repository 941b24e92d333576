"""訓練: when one may begin, how long an answer took, what a silence tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hinomi.business.exercise import (
    LIVES,
    Advice,
    Before,
    Refusal,
    advice_for,
    is_over,
    refusal,
    took_s,
    typical_s,
)

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
READY = Before(
    may_begin=True, has_open_alarm=False, is_running=False, begun_within_a_day=0, reachable=2
)


def test_nothing_stands_in_the_way_of_the_first_exercise_of_the_day() -> None:
    assert refusal(READY) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"may_begin": False}, Refusal.NOT_AGREED),
        ({"has_open_alarm": True}, Refusal.REAL),
        ({"is_running": True}, Refusal.RUNNING),
        ({"begun_within_a_day": 3}, Refusal.TOO_OFTEN),
        ({"reachable": 0}, Refusal.NOBODY),
        ({"has_open_alarm": True, "is_running": True}, Refusal.REAL),
    ],
)
def test_each_reason_refuses_and_something_real_before_all_others(
    change: dict[str, object], reason: Refusal
) -> None:
    assert refusal(replace(READY, **change)) is reason  # type: ignore[arg-type]


def test_it_is_over_after_exactly_a_day() -> None:
    assert not is_over(started_at=START, now=START + LIVES - timedelta(seconds=1))
    assert is_over(started_at=START, now=START + LIVES)


def test_a_key_pressed_before_the_call_was_written_down_took_no_time() -> None:
    assert took_s(sent_at=START, answered_at=START - timedelta(seconds=2)) == 0
    assert took_s(sent_at=START, answered_at=START + timedelta(seconds=130)) == 130


def test_the_middle_time_is_not_spoilt_by_one_who_slept() -> None:
    assert typical_s([40, 60, 80_000]) == 60
    assert typical_s([]) is None


@pytest.mark.parametrize(
    ("used", "lost", "quiet", "people", "advice"),
    [
        ([], [], [], 2, [Advice.NO_WAY, Advice.NO_PHONE]),
        (["mail"], [], [], 2, [Advice.NO_PHONE]),
        (["mail"], [], ["voice"], 2, [Advice.NIGHT]),
        (["mail", "voice"], [], [], 2, [Advice.PHONE]),
        (["mail", "voice"], ["voice"], [], 2, [Advice.LOST]),
        (["mail", "voice"], [], [], 1, [Advice.PHONE, Advice.SECOND]),
    ],
)
def test_a_silence_is_told_with_what_helps(
    used: list[str], lost: list[str], quiet: list[str], people: int, advice: list[Advice]
) -> None:
    assert advice_for(used=used, lost=lost, quiet=quiet, people=people) == advice

"""When an hour is unusual for a company, in which words, and that the stream equals the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.core.state import MemoryState
from hinomi.detect.baselines.measure import LEARNING_DAYS
from hinomi.detect.baselines.unusual_hour import ENOUGH_DAYS, UNUSUAL_HOUR
from tests.unit.detect.baselines.office import AOI, at, event, watched

if TYPE_CHECKING:
    from hinomi.core.records import Event

SUNDAY = 27
MEASURES = [UNUSUAL_HOUR]


def sign_in(day: int, hour: float, *, user: str = "mori", logon: str = "2") -> Event:
    fields = {"EventID": "4624", "LogonType": logon, "TargetUserName": user}
    return event(fields, at(day, hour), shape="windows", device="PC1", user=user)


def office_weeks(weeks: int = 4) -> list[Event]:
    """Monday to Friday, from eight to seven."""
    days = [week * 7 + day for week in range(weeks) for day in range(5)]
    return [sign_in(day, hour) for day in days for hour in (8, 12.5, 18.9)]


def reference(events: list[Event]) -> list[str]:
    """The specification: at each event, look through everything that came before it."""
    told: dict[tuple[int, str], str] = {}
    for number, one in enumerate(events):
        before = [_place(each) for each in events[:number]]
        day, kind, hour = _place(one)
        near = {d for d, k, h in before if k == kind and abs(h - hour) <= 1 and d != day}
        if len({d for d, _, _ in before if d < day}) >= LEARNING_DAYS and len(near) < ENOUGH_DAYS:
            told.setdefault((day, one.user), one.event_id)
    return list(told.values())


def _place(one: Event) -> tuple[int, int, int]:
    since = one.event_time - at(0, 0)
    return since.days, max(0, since.days % 7 - 4), since.seconds // 3600


def told(events: list[Event]) -> list[str]:
    return [found.event.event_id for found in watched(events, measures=MEASURES)]


_ANY = st.builds(
    sign_in, st.integers(0, 34), st.integers(0, 23), user=st.sampled_from(("mori", "aoi"))
)


@given(st.lists(_ANY, max_size=40))
def test_the_stream_tells_what_the_whole_history_tells(events: list[Event]) -> None:
    history = [*(sign_in(day, 10) for day in range(LEARNING_DAYS)), *events]

    assert told(history) == reference(history)


@given(st.lists(_ANY, max_size=40), st.integers(0, 60))
def test_saved_state_and_a_new_process_change_nothing(events: list[Event], cut: int) -> None:
    history, state = [*office_weeks(3), *events], MemoryState()
    first = watched(history[:cut], measures=MEASURES, state=state)
    second = watched(history[cut:], measures=MEASURES, state=state)

    assert [found.event.event_id for found in (*first, *second)] == told(history)


def test_what_is_usual_and_what_differs_is_said_in_words() -> None:
    (found,) = watched([*office_weeks(), sign_in(SUNDAY, 3.2)], measures=MEASURES)

    assert found.slots["usual"] == "平日8〜19時"
    assert found.slots["differs"] == "日曜3:12"
    assert found.slots["user"] == "mori"


@pytest.mark.parametrize("hour", [7.5, 13.2, 19.8])
def test_an_hour_more_or_less_is_usual(hour: float) -> None:
    assert not told([*office_weeks(), sign_in(28, hour)])


def test_one_evening_is_told_once_per_person() -> None:
    evening = [sign_in(28, 22 + minute / 60, user=user) for minute in (0, 20, 50)
               for user in ("mori", "aoi")]  # fmt: skip

    assert len(told([*office_weeks(), *evening])) == 2


def test_what_becomes_a_habit_is_not_told_for_ever() -> None:
    evenings = [sign_in(day, 22) for day in (28, 29, 30, 31)]

    assert told([*office_weeks(), *evenings]) == [one.event_id for one in evenings[:ENOUGH_DAYS]]


@pytest.mark.parametrize(
    ("user", "logon"), [("PC1$", "2"), ("mori", "3"), ("mori", "5"), ("", "2")]
)
def test_machines_keep_no_hours(user: str, logon: str) -> None:
    assert not told([*office_weeks(), sign_in(SUNDAY, 3, user=user, logon=logon)])


def test_the_memory_of_a_company_stays_small() -> None:
    state = MemoryState()
    watched(
        [sign_in(day, hour) for day in range(60) for hour in range(24)],
        measures=MEASURES,
        state=state,
    )
    size = sum(len(state.get(key) or b"") for key in state)

    assert size < 1_500
    assert {key.organisation for key in state} == {AOI}

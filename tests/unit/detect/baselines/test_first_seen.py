"""Measures that ask "was it ever here before?": what they tell, and that they equal the plainest
way of saying it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.core.directory import Usual
from hinomi.core.state import MemoryState
from hinomi.detect.baselines.first_seen import MOST_NEW, MOST_TOLD, FirstSeen
from hinomi.detect.baselines.measure import LEARNING_DAYS, MEMORY_DAYS, Sighting
from hinomi.detect.baselines.new_device import NEW_DEVICE
from tests.unit.detect.baselines.office import AOI, at, event, watched

if TYPE_CHECKING:
    from hinomi.core.records import Event

THINGS = FirstSeen(
    teller=NEW_DEVICE.teller,
    readers={"thing": lambda one: Sighting(one.device, one.fields["v"], one.fields["v"], "v")},
    usual="usual",
    differs="differs",
    asked="asked",
)
COMMON_THINGS = replace(THINGS, common_at=2)


def thing(day: int, scope: str, value: str, *, hour: float = 10.0) -> Event:
    return event({"v": value}, at(day, hour), shape="thing", device=scope)


def learnt(scope: str = "pc") -> list[Event]:
    return [thing(day, scope, "known") for day in range(LEARNING_DAYS)]


def told(events: list[Event], measure: FirstSeen = THINGS) -> list[str]:
    return [found.event.event_id for found in watched(events, measures=[measure])]


def reference(events: list[Event], measure: FirstSeen) -> list[str]:
    """The specification: at each event, look through everything that came before it."""
    found = []
    for number, one in enumerate(events):
        day, before = _day(one), events[:number]
        mine = [each for each in before if each.device == one.device]
        if any(each.fields == one.fields for each in mine):
            continue
        firsts = Counter(
            _day(each)
            for place, each in enumerate(mine)
            if each.fields not in [other.fields for other in mine[:place]]
        )
        holders = {each.device for each in before if each.fields == one.fields}
        if len({_day(each) for each in mine if _day(each) < day}) < LEARNING_DAYS:
            continue
        if firsts[day] >= MOST_TOLD or (measure.common_at and len(holders) >= measure.common_at):
            continue
        found.append(one.event_id)
    return found


def _day(one: Event) -> int:
    return (one.event_time - at(0, 0)).days


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Three weeks and more of things, mostly in order, some late, some again."""
    days = draw(st.lists(st.integers(0, 25), min_size=15, max_size=60))
    days.sort(key=lambda day: day + draw(st.integers(0, 4)))
    values, scopes = st.sampled_from("abcdefghij"), st.sampled_from(("pc1", "pc2", "pc3"))
    return [
        thing(day, draw(scopes), draw(values), hour=number / 10) for number, day in enumerate(days)
    ]


@given(histories(), st.sampled_from((THINGS, COMMON_THINGS)))
def test_the_stream_tells_what_the_whole_history_tells(
    events: list[Event], measure: FirstSeen
) -> None:
    history = [*learnt("pc1"), *learnt("pc2"), *events]

    assert told(history, measure) == reference(history, measure)


@given(histories(), st.integers(0, 60))
def test_saved_state_and_a_new_process_change_nothing(events: list[Event], cut: int) -> None:
    history = [*learnt("pc1"), *events]
    state = MemoryState()
    first = watched(history[:cut], measures=[THINGS], state=state)
    second = watched(history[cut:], measures=[THINGS], state=state)

    assert [one.event.event_id for one in (*first, *second)] == told(history)


def test_nothing_is_told_while_learning() -> None:
    events = [thing(day, "pc", f"value {day}") for day in range(LEARNING_DAYS)]

    assert not told(events)


def test_a_new_value_is_told_once_after_learning() -> None:
    new = thing(20, "pc", "new")

    assert told([*learnt(), new, thing(20, "pc", "new", hour=11)]) == [new.event_id]


def test_a_record_sent_again_is_not_told_again() -> None:
    events = [*learnt(), thing(20, "pc", "new")]

    assert len(told([*events, *events])) == 1


def test_a_late_record_of_the_learning_time_is_silent_and_known_from_then_on() -> None:
    assert not told([*learnt(), thing(3, "pc", "late"), thing(20, "pc", "late")])


def test_companies_learn_apart() -> None:
    stranger = replace(thing(20, "pc", "known"), organisation="fumi")

    assert not told([*learnt(), stranger])


def test_a_flood_of_new_values_is_told_few_times_and_remembered_within_limits() -> None:
    state = MemoryState()
    flood = [thing(20, "pc", f"new {n}", hour=n / 1000) for n in range(MOST_NEW + 200)]
    found = watched([*learnt(), *flood], measures=[THINGS], state=state)

    assert len(found) == MOST_TOLD
    assert len(state) <= MOST_NEW + 2


def test_what_was_not_seen_for_half_a_year_is_new_again_after_learning_anew() -> None:
    later = 20 + MEMORY_DAYS
    kept_up = [thing(day, "pc", "known") for day in range(20, later + 2)]
    back = thing(later + 2, "pc", "old")

    assert told([*learnt(), thing(13, "pc", "old"), *kept_up, back]) == [back.event_id]


def test_what_a_person_called_usual_is_not_told_and_can_be_taken_back() -> None:
    events = [*learnt(), thing(20, "pc", "new")]
    (found,) = watched(events, measures=[THINGS])
    usual = [Usual(AOI, found.teller.id, found.slots["usual_key"])]

    assert not watched(events, measures=[THINGS], usual=usual)
    assert watched(events, measures=[THINGS], usual=[])


@pytest.mark.parametrize("garbage", [b"", b"\xc1", b"\x93\x01\x02\x03"])
def test_memory_of_another_release_begins_anew(garbage: bytes) -> None:
    state = MemoryState()
    watched(learnt(), measures=[THINGS], state=state)
    for key in list(state):
        state.put(key, garbage, expires=at(400))

    assert not watched([thing(20, "pc", "new")], measures=[THINGS], state=state)

"""Even calls to a rare address are told once; people, updates and known addresses are not."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.core.state import MemoryState
from hinomi.detect.baselines.beaconing import (
    BEACONING,
    CALLS_KEPT,
    LEAST_HOURS,
    MOST_MACHINES,
    interval_of,
)
from hinomi.detect.baselines.measure import LEARNING_DAYS
from tests.unit.detect.baselines.office import at, event, watched

if TYPE_CHECKING:
    from hinomi.core.records import Event

KNOWN, RARE, OTHER = "203.0.113.4", "198.51.100.8", "198.51.100.9"
MEASURES = [BEACONING]


def call(day: int, hour: float, *, to: str = RARE, pc: str = "PC1", **more: str) -> Event:
    fields = {"type": "traffic", "action": "close", "srcip": "192.168.1.5", "srcname": pc,
              "dstip": to, "dstport": "443", "logid": "0000000013", **more}  # fmt: skip
    return event(fields, at(day, hour))


def learnt() -> list[Event]:
    return [call(day, 10, to=KNOWN) for day in range(LEARNING_DAYS)]


def beacon(day: int = 20, *, minutes: float = 10, calls: int = 60, **more: str) -> list[Event]:
    return [call(day, 8 + number * minutes / 60, **more) for number in range(calls)]


def told(events: list[Event]) -> list[str]:
    return [found.event.event_id for found in watched(events, measures=MEASURES)]


def reference(events: list[Event]) -> list[str]:
    """The specification: at each event, look through everything that came before it."""
    found: dict[tuple[str, str], str] = {}
    for number, one in enumerate(events):
        so_far = events[: number + 1]
        to, pc = one.fields["dstip"], one.fields["srcname"]
        same = [each for each in so_far if each.fields["dstip"] == to]
        first = min(_day(each) for each in same)
        if len({_day(each) for each in so_far if _day(each) < first}) < LEARNING_DAYS:
            continue
        if len({each.fields["srcname"] for each in same}) > MOST_MACHINES:
            continue
        times = sorted(_second(each) for each in same if each.fields["srcname"] == pc)
        times = [each for each in times if times[-1] - each <= 2 * 86_400]
        hours = sorted({each // 3_600 for each in times})[-CALLS_KEPT:]
        if len(hours) >= LEAST_HOURS and interval_of(times[-CALLS_KEPT:]) is not None:
            found.setdefault((to, pc), one.event_id)
    return list(found.values())


def _day(one: Event) -> int:
    return (one.event_time - at(0, 0)).days


def _second(one: Event) -> int:
    return int(one.event_time.timestamp())


@given(st.integers(0, 10_000))
def test_the_stream_tells_what_the_whole_history_tells(seed: int) -> None:
    random = Random(seed)
    calls = [
        each
        for pc in ("PC1", "PC2", "PC3")[: random.randint(1, 3)]
        for each in beacon(random.randint(13, 17), minutes=random.choice((7, 20, 61)), pc=pc,
                           calls=random.randint(5, 40), to=random.choice((RARE, KNOWN, OTHER)))
    ]  # fmt: skip
    calls += [call(random.randint(0, 20), random.random() * 24) for _ in range(seed % 4)]
    calls.sort(key=lambda each: _second(each) + random.randint(0, 4_000))
    history = [*learnt(), *calls]

    assert told(history) == reference(history)


def test_even_calls_are_told_once_in_words() -> None:
    (found,) = watched([*learnt(), *beacon(calls=140)], measures=MEASURES)

    assert found.slots["usual"] == "つながらない相手"
    assert found.slots["differs"] == "10分おきに24回以上の通信"
    assert found.slots["device"] == "PC1"
    assert found.why[0].value == RARE


def test_a_jitter_as_attackers_set_it_does_not_hide_the_calls() -> None:
    random = Random(7)
    calls = [call(20, 8 + (number * 10 + random.uniform(-0.8, 0.8)) / 60) for number in range(60)]

    assert len(told([*learnt(), *calls])) == 1


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param([each for day in (3, 20) for each in beacon(day)], id="known from learning"),
        pytest.param(beacon(calls=30), id="a page open for five hours"),
        pytest.param(beacon(dstport="123"), id="the time"),
        pytest.param(beacon(action="deny"), id="refused by the firewall"),
        pytest.param(beacon(logid="0000000020"), id="notices of one long session"),
        pytest.param(beacon(to="192.168.9.9"), id="inside the company"),
        pytest.param([call(20, hour, pc=f"PC{pc}") for hour in range(8, 22) for pc in range(4)],
                     id="an update that all PCs ask for"),
        pytest.param([call(20, 8 + Random(n).random() * 12) for n in range(60)], id="a person"),
    ],
)  # fmt: skip
def test_what_is_ordinary_is_not_told(calls: list[Event]) -> None:
    assert not told([*learnt(), *calls])


def test_late_and_shuffled_calls_are_found_too() -> None:
    calls = beacon(calls=70)
    Random(3).shuffle(calls)

    assert len(told([*learnt(), *calls])) == 1


def test_the_memory_of_a_machine_and_an_address_is_bounded() -> None:
    state = MemoryState()
    watched([*learnt(), *beacon(minutes=1, calls=3_000)], measures=MEASURES, state=state)

    assert max(len(state.get(key) or b"") for key in state) < 400

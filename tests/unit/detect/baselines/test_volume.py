"""How much is too much for one machine in a day, and that the stream equals the history."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.core.state import MemoryState
from hinomi.detect.baselines.measure import LEARNING_DAYS
from hinomi.detect.baselines.volume import KEPT_DAYS, LEAST_BYTES, VOLUME, most_usual
from tests.unit.detect.baselines.office import at, event, watched

if TYPE_CHECKING:
    from hinomi.core.records import Event

MEASURES = [VOLUME]
MB = 1_000_000


def sent(day: int, megabytes: int, *, hour: float = 10, pc: str = "PC1", **more: str) -> Event:
    fields = {"type": "traffic", "action": "close", "srcip": "192.168.1.5", "srcname": pc,
              "dstip": "203.0.113.9", "dstport": "443", "sentbyte": str(megabytes * MB),
              **more}  # fmt: skip
    return event(fields, at(day, hour))


def learnt(megabytes: int = 120) -> list[Event]:
    return [sent(day, megabytes + day % 5) for day in range(LEARNING_DAYS)]


def reference(events: list[Event]) -> list[str]:
    """The specification: at each event, add up everything that came before it."""
    told: dict[tuple[str, int], str] = {}
    for number, one in enumerate(events):
        pc, day = one.fields["srcname"], _day(one)
        sums: Counter[int] = Counter()
        for each in events[: number + 1]:
            if each.fields["srcname"] == pc:
                sums[_day(each)] += int(each.fields["sentbyte"])
        earlier = [amount for when, amount in sums.items() if when < day]
        if len(earlier) >= LEARNING_DAYS and sums[day] > most_usual(earlier):
            told.setdefault((pc, day), one.event_id)
    return list(told.values())


def _day(one: Event) -> int:
    return (one.event_time - at(0, 0)).days


def told(events: list[Event]) -> list[str]:
    return [found.event.event_id for found in watched(events, measures=MEASURES)]


_ANY = st.builds(
    sent, st.integers(0, KEPT_DAYS - 1), st.sampled_from((1, 90, 300, 700, 4_000)),
    hour=st.integers(0, 23), pc=st.sampled_from(("PC1", "PC2")),
)  # fmt: skip


@given(st.lists(_ANY, max_size=40))
def test_the_stream_tells_what_the_whole_history_tells(events: list[Event]) -> None:
    history = [*learnt(), *events]

    assert told(history) == reference(history)


@given(st.lists(_ANY, max_size=40), st.integers(0, 50))
def test_saved_state_and_a_new_process_change_nothing(events: list[Event], cut: int) -> None:
    history, state = [*learnt(), *events], MemoryState()
    first = watched(history[:cut], measures=MEASURES, state=state)
    second = watched(history[cut:], measures=MEASURES, state=state)

    assert [found.event.event_id for found in (*first, *second)] == told(history)


def test_what_is_usual_and_what_differs_is_said_in_words() -> None:
    morning, noon, evening = (sent(20, 1_700, hour=hour) for hour in (9, 12, 18))
    (found,) = watched([*learnt(), morning, noon, evening], measures=MEASURES)

    assert found.event == morning
    assert found.slots["usual"] == "1日に122MBくらい"
    assert found.slots["differs"] == "1日で1.7GB以上"
    assert found.slots["device"] == "PC1"


@pytest.mark.parametrize(
    ("usual", "today"), [(1, 400), (120, LEAST_BYTES // MB - 1), (900, 2_600)],
)  # fmt: skip
def test_a_little_more_or_little_at_all_is_not_told(usual: int, today: int) -> None:
    assert not told([*learnt(usual), sent(20, today)])


def test_a_machine_that_always_scatters_is_given_room() -> None:
    random = Random(5)
    days = [sent(day, random.randint(50, 1_000)) for day in range(LEARNING_DAYS + 6)]

    assert not told([*days, sent(25, 1_900)])


def test_a_long_session_is_counted_once() -> None:
    """FortiGate writes the whole sum again and again; `sentdelta` is what came since."""
    notices = [
        sent(20, 100 * number, hour=10 + number / 10, sentdelta=str(100 * MB), logid="0000000020")
        for number in range(1, 5)
    ]

    assert not told([*learnt(), *notices])


def test_fourteen_days_must_lie_before_it() -> None:
    assert not told([*learnt()[1:], sent(20, 9_000)])


def test_a_record_older_than_all_kept_days_changes_nothing() -> None:
    days = [sent(day, 100) for day in range(10, 10 + KEPT_DAYS)]

    assert not told([*days, sent(2, 90_000), sent(9, 90_000)])


def test_the_memory_of_a_machine_is_bounded() -> None:
    state = MemoryState()
    watched([sent(day, 4_000) for day in range(200)], measures=MEASURES, state=state)

    assert len(state) == 1
    assert max(len(state.get(key) or b"") for key in state) < 400

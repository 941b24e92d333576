"""Event ids in bulk are ULIDs, unique and rising."""

from __future__ import annotations

from hinomi.collect.event_ids import EventIds
from hinomi.core.ids import ulid


def test_ids_are_unique_and_rise_in_the_order_of_giving() -> None:
    ids = EventIds()
    given = [
        each
        for time_ms in (5, 5, 5, 6, 7)
        for count in (1, 3, 2000)
        for each in ids.take(count, time_ms=time_ms)
    ]
    assert len(given) == 5 * 2004
    assert given == sorted(set(given))


def test_ids_carry_the_time_of_arrival() -> None:
    time_ms = 1_795_222_923_456
    (found,) = EventIds().take(1, time_ms=time_ms)
    assert len(found) == 26
    assert found[:10] == ulid(time_ms=time_ms, randomness=0)[:10]


def test_two_processes_do_not_give_the_same_id() -> None:
    assert not set(EventIds().take(100, time_ms=5)) & set(EventIds().take(100, time_ms=5))


def test_a_clock_that_goes_back_gives_no_id_twice() -> None:
    ids = EventIds()
    given = [each for time_ms in (9, 5, 9, 5) for each in ids.take(10, time_ms=time_ms)]
    assert len(set(given)) == 40

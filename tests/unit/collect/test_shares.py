"""Nobody alone can fill what all share; room is never refused while there is plenty."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hinomi.collect.shares import Shares


def test_the_first_half_is_for_whoever_comes() -> None:
    shares = Shares(100)
    assert shares.take("aoi", 50)
    assert not shares.take("aoi", 1)
    assert shares.take("fumi", 30)
    assert not shares.take("fumi", 10)


def test_one_that_floods_leaves_room_for_the_next_and_the_one_after() -> None:
    shares = Shares(100)
    while shares.take("flood", 1):
        pass
    for quiet in ("fumi", "mio", "haru"):
        assert shares.take(quiet, 5)
    shares.give_back("flood", 50)
    assert shares.take("flood", 20)


def test_a_thing_larger_than_a_share_is_let_in_when_it_is_the_first() -> None:
    shares = Shares(100)
    assert shares.take("aoi", 150)  # nothing else is held: else it never could be
    assert not shares.take("fumi", 1)
    shares.give_back("aoi", 150)
    assert shares.take("fumi", 10)
    assert shares.take("aoi", 90)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 60)), max_size=40))
def test_the_bound_is_kept_and_everything_given_back(asked: list[tuple[str, int]]) -> None:
    shares = Shares(100)
    taken = [(holder, amount) for holder, amount in asked if shares.take(holder, amount)]
    assert shares.total == sum(amount for _, amount in taken) <= 100
    for holder, amount in taken:
        shares.give_back(holder, amount)
    assert shares.total == 0
    assert shares.take("last", 100)

"""The rate limit: one flood does not drown the others, and says when to come back."""

from __future__ import annotations

from hinomi.collect.rate import Rates


class Hand:
    """A clock moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_source_gets_its_burst_then_its_rate() -> None:
    hand = Hand()
    rates = Rates(rate=10, burst=100, monotonic=hand)
    assert rates.wait_s("a", 100) == 0
    assert rates.wait_s("a", 10) == 1.0
    hand.now = 1.0
    assert rates.wait_s("a", 10) == 0
    assert rates.wait_s("a", 1) > 0


def test_other_sources_are_not_touched() -> None:
    rates = Rates(rate=10, burst=100, monotonic=Hand())
    rates.wait_s("a", 100)
    assert rates.wait_s("b", 100) == 0


def test_a_batch_larger_than_the_burst_is_let_in_once_and_paid_for() -> None:
    hand = Hand()
    rates = Rates(rate=10, burst=100, monotonic=hand)
    assert rates.wait_s("a", 300) == 0
    hand.now = 19.0
    assert rates.wait_s("a", 1) > 0
    hand.now = 21.0
    assert rates.wait_s("a", 1) == 0


def test_idle_sources_are_forgotten_without_a_gift() -> None:
    hand = Hand()
    rates = Rates(rate=10, burst=100, monotonic=hand)
    rates.wait_s("a", 100)
    hand.now = 5.0
    rates.forget_idle()
    assert rates.wait_s("a", 100) > 0
    hand.now = 20.0
    rates.forget_idle()
    assert rates.wait_s("a", 100) == 0

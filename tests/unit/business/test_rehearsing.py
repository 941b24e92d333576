"""Marks of a rehearsal case, and the levels that results give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hinomi.business.rehearsing import HOLDS, Mark, Weighs, in_order, levels, result

MOMENT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
CALLS = ("a", "b", "c", "d", "e")
INCIDENTS = ("x", "y", "z")


def mark(points: float, *, is_grave: bool = False) -> Mark:
    return Mark(Weighs.STEP, points, 10, "", "", is_grave)


def passed(names: str, *, days_ago: int = 0) -> dict[str, datetime]:
    return dict.fromkeys(names, MOMENT - timedelta(days=days_ago))


def test_the_right_order_is_worth_all_and_the_reverse_nothing() -> None:
    assert in_order("abcd", "abcd") == 1.0
    assert in_order("dcba", "abcd") == 0.0


def test_a_swap_of_neighbours_costs_less_than_the_first_question_asked_last() -> None:
    assert in_order("abdc", "abcd") > in_order("bcda", "abcd") > 0


@pytest.mark.parametrize(
    ("points", "is_grave", "percent", "is_passed"),
    [
        ([10, 10], False, 100, True),
        ([10, 6], False, 80, True),
        ([10, 5.8], False, 79, False),
        ([10, 10], True, 100, False),
        ([99, -5], False, 50, False),
        ([], False, 0, False),
    ],
)
def test_eighty_percent_without_a_grave_mistake_passes(
    points: list[float], is_grave: bool, percent: int, is_passed: bool
) -> None:
    found = result([mark(each, is_grave=is_grave) for each in points])
    assert (found.percent, found.passed) == (percent, is_passed)


@pytest.mark.parametrize(
    ("names", "highest"),
    [("", 0), ("ab", 0), ("xyz", 0), ("abc", 1), ("abcde", 1), ("abcdx", 1), ("abcdex", 2),
     ("abcdexyz", 3)],
)  # fmt: skip
def test_levels_follow_from_which_cases_were_passed(names: str, highest: int) -> None:
    found = levels(passed(names), calls=CALLS, incidents=INCIDENTS)
    assert sorted(found) == list(range(1, highest + 1))


def test_a_level_ends_with_the_oldest_result_it_needs() -> None:
    found = levels(
        passed("abc") | passed("de", days_ago=100) | passed("x", days_ago=30),
        calls=CALLS,
        incidents=INCIDENTS,
    )
    assert found[1] == MOMENT + HOLDS
    assert found[2] == MOMENT + HOLDS - timedelta(days=100)


def test_a_higher_level_never_outlives_a_lower_one() -> None:
    for names in ("abcdex", "abcdexyz"):
        ages = {
            name: MOMENT - timedelta(days=17 * at % 90) for at, name in enumerate(sorted(names))
        }
        found = levels(ages, calls=CALLS, incidents=INCIDENTS)
        ends = [found[level] for level in sorted(found)]
        assert ends == sorted(ends, reverse=True)

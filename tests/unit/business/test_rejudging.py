"""Which automatic decisions a person judges again, and what the answers say."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hinomi.business import rejudging
from hinomi.business.rejudging import Candidate

if TYPE_CHECKING:
    import random

COUNTS = st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(0, 20_000), max_size=12)


def week(counts: dict[str, int]) -> list[Candidate]:
    """That many decisions of each kind."""
    kinds = [kind for kind, count in sorted(counts.items()) for _ in range(count)]
    return [Candidate(key, kind, f"hash-{key}") for key, kind in enumerate(kinds)]


@given(COUNTS)
def test_two_percent_and_at_least_ten_and_all_when_there_are_fewer(counts: dict[str, int]) -> None:
    total = sum(counts.values())
    drawn = sum(rejudging.shares(counts).values())
    assert drawn >= min(total, 10)
    assert drawn * 50 >= total
    kinds = sum(count > 0 for count in counts.values())
    assert drawn <= max(min(total, 10), total / 50 + 1, kinds)


@given(COUNTS)
def test_no_kind_is_drowned_and_none_gives_more_than_it_has(counts: dict[str, int]) -> None:
    given_ = rejudging.shares(counts)
    assert set(given_) == {kind for kind, count in counts.items() if count}
    assert all(1 <= number <= counts[kind] for kind, number in given_.items())


def test_one_rare_kind_stands_beside_ten_thousand_of_another() -> None:
    assert rejudging.shares({"often": 9_999, "rare": 1}) == {"often": 199, "rare": 1}


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 60), max_size=4),
    st.text(max_size=10),
    st.randoms(use_true_random=False),
)
def test_the_same_seed_draws_the_same_in_whatever_order_they_are_read(
    counts: dict[str, int], seed: str, shuffled: random.Random
) -> None:
    rows, given_ = week(counts), rejudging.shares(counts)
    keys = rejudging.draw(rows, given=given_, seed=seed)
    shuffled.shuffle(rows)
    assert rejudging.draw(rows, given=given_, seed=seed) == keys
    kinds = {row.key: row.kind for row in rows}
    drawn = [kinds[key] for key in keys]
    assert len(set(keys)) == len(keys)
    assert {kind: drawn.count(kind) for kind in given_} == given_


def test_another_seed_draws_others_and_every_decision_has_its_chance() -> None:
    rows = week({"a": 100})
    draws = [rejudging.draw(rows, given={"a": 10}, seed=str(seed)) for seed in range(200)]
    assert len({tuple(each) for each in draws}) > 190
    times = [sum(key in each for each in draws) for key in range(100)]
    assert min(times) > 5  # 20 expected
    assert max(times) < 45


@pytest.mark.parametrize(
    ("moment", "monday"),
    [
        ("2026-11-22T14:59:59", date(2026, 11, 9)),  # Sunday 23:59:59 in Japan
        ("2026-11-22T15:00:00", date(2026, 11, 16)),  # Monday 0:00
        ("2026-11-29T14:59:59", date(2026, 11, 16)),
        ("2026-12-31T20:00:00", date(2026, 12, 21)),
    ],
)
def test_a_week_ends_on_sunday_at_midnight_in_japan(moment: str, monday: date) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert rejudging.last_week(now) == monday
    begin, end = rejudging.span(monday)
    assert begin.isoformat() == f"{monday}T00:00:00+09:00"
    assert end - begin == timedelta(days=7)
    assert end <= now < end + timedelta(days=7)


@given(st.integers(0, 5_000), st.integers(0, 5_000))
def test_the_interval_holds_the_rate_and_stays_a_rate(one: int, other: int) -> None:
    errors, judged = sorted((one, other))
    low, high = rejudging.wilson(errors, judged)
    assert 0 <= low <= (errors / judged if judged else 0) <= high <= 1
    assert low < high


@given(st.integers(1, 2_000))
def test_more_answers_of_the_same_rate_say_more(judged: int) -> None:
    narrow, wide = rejudging.wilson(judged, 20 * judged), rejudging.wilson(judged - 1, judged)
    assert narrow[1] - narrow[0] < 1
    ten = rejudging.wilson(10 * judged, 200 * judged)
    assert ten[1] - ten[0] < narrow[1] - narrow[0]
    assert wide[1] <= 1


def test_the_sentence_names_what_it_rests_on() -> None:
    assert rejudging.told(3, 120) == "120件中3件（2.5%）、誤りは0.9〜7.1%と見ています"
    assert rejudging.told(0, 30) == "30件中0件（0.0%）、誤りは0.0〜11.4%と見ています"


@pytest.mark.parametrize("judged", [0, 1, 29])
def test_of_too_few_no_rate_is_claimed(judged: int) -> None:
    said = rejudging.told(0, judged)
    assert said == f"{judged}件を見直しました。30件になるまで、割合は出しません。"


def test_more_errors_than_answers_are_refused() -> None:
    with pytest.raises(ValueError, match="no more errors"):
        rejudging.wilson(2, 1)

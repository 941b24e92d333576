"""The line to the tower: where it may go, and how long it pauses."""

from __future__ import annotations

import pytest

from hinomi.core.errors import UsageError
from hinomi.store.uplink import Backoff, asked_wait_s, checked_address


@pytest.mark.parametrize(
    "url",
    [
        "https://tower.example.jp/ingest/v1/relay",
        "https://192.0.2.7:8443/",
        "http://127.0.0.1:8421/",
        "http://localhost/",
        "http://[::1]:80/",
    ],
)
def test_an_address_that_keeps_the_token_is_taken_as_it_is(url: str) -> None:
    assert checked_address(url) == url


@pytest.mark.parametrize(
    "url", ["http://tower.example.jp/", "http://192.0.2.7/", "http://10.0.0.1"]
)
def test_a_token_never_crosses_a_network_in_the_open(url: str) -> None:
    with pytest.raises(UsageError, match="in the open"):
        checked_address(url)


@pytest.mark.parametrize(
    "url", ["", "tower", "ftp://tower.example.jp/", "https://", "https://a:b", "https://a:99999/"]
)
def test_what_is_no_address_is_told_so(url: str) -> None:
    with pytest.raises(UsageError, match="no web address"):
        checked_address(url)


def test_pauses_double_up_to_their_end_and_begin_anew() -> None:
    pauses = Backoff(first_s=1, most_s=10, draw=lambda: 0.0)
    assert [pauses.next_s() for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    pauses.reset()
    assert pauses.next_s(at_least=90) == 90


@pytest.mark.parametrize(
    ("told", "wait_s"),
    [("17", 17), ("", 0), ("-3", 0), ("\u00b2", 0), ("99999999", 3600), ("Sat, 21 Nov", 0)],
)
def test_what_the_tower_asks_for_is_kept_within_an_hour(told: str, wait_s: float) -> None:
    assert asked_wait_s(told) == wait_s

"""By when a call can be promised."""

from __future__ import annotations

from datetime import datetime, timedelta

from hinomi.business.promised_calls import deadlines, half_hour_of
from hinomi.business.rota import JAPAN


def at(text: str) -> datetime:
    """A moment in Japan."""
    return datetime.fromisoformat(text).replace(tzinfo=JAPAN)


def test_times_are_told_in_tens_and_never_sooner_than_a_quarter_of_an_hour() -> None:
    found = list(deadlines(earliest=at("2026-11-24 10:16"), latest=at("2026-11-24 11:00")))
    assert [f"{each.astimezone(JAPAN):%H%M}" for each in found] == ["1040", "1050", "1100"]
    exact = deadlines(earliest=at("2026-11-24 10:15"), latest=at("2026-11-24 10:30"))
    assert list(exact) == [at("2026-11-24 10:30")]


def test_no_time_is_no_promise() -> None:
    assert list(deadlines(earliest=at("2026-11-24 10:16"), latest=at("2026-11-24 10:39"))) == []
    assert list(deadlines(earliest=at("2026-11-24 10:16"), latest=at("2026-11-23 10:39"))) == []


def test_an_endless_wish_ends_after_a_week() -> None:
    found = list(deadlines(earliest=at("2026-12-31 23:50"), latest=at("2099-01-01 00:00")))
    assert found[0] == at("2027-01-01 00:10")
    assert found[-1] - found[0] < timedelta(days=7)


def test_a_full_hour_belongs_to_the_half_hour_before_it() -> None:
    assert half_hour_of(at("2026-11-24 11:00")) == at("2026-11-24 10:30")
    assert half_hour_of(at("2026-11-24 10:40")) == at("2026-11-24 10:30")
    assert half_hour_of(at("2027-01-01 00:00")) == at("2026-12-31 23:30")

"""Times: missing years and zones, epochs by magnitude, clocks that run ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hinomi.core.words import TimeNote
from hinomi.normalise.moment import (
    Stated,
    from_epoch,
    from_text,
    nearest_day,
    settle,
    zone_named,
    zone_of_offset,
)

TOKYO = ZoneInfo("Asia/Tokyo")
RECEIVED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1668002319383195535", "2022-11-09T13:58:39.383196+00:00"),
        ("1668002319383195", "2022-11-09T13:58:39.383195+00:00"),
        ("1668002319383", "2022-11-09T13:58:39.383000+00:00"),
        ("1668002319", "2022-11-09T13:58:39+00:00"),
        ("1668002319.25", "2022-11-09T13:58:39.250000+00:00"),
    ],
)
def test_the_unit_of_an_epoch_shows_in_its_length(text: str, expected: str) -> None:
    moment = from_epoch(text)
    assert moment is not None
    assert moment.isoformat() == expected


@pytest.mark.parametrize(
    "text", ["", "12", "20261120101112", "１６６８００２３１９", "-1668002319", "nine"]
)
def test_other_numbers_are_no_epoch(text: str) -> None:
    """Fourteen digits are a written date, full-width digits are a name."""
    assert from_epoch(text) is None


@pytest.mark.parametrize(
    ("text", "expected", "note"),
    [
        ("2026-11-20T09:10:11Z", "2026-11-20T09:10:11+00:00", TimeNote.STATED),
        (
            "2026-11-20T09:10:11.123456789+09:00",
            "2026-11-20T00:10:11.123456+00:00",
            TimeNote.STATED,
        ),
        ("2026-11-20T09:10:11-0400", "2026-11-20T13:10:11+00:00", TimeNote.STATED),
        ("2026/11/20 09:10:11", "2026-11-20T00:10:11+00:00", TimeNote.NO_ZONE),
        ("Nov 20 2026 09:10:11", "2026-11-20T00:10:11+00:00", TimeNote.NO_ZONE),
        ("20/Nov/2026:09:10:11 +0900", "2026-11-20T00:10:11+00:00", TimeNote.STATED),
        ("20-May-2024 09:08:10", "2024-05-20T00:08:10+00:00", TimeNote.NO_ZONE),
        ("Nov 20 09:10:11", "2026-11-20T00:10:11+00:00", TimeNote.NO_YEAR),
        ("Nov 20 2026 09:10:11 UTC", "2026-11-20T09:10:11+00:00", TimeNote.STATED),
        ("Nov 20 09:10:60", "2026-11-20T00:10:59+00:00", TimeNote.NO_YEAR),
    ],
)
def test_times_are_read_in_every_spelling(text: str, expected: str, note: TimeNote) -> None:
    stated = from_text(text, TOKYO, RECEIVED)
    assert stated is not None
    assert (stated.at.isoformat(), stated.note) == (expected, note)


@pytest.mark.parametrize("text", ["", "soon", "Xxx 20 09:10:11", "2026-13-40 09:10:11", "12:00:00"])
def test_what_is_no_time_gives_nothing(text: str) -> None:
    assert from_text(text, TOKYO, RECEIVED) is None


@pytest.mark.parametrize(
    ("iso", "by_pattern"),
    [
        ("2026-11-20T09:59:58Z", "2026-11-20 09:59:58Z"),
        ("2026-11-20T09:59:58.5Z", "2026-11-20 09:59:58.5Z"),
        ("2026-11-20T09:59:58.123456789Z", "2026-11-20 09:59:58.123456789Z"),
        ("2026-11-20T09:59:58,123Z", "2026-11-20 09:59:58,123Z"),
        ("2026-11-20T09:59:60Z", "2026-11-20 09:59:60Z"),
        ("2026-11-20T09:59:58.1234567891Z", "2026-11-20 09:59:58.1234567891Z"),
        ("2026-13-20T09:59:58.123Z", "2026-13-20 09:59:58.123Z"),
        ("2026-W47-5T09:59:58.12Z", "2026-W47-5 09:59:58.12Z"),
        ("2026-11-20T24:00:00.123Z", "2026-11-20 24:00:00.123Z"),
    ],
)
def test_the_quick_way_to_read_a_time_says_what_the_pattern_says(iso: str, by_pattern: str) -> None:
    """Only the letter T sends a text down the quick way."""
    assert from_text(iso, TOKYO, RECEIVED) == from_text(by_pattern, TOKYO, RECEIVED)


def test_a_december_line_received_in_january_is_of_last_year() -> None:
    new_year = datetime(2027, 1, 1, 0, 0, 5, tzinfo=TOKYO)
    stated = from_text("Dec 31 23:59:58", TOKYO, new_year)
    assert stated is not None
    assert stated.at.astimezone(TOKYO).isoformat() == "2026-12-31T23:59:58+09:00"


def test_a_january_line_received_just_before_midnight_is_of_next_year() -> None:
    """The sender's clock is a little ahead; eleven months in the past would be absurd."""
    stated = from_text("Jan  1 00:00:02", TOKYO, datetime(2026, 12, 31, 23, 59, 58, tzinfo=TOKYO))
    assert stated is not None
    assert stated.at.astimezone(TOKYO).year == 2027


def test_a_leap_day_finds_a_leap_year() -> None:
    stated = from_text("Feb 29 10:00:00", TOKYO, RECEIVED)
    assert stated is not None
    assert stated.at.year == 2024


def test_a_bare_time_after_the_receive_time_is_yesterdays() -> None:
    stated = nearest_day("23:00:00", TOKYO, RECEIVED)
    assert stated is not None
    assert stated.at.astimezone(TOKYO).isoformat() == "2026-11-19T23:00:00+09:00"


@pytest.mark.parametrize("ahead_s", [301, 86_400, 10**9])
def test_a_future_time_gives_way_to_the_receive_time(ahead_s: int) -> None:
    stated = Stated(RECEIVED + timedelta(seconds=ahead_s))
    assert settle(stated, RECEIVED) == (RECEIVED, TimeNote.FUTURE)


def test_five_minutes_ahead_are_still_believed() -> None:
    at = RECEIVED + timedelta(minutes=5)
    assert settle(Stated(at), RECEIVED) == (at, TimeNote.STATED)


def test_no_time_means_the_receive_time() -> None:
    assert settle(None, RECEIVED) == (RECEIVED, TimeNote.RECEIVED)


@pytest.mark.parametrize("text", ["IST", "BST", "EST", "", "+99:00", "Mars"])
def test_ambiguous_zones_are_no_zones(text: str) -> None:
    assert zone_of_offset(text) is None


@pytest.mark.parametrize("name", ["", "No/Where", "../../etc/passwd", "Asia/Tokyo\x00"])
def test_an_unknown_zone_counts_as_japan(name: str) -> None:
    assert zone_named(name) == TOKYO

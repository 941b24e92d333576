"""When equipment grows weak: ends of contracts, and systems without updates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hinomi.business.equipment import Ends, ends, is_old

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-1, Ends.OVER),
        (0, Ends.NEAR),
        (30, Ends.NEAR),
        (31, Ends.SOON),
        (60, Ends.SOON),
        (61, Ends.FAR),
    ],
)
def test_the_last_day_still_counts_and_the_end_is_told_in_time(days: int, expected: Ends) -> None:
    assert ends(TODAY + timedelta(days=days), today=TODAY) is expected


def test_a_day_nobody_wrote_is_not_known() -> None:
    assert ends(None, today=TODAY) is Ends.UNKNOWN


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("Windows 7", True),
        ("Windows 10 Pro 22H2", True),
        ("Windows 11", False),
        ("Windows Server 2016", False),
        ("Windows Server 2012 R2", True),
        ("macOS", False),
        ("", False),
    ],
)
def test_a_system_is_old_when_its_maker_gives_no_more_updates(system: str, expected: bool) -> None:
    assert is_old(system, today=TODAY) is expected


def test_a_system_is_not_old_on_its_last_day() -> None:
    assert not is_old("Windows 10", today=date(2025, 10, 14))
    assert is_old("Windows 10", today=date(2025, 10, 15))

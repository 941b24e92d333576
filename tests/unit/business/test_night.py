"""When it is night for a company, and until when somebody is rung."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from hinomi.business.night import Hours, is_night, may_ring
from hinomi.business.working_days import Calendar

USUAL = Calendar()


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 23, 23, 29, tzinfo=UTC), True),  # 8:29 in Japan
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 8, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 9, 0, tzinfo=UTC), True),
        (datetime(2026, 12, 31, 18, 0, tzinfo=UTC), True),  # 3:00 on 1 January
        (datetime(2028, 2, 29, 1, 0, tzinfo=UTC), False),
    ],
)
def test_night_is_told_in_the_company_s_own_zone(moment: datetime, expected: bool) -> None:
    assert is_night(USUAL, moment) is expected


def test_agreed_hours_come_before_the_company_s_own() -> None:
    nine = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    assert not is_night(USUAL, nine)
    assert is_night(USUAL, nine, hours=Hours(time(10), time(17)))


@pytest.mark.parametrize(
    ("at", "until", "expected"),
    [
        (time(19), time(22), True),
        (time(22), time(22), False),
        (time(3), time(22), False),
        (time(9), time(22), True),  # a closed day
        (time(23), time(1), True),
        (time(0, 59), time(1), True),
        (time(1), time(1), False),
        (time(8, 29), time(1), False),
        (time(8, 30), time(1), True),
        (time(3), None, True),
    ],
)
def test_somebody_is_rung_until_the_agreed_time(
    at: time, until: time | None, expected: bool
) -> None:
    assert may_ring(at=at, until=until, opens=time(8, 30)) is expected

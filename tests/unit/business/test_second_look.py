"""A second look is due at the next noon of the company's own zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hinomi.business.second_look import due_at


@pytest.mark.parametrize(
    ("asked", "zone", "due"),
    [
        ("2026-12-31T17:00", "Asia/Tokyo", "2027-01-01T03:00"),
        ("2026-12-04T02:59", "Asia/Tokyo", "2026-12-04T03:00"),
        ("2026-12-04T03:00", "Asia/Tokyo", "2026-12-05T03:00"),
        ("2028-02-28T14:00", "Asia/Tokyo", "2028-02-29T03:00"),
        ("2026-12-04T17:00", "UTC", "2026-12-05T12:00"),
        ("2026-03-29T00:30", "Europe/Paris", "2026-03-29T10:00"),
    ],
)
def test_noon_is_the_companys_own(asked: str, zone: str, due: str) -> None:
    moment = datetime.fromisoformat(asked).replace(tzinfo=UTC)
    assert due_at(moment, timezone=zone) == datetime.fromisoformat(due).replace(tzinfo=UTC)

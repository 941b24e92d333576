"""What the tests of normalise share: a record and a fixed receive time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.core.records import Event, RawRecord
from hinomi.normalise import read_record

if TYPE_CHECKING:
    from collections.abc import Callable

RECEIVED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture
def record() -> Callable[..., RawRecord]:
    """Makes one raw record; the defaults are a Japanese office's."""

    def make(
        raw: bytes | str,
        *,
        kind: str = "auto",
        timezone: str = "Asia/Tokyo",
        receive_time: datetime = RECEIVED,
    ) -> RawRecord:
        data = raw.encode() if isinstance(raw, str) else raw
        return RawRecord("01TEST", "aoi", "s1", kind, timezone, receive_time, data)

    return make


@pytest.fixture
def event(record: Callable[..., RawRecord]) -> Callable[..., Event]:
    """Reads one line that must become an event."""

    def read(raw: bytes | str, **options: object) -> Event:
        result = read_record(record(raw, **options))
        assert isinstance(result, Event), result
        return result

    return read

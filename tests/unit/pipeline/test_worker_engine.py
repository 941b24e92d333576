"""One record never stops the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hinomi.core.records import Event, RawRecord, SetAside
from hinomi.core.words import SetAsideReason
from hinomi.normalise import read_record
from hinomi.pipeline.findings import Versions
from hinomi.pipeline.worker_engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from hinomi.detect import Match

NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
RAW = RawRecord("E1", "org_aoi", "src_1", "auto", "Asia/Tokyo", NOW, b'{"message": "hello"}')


class NoRules:
    def match(self, event: Event) -> Sequence[Match]:
        return ()


class BrokenRules:
    def match(self, event: Event) -> Sequence[Match]:
        raise ZeroDivisionError


def an_engine(reader: Callable[[RawRecord], Event | SetAside] = read_record) -> Engine:
    return Engine(reader, NoRules(), Versions(), {})


def broken(_: RawRecord) -> Event | SetAside:
    raise KeyError("surprise")


def test_a_reader_that_raises_costs_only_its_own_record(caplog: pytest.LogCaptureFixture) -> None:
    record = an_engine(broken).read(RAW)
    assert isinstance(record, SetAside)
    assert (record.reason, record.detail) == (SetAsideReason.CRASHED_READER, "KeyError")
    assert record.raw == RAW.raw
    assert "E1" in caplog.text


def test_a_matcher_that_raises_is_reported_and_the_event_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    event = an_engine().read(RAW)
    assert isinstance(event, Event)
    assert replace(an_engine(), matcher=BrokenRules()).find(event) == []
    assert "E1" in caplog.text


def test_a_frame_that_was_not_whole_is_set_aside_unread() -> None:
    fault = replace(RAW, frame_fault=SetAsideReason.TOO_LARGE)
    record = an_engine(broken).read(fault)
    assert isinstance(record, SetAside)
    assert record.reason is SetAsideReason.TOO_LARGE


def test_half_a_surrogate_pair_becomes_a_text_that_stores_can_hold() -> None:
    """JSON may carry it as an escape; SQLite, Parquet and mail cannot."""
    record = an_engine().read(replace(RAW, raw=b'{"message": "a\\ud800b"}'))
    assert isinstance(record, Event)
    assert all(value.encode() for value in record.fields.values())
    assert "a?b" in record.fields.values()

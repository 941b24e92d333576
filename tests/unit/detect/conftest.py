"""SigmaHQ's rules and recorded events, for tests that compare matchers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import evtx
import orjson
import pytest

from hinomi.core.records import Event, RawRecord
from hinomi.detect import Loaded, load_rules
from hinomi.normalise import read_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def sigmahq(sigmahq_folder: Path) -> Loaded:
    """All of SigmaHQ's rules, loaded once."""
    return load_rules([sigmahq_folder])


@pytest.fixture(scope="session")
def recorded() -> Callable[[Path], Iterator[Event]]:
    """Reads the events of an EVTX file."""

    def read(path: Path) -> Iterator[Event]:
        for record in evtx.PyEvtxParser(str(path)).records_json():
            raw = RawRecord(
                event_id=f"{path.name}:{record['event_record_id']}",
                organisation="aoi",
                source="s1",
                kind="windows",
                timezone="Asia/Tokyo",
                receive_time=datetime(2026, 11, 21, tzinfo=UTC),
                raw=record["data"].encode(),
            )
            event = read_tree(raw, orjson.loads(record["data"]))
            if isinstance(event, Event):
                yield event

    return read

"""Other people's data beside the checkout; a user's machine does not have it."""

from __future__ import annotations

import os
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from hinomi.core.records import Event, RawRecord
from hinomi.detect import Loaded, load_rules
from hinomi.normalise import read_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `data`, or a skip that says what is missing."""
    folder = Path(os.environ.get("HINOMI_SHARED") or CHECKOUT.parent / "shared") / "data"
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}; set HINOMI_SHARED")
    return folder


@pytest.fixture(scope="session")
def sigmahq(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """All of SigmaHQ's rules, loaded once."""
    folder = tmp_path_factory.mktemp("sigma")
    with tarfile.open(shared / "sigma-rules.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return load_rules([folder])


@pytest.fixture(scope="session")
def recorded() -> Callable[[Path], Iterator[Event]]:
    """Reads the events of an EVTX file."""
    evtx = pytest.importorskip("evtx")

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

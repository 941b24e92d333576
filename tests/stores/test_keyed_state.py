"""What the worker remembers is on disk exactly when the findings of the same records are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.errors import LeaseLost
from hinomi.core.ids import PARTITIONS, partition_of
from hinomi.core.state import StateKey
from hinomi.pipeline.worker_memory import Memory, read_losses
from hinomi.store import state_rows
from hinomi.store.keyed_state import DurableState
from hinomi.store.pipeline_rows import DetectWork
from hinomi.store.pipeline_writer import PipelineWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
AOI = "org_aoi"
HERE = {partition_of(AOI): 1}


def key(group: str, organisation: str = AOI) -> StateKey:
    return StateKey(organisation, "correlation", "rule", group)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PipelineWriter]:
    writer = PipelineWriter(tmp_path / "pipeline.sqlite")
    writer.claim(owner="w", is_free=lambda *_: True)
    yield writer
    writer.close()


def keep(store: PipelineWriter, state: DurableState, reached: datetime | None = None) -> None:
    moved = {AOI: reached} if reached else {}
    store.commit_detect(DetectWork(HERE, state=state.changes(), reached=moved))
    state.kept()


def test_what_was_put_is_read_at_once_and_after_the_commit_by_everybody(
    store: PipelineWriter,
) -> None:
    state = DurableState(store.state_of)
    assert state.get(key("a")) is None
    state.put(key("a"), b"1", expires=NOW)
    assert state.get(key("a")) == b"1"
    assert store.state_of(key("a")) is None
    keep(store, state)
    assert state.get(key("a")) == b"1"
    assert DurableState(store.state_of).get(key("a")) == b"1"
    assert store.state_of(key("a", "org_fumi")) is None


def test_what_was_dropped_is_gone(store: PipelineWriter) -> None:
    state = DurableState(store.state_of)
    state.put(key("a"), b"1", expires=NOW)
    keep(store, state)
    state.drop(key("a"))
    assert state.get(key("a")) is None
    keep(store, state)
    assert store.state_of(key("a")) is None


def test_a_batch_that_was_not_written_leaves_no_trace(store: PipelineWriter) -> None:
    state = DurableState(store.state_of)
    state.put(key("a"), b"1", expires=NOW)
    keep(store, state)
    state.put(key("a"), b"2", expires=NOW)
    other = PipelineWriter.__new__(PipelineWriter)
    other.__dict__ = {**store.__dict__, "fences": dict.fromkeys(range(PARTITIONS), 99)}
    with pytest.raises(LeaseLost):
        other.commit_detect(DetectWork(HERE, state=state.changes()))
    state.forget()
    assert state.get(key("a")) == b"1"


def test_what_expired_before_the_event_time_of_its_company_is_removed(
    store: PipelineWriter,
) -> None:
    state = DurableState(store.state_of)
    for group, hours in (("old", 1), ("new", 3)):
        state.put(key(group), b"1", expires=NOW + timedelta(hours=hours))
        state.put(key(group, "org_fumi"), b"1", expires=NOW + timedelta(hours=hours))
    keep(store, state)
    keep(store, state, reached=NOW + timedelta(hours=2))
    assert store.state_of(key("old")) is None
    assert store.state_of(key("new")) == b"1"
    assert store.state_of(key("old", "org_fumi")) == b"1"


def test_the_cache_stays_within_its_bound_and_forgets_nothing(store: PipelineWriter) -> None:
    state = DurableState(store.state_of, cache_bytes=2_000)
    for number in range(100):
        state.put(key(str(number)), bytes([number]) * 50, expires=NOW)
    keep(store, state)
    assert len(state._cached) < 6
    assert all(state.get(key(str(n))) == bytes([n]) * 50 for n in range(100))


def test_a_company_with_too_many_memories_loses_the_oldest_and_it_is_said(
    store: PipelineWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "hinomi.store.pipeline_writer.shed_state", lambda db: state_rows.shed_state(db, limit=3)
    )
    memory = Memory(store, data=tmp_path)
    for number in range(5):
        memory.state.put(key(str(number)), b"1", expires=NOW + timedelta(hours=number))
    memory.state.put(key("0", "org_fumi"), b"1", expires=NOW)
    keep(store, memory.state)
    assert read_losses(tmp_path)["shed_memories"] == 0
    (tmp_path / "run").mkdir()
    memory.tend(monotonic=1_000.0)
    left = [n for n in range(5) if store.state_of(key(str(n)))]
    assert left == [2, 3, 4]
    assert store.state_of(key("0", "org_fumi")) == b"1"
    assert read_losses(tmp_path) == {"late_hits": 0, "dropped_hits": 0, "shed_memories": 2}

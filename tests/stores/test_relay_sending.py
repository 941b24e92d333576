"""The relay's sender with a tower that is away, busy or has forgotten us. No clock runs."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.clock import FixedClock
from hinomi.core.records import RawRecord
from hinomi.pipeline.relay.sending import Line, Sender, body_of
from hinomi.pipeline.relay.tower import (
    BatchTooLarge,
    Busy,
    KeyTaken,
    Refused,
    Taken,
    Unreachable,
)
from hinomi.store.spool import Spool, Spooled
from hinomi.store.uplink import Backoff

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 21, 1, 2, 3, 456789, tzinfo=UTC)


@dataclass
class FakeTower:
    """Keeps as collect does: once per key. `trouble` comes before or, with `is_late`, after."""

    trouble: Exception | None = None
    is_late: bool = False
    kept: list[str] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)
    asked: int = 0

    def bring(self, body: bytes, *, key: str = "") -> Taken:
        self.asked += 1
        if self.trouble is not None and not self.is_late:
            raise self.trouble
        if self.bodies.setdefault(key, body) != body:
            raise KeyTaken("other bytes")
        if key not in self.kept:
            self.kept.append(key)
        if self.trouble is not None:
            raise self.trouble
        return Taken(refused=0)

    def records(self) -> Counter[int]:
        rows = [json.loads(row) for key in self.kept for row in self.bodies[key].splitlines()]
        return Counter(row["t"] for row in rows)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = Spool(tmp_path, limit_bytes=10**8)
    yield made
    made.close()


def sender_of(spool: Spool, tower: FakeTower) -> Sender:
    backoff = Backoff(draw=lambda: 0.0)
    return Sender(spool, tower.bring, FixedClock(NOW), Line(), backoff)


def hear(spool: Spool, *moments: datetime) -> None:
    spool.append([RawRecord("", "", "s", "auto", "UTC", at, b"x") for at in moments])


def test_a_line_is_what_the_tower_of_any_release_reads() -> None:
    """Its bytes must never change between releases: a batch may be repeated by a newer one."""
    records = [
        Spooled("src_1", NOW, "192.0.2.1:514", "too_large", b"\x00\xff"),
        Spooled("src_1", NOW, "", "", b"x"),
    ]
    assert body_of(records) == (
        b'{"s":"src_1","t":1795222923456789,"b":"AP8=","p":"192.0.2.1:514","f":"too_large"}\n'
        b'{"s":"src_1","t":1795222923456789,"b":"eA=="}\n'
    )


def test_a_day_without_a_line_loses_and_doubles_nothing(spool: Spool) -> None:
    """A record a minute while the tower is away; each try of that day fails, some of them after
    the tower had it. Pauses are waited on a clock of our own."""
    tower = FakeTower(Unreachable("cut"))
    sender = sender_of(spool, tower)
    at, due, tries = NOW, NOW, 0
    while at < NOW + timedelta(days=1):
        hear(spool, at)
        tower.is_late = tries % 7 == 3
        while due <= at:
            due += timedelta(seconds=sender.step())
            tries += 1
        at += timedelta(minutes=1)
    assert tries < 800  # at most each two minutes, not each second
    assert sender.line.trouble == "cut"
    tower.trouble = None
    while not sender.step():
        pass
    assert sum(tower.records().values()) == len(tower.records()) == 24 * 60
    assert (sender.line.trouble, sender.line.last_sent_at) == ("", NOW)


def test_pauses_grow_to_two_minutes_and_begin_anew_after_a_success(spool: Spool) -> None:
    tower = FakeTower(Unreachable("cut"))
    sender = sender_of(spool, tower)
    hear(spool, NOW)
    assert [sender.step() for _ in range(9)] == [1, 2, 4, 8, 16, 32, 64, 120, 120]
    tower.trouble = None
    assert sender.step() == 0
    hear(spool, NOW)
    tower.trouble = Unreachable("cut")
    assert sender.step() == 1


def test_pauses_of_many_relays_differ() -> None:
    first = Backoff(draw=lambda: 0.0).next_s()
    last = Backoff(draw=lambda: 0.999).next_s()
    assert first == 1.0
    assert 1.4 < last < 1.5


def test_the_tower_s_word_when_to_come_back_is_kept(spool: Spool) -> None:
    tower = FakeTower(Busy(90.0))
    hear(spool, NOW)
    assert sender_of(spool, tower).step() == 90


def test_a_batch_that_is_too_large_for_the_way_is_cut_smaller(spool: Spool) -> None:
    tower = FakeTower(BatchTooLarge("413"))
    sender = sender_of(spool, tower)
    moments = [NOW + timedelta(seconds=n) for n in range(50)]
    spool.append([RawRecord("", "", "s", "auto", "UTC", at, b"x" * 40_000) for at in moments])
    before = sender.most_bytes
    sender.step()
    assert sender.most_bytes == before // 2
    tower.trouble = None
    while not sender.step():
        pass
    assert sorted(tower.records().values()) == [1] * 50


def test_a_copied_folder_takes_keys_of_its_own(spool: Spool) -> None:
    """Two boxes from one disk image would else hold each other's records back for ever."""
    tower = FakeTower()
    sender = sender_of(spool, tower)
    hear(spool, NOW)
    batch = spool.batch(most_records=10, most_bytes=10**6)
    assert batch is not None
    tower.bodies[batch.key] = b"of the other box"
    assert sender.step() > 0
    assert sender.step() == 0
    assert sum(tower.records().values()) == 1
    assert spool.state().records == 0


def test_a_refused_relay_keeps_what_it_has(spool: Spool) -> None:
    tower = FakeTower(Refused("no"))
    sender = sender_of(spool, tower)
    hear(spool, NOW)
    assert sender.step() == 60
    assert sender.line.is_refused
    assert spool.state().records == 1

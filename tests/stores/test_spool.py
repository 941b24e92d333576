"""The spool: what reached it comes out once, in order, whatever dies and however full it gets."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.records import RawRecord
from hinomi.core.words import SetAsideReason
from hinomi.store.spool import FILE, ROW_BYTES, Spool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 21, 3, 4, 5, 678901, tzinfo=UTC)
MUCH = 10**6
# Appends 1, 2, 3, takes and forgets a batch after each, until it is killed.
CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from hinomi.core import crash
from hinomi.core.records import RawRecord
from hinomi.store.spool import Spool
spool = Spool(Path(sys.argv[1]), limit_bytes=10**6)
crash.arm(sys.argv[2])
for number in range(1, 6):
    at = datetime(2026, 11, 21, tzinfo=UTC)
    spool.append([RawRecord("", "", "s", "auto", "UTC", at, b"%d" % number)])
    print("kept", number, flush=True)
    batch = spool.batch(most_records=10, most_bytes=10**6)
    print("sent", batch.key, *(r.raw.decode() for r in batch.records), flush=True)
    spool.sent(batch)
"""


def record(number: int, *, raw: bytes = b"") -> RawRecord:
    return RawRecord("", "", f"src_{number}", "auto", "UTC", NOW, raw or b"%d" % number, "p")


def drained(spool: Spool, *, most: int = 100) -> list[bytes]:
    found: list[bytes] = []
    while batch := spool.batch(most_records=most, most_bytes=MUCH):
        found += [each.raw for each in batch.records]
        spool.sent(batch)
    return found


def test_records_come_out_whole_and_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=MUCH)
    cut = record(2, raw=b"\x00\xff")
    cut.frame_fault = SetAsideReason.TOO_LARGE
    spool.append([record(1), cut])
    batch = spool.batch(most_records=10, most_bytes=MUCH)
    assert batch is not None
    first, second = batch.records
    assert (first.source, first.heard_at, first.peer, first.fault) == ("src_1", NOW, "p", "")
    assert (second.raw, second.fault) == (b"\x00\xff", "too_large")
    spool.sent(batch)
    assert spool.batch(most_records=10, most_bytes=MUCH) is None
    assert spool.state().size_bytes == spool.state().records == 0
    spool.close()


def test_a_batch_stays_the_same_until_it_is_sent(tmp_path: Path) -> None:
    """A repeat with other bytes under the same key would be refused, or doubled under another."""
    spool = Spool(tmp_path, limit_bytes=MUCH)
    spool.append([record(1), record(2), record(3)])
    before = spool.batch(most_records=2, most_bytes=MUCH)
    spool.append([record(4)])
    spool.close()
    spool = Spool(tmp_path, limit_bytes=MUCH)
    assert before is not None
    assert spool.batch(most_records=100, most_bytes=MUCH) == before
    spool.sent(before)
    assert drained(spool) == [b"3", b"4"]
    spool.close()


def test_a_record_larger_than_a_batch_is_a_batch_of_its_own(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=MUCH)
    spool.append([record(1, raw=b"x" * 500), record(2)])
    batch = spool.batch(most_records=10, most_bytes=100)
    assert batch is not None
    assert [len(each.raw) for each in batch.records] == [500]
    spool.close()


def test_a_full_spool_drops_the_oldest_and_counts_them(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=10 * (ROW_BYTES + 2))
    for number in range(10, 35):
        spool.append([record(number)])
    state = spool.state()
    assert (state.records, state.dropped) == (10, 15)
    assert state.size_bytes <= 10 * (ROW_BYTES + 2)
    spool.close()
    spool = Spool(tmp_path, limit_bytes=MUCH)
    assert spool.state() == state
    assert drained(spool) == [b"%d" % number for number in range(25, 35)]
    spool.close()


def test_what_is_on_its_way_is_never_dropped(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=10 * (ROW_BYTES + 2))
    spool.append([record(10), record(11)])
    batch = spool.batch(most_records=10, most_bytes=MUCH)
    for number in range(12, 40):
        spool.append([record(number)])
    assert spool.batch(most_records=10, most_bytes=MUCH) == batch
    assert batch is not None
    spool.sent(batch)
    assert drained(spool) == [b"%d" % number for number in range(32, 40)]
    spool.close()


def test_numbers_are_never_given_twice(tmp_path: Path) -> None:
    """Else a new batch could carry an old key, and be taken for a repeat."""
    spool = Spool(tmp_path, limit_bytes=MUCH)
    keys = set()
    for number in range(5):
        spool.append([record(number)])
        batch = spool.batch(most_records=10, most_bytes=MUCH)
        assert batch is not None
        spool.sent(batch)
        keys.add(batch.key)
        spool.close()
        spool = Spool(tmp_path, limit_bytes=MUCH)
    assert len(keys) == 5
    spool.close()


@pytest.mark.parametrize(
    "point",
    ["spool:before-commit:3", "spool:after-commit:3", "spool:before-forget:2"],
)
def test_a_kill_loses_nothing_that_was_kept_and_repeats_only_under_its_key(
    tmp_path: Path, point: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), point],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    words = [line.split() for line in done.stdout.splitlines()]
    kept = [word[1] for word in words if word[0] == "kept"]
    told = {word[1]: word[2:] for word in words if word[0] == "sent"}
    spool = Spool(tmp_path, limit_bytes=MUCH)
    while batch := spool.batch(most_records=10, most_bytes=MUCH):
        raws = [each.raw.decode() for each in batch.records]
        assert told.setdefault(batch.key, raws) == raws
        spool.sent(batch)
    spool.close()
    delivered = [raw for raws in told.values() for raw in raws]
    assert len(delivered) == len(set(delivered))
    assert set(kept) <= set(delivered)


def test_a_destroyed_file_is_put_aside_and_listening_goes_on(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all, " * 1000)
    spool = Spool(tmp_path, limit_bytes=MUCH)
    spool.append([record(1)])
    assert spool.state().damaged == 1
    assert drained(spool) == [b"1"]
    assert len(list(tmp_path.glob("*.damaged-*"))) == 1
    spool.close()


def test_a_full_disk_keeps_nothing_of_the_batch_and_says_so(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=10**9)
    spool.append([record(1)])
    with no_growth((tmp_path / FILE).stat().st_size + 8192), pytest.raises(OSError, match="spool"):
        spool.append([record(n, raw=b"x" * 60_000) for n in range(20)])
    assert spool.state().records == 1
    spool.append([record(2)])
    assert drained(spool) == [b"1", b"2"]
    spool.close()


def test_the_oldest_record_is_told(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=MUCH)
    assert spool.state().oldest_at is None
    late = record(1)
    late.receive_time = NOW - timedelta(days=1)
    spool.append([late, record(2)])
    assert spool.state().oldest_at == NOW - timedelta(days=1)
    spool.close()


@contextmanager
def no_growth(size: int) -> Iterator[None]:
    """No file may grow beyond this, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)

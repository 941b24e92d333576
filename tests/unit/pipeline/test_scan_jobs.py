"""Several processes: the same hits in the same order, and a dead process costs one piece."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hinomi.core.words import Level
from hinomi.normalise import FileProblem, FileRecord, pieces_of, read_path
from hinomi.pipeline import scan as one
from hinomi.pipeline import scan_jobs as several
from hinomi.pipeline.report.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hinomi.pipeline.report.tally import Hit

    Item = FileRecord | FileProblem

RULE = """
title: Login to the router failed
id: 4b8a0f0e-0b1c-4f5c-9a51-3a8f0f6a1c01
logsource: {product: yamaha}
detection: {s: ['Login failed'], condition: s}
level: medium
"""
RECEIVED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ATTEMPT, QUIET = "<134>Login failed for SSH: 198.51.100.44 root", "<134>IP Tunnel[1] Up"
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@pytest.fixture
def rules(tmp_path: Path) -> one.Rules:
    path = tmp_path / "rule.yml"
    path.write_text(RULE)
    return one.prepare_rules([path], min_level=Level.INFORMATIONAL)


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ten files of which one is big; pieces and units small enough to be many."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(10):
        lines = [ATTEMPT, QUIET, "", '{"cut": '] * (300 if number == 4 else 3)
        (folder / f"{number}.log").write_text("\n".join(lines[: -number or None]))
    (folder / "false.evtx").write_bytes(b"ElfFile\x00 and no more")
    monkeypatch.setattr(several, "pieces_of", lambda path: pieces_of(path, piece_bytes=1_000))
    monkeypatch.setattr(several, "UNIT_BYTES", 300)
    monkeypatch.setattr(several, "_HITS_SENT", 7)
    return folder


def _request(folder: Path, seen: list[int], *, jobs: int) -> one.Scan:
    return one.Scan((str(folder),), "Asia/Tokyo", RECEIVED, seen.append, jobs)


def _rows(hits: Iterator[Hit]) -> list[object]:
    return [(hit.source, hit.record, hit.rule.id, hit.finding) for hit in hits]


def test_a_small_scan_starts_no_process(
    logs: Path, rules: one.Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(several, "scan_in_processes", None)
    assert list(one.scan(_request(logs, [], jobs=2), rules, Tally()))


def test_batches_of_any_size_find_the_same(
    logs: Path, rules: one.Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> list[object]:
        return _rows(one.scan(_request(logs, [], jobs=1), rules, Tally()))

    wanted = found()
    monkeypatch.setattr(one, "BATCH_RECORDS", 7)
    assert found() == wanted
    monkeypatch.setattr(one, "BATCH_BYTES", 1)
    assert found() == wanted


def test_a_file_that_ends_in_an_error_keeps_what_was_read_before(
    logs: Path, rules: one.Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network drive goes away in the midst of a batch."""

    def breaking(path: str, **settings: object) -> Iterator[Item]:
        yield from islice(read_path(path, **settings), 4)  # type: ignore[arg-type]
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(one, "read_path", breaking)
    tally = Tally()
    assert _rows(one.scan(_request(logs / "0.log", [], jobs=1), rules, tally))
    (note,) = tally.files.values()
    assert (note.records > 0, note.problem) == (True, "Input/output error")


@needs_fork
def test_a_big_one_does(logs: Path, rules: one.Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one, "SMALL_BYTES", 1_000)
    hits = one.scan(_request(logs, [], jobs=2), rules, Tally())
    next(hits)
    assert multiprocessing.active_children()
    assert sum(1 for _ in hits) > 300
    assert not multiprocessing.active_children()


@needs_fork
def test_three_processes_find_what_one_finds_in_the_same_order(
    logs: Path, rules: one.Rules
) -> None:
    alone, together = Tally(), Tally()
    bytes_alone: list[int] = []
    bytes_together: list[int] = []
    wanted = _rows(one.scan(_request(logs, bytes_alone, jobs=1), rules, alone))
    request = _request(logs, bytes_together, jobs=3)
    found = _rows(several.scan_in_processes(request, rules, together))
    assert found == wanted
    assert len(wanted) > 300
    counted = ("files", "set_aside", "set_aside_example", "file_count", "records", "first", "last")
    for name in counted:
        assert getattr(together, name) == getattr(alone, name), name
    assert sum(bytes_together) == sum(bytes_alone)


@needs_fork
def test_a_process_that_dies_costs_the_piece_it_read_and_says_so(
    logs: Path, rules: one.Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of memory looks like this. The pieces after it, in the same unit too, are read."""

    def dying(items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            if item.path.endswith("6.log") and isinstance(item, FileRecord) and item.number == 5:
                os.kill(os.getpid(), signal.SIGKILL)
            yield item

    def take(items: Iterable[Item], *rest: object) -> Iterator[Hit]:
        return one.take(dying(items), *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(several, "take", take)
    tally = Tally()
    found = list(several.scan_in_processes(_request(logs, [], jobs=2), rules, tally))
    problems = {Path(note.path).name: note.problem for note in tally.files.values() if note.problem}
    assert problems["6.log"] == "The process that read it died (SIGKILL)."
    assert set(problems) == {"6.log", "false.evtx"}
    assert {Path(hit.source).name for hit in found} == {f"{n}.log" for n in range(10) if n != 6}


@needs_fork
def test_a_reader_who_has_seen_enough_leaves_no_process_behind(
    logs: Path, rules: one.Rules
) -> None:
    hits = several.scan_in_processes(_request(logs, [], jobs=2), rules, Tally())
    next(hits)
    hits.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


@needs_fork
def test_a_process_ends_although_its_parent_has_a_handler_of_its_own(
    logs: Path, rules: one.Rules
) -> None:
    """A fork inherits handlers; one that only notes the wish would leave us waiting for ever."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        hits = several.scan_in_processes(_request(logs, [], jobs=2), rules, Tally())
        next(hits)
        hits.close()  # type: ignore[attr-defined]
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not multiprocessing.active_children()


def test_units_are_small_files_together_and_big_pieces_alone(logs: Path) -> None:
    units = list(several.units_of(pieces_of(logs, piece_bytes=1_000), unit_bytes=300))
    assert [piece for unit in units for piece in unit] == list(pieces_of(logs, piece_bytes=1_000))
    assert all(sum(piece.size for piece in unit[:-1]) < 300 for unit in units)

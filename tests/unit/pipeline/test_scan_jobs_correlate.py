"""Correlations see the hits of all processes in one order: the same findings as with one job."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from hinomi.core.words import Level
from hinomi.normalise import pieces_of
from hinomi.pipeline import scan as one
from hinomi.pipeline import scan_correlate
from hinomi.pipeline import scan_jobs as several
from hinomi.pipeline.report.tally import Tally

if TYPE_CHECKING:
    from pathlib import Path

RULES = """
title: Failed
id: 4b8a0f0e-0b1c-4f5c-9a51-3a8f0f6a1c01
name: failed
logsource: {product: linux, service: sshd}
detection:
  s: {message|startswith: 'Failed password'}
  condition: s
level: low
---
title: Worked
id: 4b8a0f0e-0b1c-4f5c-9a51-3a8f0f6a1c02
name: worked
logsource: {product: linux, service: sshd}
detection:
  s: {message|startswith: 'Accepted password'}
  condition: s
level: informational
---
title: Many failed
id: 4b8a0f0e-0b1c-4f5c-9a51-3a8f0f6a1c03
name: many
correlation:
  type: event_count
  rules: [failed]
  group-by: [src_ip]
  timespan: 2m
  condition: {gte: 4}
  generate: true
level: medium
---
title: Guessed
id: 4b8a0f0e-0b1c-4f5c-9a51-3a8f0f6a1c04
correlation:
  type: temporal_ordered
  rules: [many, worked]
  group-by: [src_ip]
  timespan: 10m
level: high
"""
BEGAN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An hour of sign-ins from five addresses, torn over eight files in no order at all."""
    draw = random.Random(8)
    lines = [
        f"{BEGAN + timedelta(seconds=3 * second):%b %d %H:%M:%S} sv sshd[{second}]: "
        f"{draw.choice(('Failed', 'Failed', 'Failed', 'Accepted'))} password for mori from "
        f"198.51.100.{draw.randint(1, 5)} port 51122 ssh2"
        for second in range(1_200)
    ]
    draw.shuffle(lines)
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(8):
        (folder / f"{number}.log").write_text("\n".join(lines[number::8]))
    monkeypatch.setattr(one, "SMALL_BYTES", 0)
    monkeypatch.setattr(several, "pieces_of", lambda path: pieces_of(path, piece_bytes=2_000))
    monkeypatch.setattr(several, "UNIT_BYTES", 1_000)
    return folder


def _found(folder: Path, *, level: Level, jobs: int) -> list[tuple[object, ...]]:
    path = folder.parent / "rules.yml"
    path.write_text(RULES)
    rules = one.prepare_rules([path], min_level=level)
    request = one.Scan((str(folder),), "Asia/Tokyo", BEGAN, lambda _: None, jobs)
    hits = one.scan(request, rules, Tally())
    return [(hit.source, hit.record, hit.rule.id, hit.finding) for hit in hits]


@pytest.mark.parametrize("level", [Level.INFORMATIONAL, Level.HIGH])
@pytest.mark.parametrize("waiting", [50_000, 100])
def test_any_number_of_jobs_finds_the_same_correlations(
    logs: Path, monkeypatch: pytest.MonkeyPatch, level: Level, waiting: int
) -> None:
    """Also when hits are sorted in stretches, because not all of them fit."""
    monkeypatch.setattr(scan_correlate, "MOST_WAITING", waiting)
    alone = _found(logs, level=level, jobs=1)
    assert "4b8a0f0e-0b1c-4f5c-9a51-3a8f0f6a1c04" in {row[2] for row in alone}
    with patch.object(several, "scan_in_processes", wraps=several.scan_in_processes) as spread:
        for jobs in (2, 3):
            assert _found(logs, level=level, jobs=jobs) == alone
    assert spread.call_count == (2 if hasattr(os, "fork") else 0)  # one process does it then

"""A bell killed between any two steps of an escalation: it costs time, never a step, and doubles
nothing."""

from __future__ import annotations

import random
import signal
import time
from typing import TYPE_CHECKING

import pytest
from benchmarks import notices as storm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.crash, pytest.mark.sockets]

POINTS = [
    "bell:escalation-begun:1",
    "bell:escalation-begun:2",
    "bell:step-before-commit:1",
    "bell:step-before-commit:2",
    "bell:before-send:3",
    "bell:after-send:3",
]
_STEPS = "SELECT escalation_id, number, kind, state FROM escalations_step ORDER BY 1, 2"
_CHIEFS = "SELECT step, count(*) FROM notices_firmnotice GROUP BY step"


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_between_two_steps_costs_time_only(
    point: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storm, "TIMES", 30)  # the second step is due after minutes
    data = tmp_path / "data"
    data.mkdir()
    (data / "rehearsal").write_text("crash\n")
    companies = storm.provision(data, count=2)
    with (
        storm.Post(random.Random(1), moods={"take": 1}) as post,
        storm.Processes(data, post.port) as tower,
    ):
        storm.attack(data, companies, count=2)
        tower.spawn("bell", crash_at=point)
        _wait(lambda: tower.running["bell"].poll() is not None)
        assert tower.running["bell"].returncode == -signal.SIGKILL
        tower.revive()
        _wait(lambda: len(_done(data)) == 4)
    assert [row[1:3] for row in _done(data)] == [(0, "tell"), (1, "chief")] * 2
    waiting = [row for row in storm.rows(data, _STEPS) if row[3] == "waiting"]
    assert [row[1] for row in waiting] == [2, 2]
    told = storm.rows(data, _CHIEFS)
    assert sorted(count for _, count in told) == [1, 1]
    assert storm.scalar(data, "SELECT count(*) FROM notices_notice") == 2


def _done(data: Path) -> list[tuple[int, int, str, str]]:
    return [tuple(row) for row in storm.rows(data, _STEPS) if row[3] == "done"]


def _wait(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in two minutes"
        time.sleep(0.2)

"""Promise 1: what was answered 2xx is never lost, and nothing is doubled by us.

Each test kills a process with SIGKILL at a named step (or at random), lets the tower come to rest
and compares every store with an undisturbed run of the same load.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hinomi.rehearse.mailbox import Mailbox
from tests.crash import tower as crash

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.crash, pytest.mark.sockets]

GUESSED = re.search(  # its hits come before, between and after the kills
    "^id: (.+)$",
    (Path(__file__).parents[2] / "rules" / "correlation-ssh-guessed.yml").read_text(),
    re.MULTILINE,
)[1]  # type: ignore[index]

POINTS = {
    "collect": [
        "collect:received:3",
        "collect:before-commit:4",
        "collect:after-commit-before-answer:5",
    ],
    "worker": [
        "worker:after-read:2",
        "worker:before-commit:3",
        "worker:after-commit:2",
        "worker:lake-before-rename:1",
        "worker:lake-after-rename:2",
        "worker:lake-before-manifest:1",
        "worker:lake-after-manifest:1",
    ],
    "bell": [
        "bell:after-read:1",
        "bell:before-commit:1",
        "bell:after-commit:1",
        "bell:before-send:1",
        "bell:after-send:1",
    ],
}


@pytest.fixture
def tower(town: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[crash.Tower]:
    crash.copy_home(town[0], tmp_path / "home")
    with Mailbox() as mailbox:
        standing = crash.Tower(home=tmp_path / "home", tokens=town[1], mailbox=mailbox)
        try:
            yield standing
        finally:
            standing.stop()


def test_the_undisturbed_run_is_worth_comparing_with(
    undisturbed: crash.State, batches: list[crash.Batch]
) -> None:
    """Equal to nothing would prove nothing."""
    assert sum(undisturbed.lake.values()) == sum(len(batch.records) for batch in batches)
    assert len(undisturbed.findings) > 50
    assert len(undisturbed.incidents) >= 6
    assert undisturbed.doubled_event_ids == 0
    assert sum(1 for _, rule, _ in undisturbed.findings if rule == GUESSED) == 1
    assert {state for *_, state in undisturbed.notices} == {"sent"}


@pytest.mark.parametrize(
    ("name", "point"), [(name, point) for name, points in POINTS.items() for point in points]
)
def test_a_kill_at_a_named_step_costs_nothing(
    name: str,
    point: str,
    tower: crash.Tower,
    batches: list[crash.Batch],
    undisturbed: crash.State,
) -> None:
    crash.run_load(tower, batches, crash=(name, point))
    assert tower.kills[name] == 1, f"{point} was never passed: {tower.log(name)}"
    assert_equal(tower, undisturbed)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kills_at_random_moments_cost_nothing(
    seed: int, tower: crash.Tower, batches: list[crash.Batch], undisturbed: crash.State
) -> None:
    crash.run_load_with_random_kills(tower, batches, seed=seed)
    assert sum(tower.kills.values()) >= 4  # two may hit the same process before it is back
    assert_equal(tower, undisturbed)


def test_a_record_that_kills_its_reader_is_set_aside_and_the_rest_goes_on(
    tower: crash.Tower, batches: list[crash.Batch], undisturbed: crash.State
) -> None:
    planted = b'{"message": "kill the reader"}'
    tower.worker_arguments = ("--reader", "tests.stores.planted:read_record")
    first = batches[0]
    poisoned = crash.Batch(first.token, first.key, (*first.records, planted))
    crash.run_load(tower, [poisoned, *batches[1:]])
    found = tower.state()
    extra = found.lake - undisturbed.lake
    assert sum(extra.values()) == 1
    assert undisturbed.lake - found.lake == Counter()
    assert found.findings == undisturbed.findings
    assert found.incidents == undisturbed.incidents
    assert crash.set_aside(tower.home) == Counter({"crashed_reader": 1})


def test_a_clock_that_jumps_loses_and_doubles_nothing(
    tower: crash.Tower, batches: list[crash.Batch], undisturbed: crash.State
) -> None:
    """Three hours ahead, two days ahead, an hour back: only what people read of times differs."""
    jumps = (timedelta(hours=3), timedelta(days=2), timedelta(hours=-1), timedelta(0))

    def jump(number: int) -> None:
        moment = crash.now() + jumps[number % len(jumps)]
        tower.environment["HINOMI_CLOCK"] = moment.isoformat()
        for name in crash.MODULES:
            tower.kill(name)

    crash.run_load_through(tower, batches, trouble=jump, every=10)
    found = tower.state()
    assert found.lake == undisturbed.lake
    assert found.doubled_event_ids == 0
    assert found.findings == undisturbed.findings
    assert found.groups == undisturbed.groups


def test_rules_that_change_in_the_middle_of_an_attack_forget_nothing_of_it(
    tower: crash.Tower, batches: list[crash.Batch], undisturbed: crash.State
) -> None:
    """A new correlator takes over the memory of the old one."""

    def change(number: int) -> None:
        if number == 0:  # after three of five failures
            path = tower.home / "rules" / "new.yml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(
                "title: New\nlogsource: {product: generic}\n"
                "detection: {s: {nothing: here}, condition: s}\n"
            )
            crash.wait_for_log(tower, "worker", "rules changed")

    crash.run_load_through(tower, batches, trouble=change, every=3)
    assert_equal(tower, undisturbed)


def test_a_full_disk_refuses_and_then_goes_on(
    town: tuple[Path, dict[str, str]],
    batches: list[crash.Batch],
    undisturbed: crash.State,
    tmp_path: Path,
) -> None:
    """While it is full nothing is acknowledged; once there is room every batch arrives."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs the right to mount one (run as root)")
    try:
        crash.copy_home(town[0], disk / "home")
        with Mailbox() as mailbox:
            tower = crash.Tower(home=disk / "home", tokens=town[1], mailbox=mailbox)
            try:
                crash.run_load_through(
                    tower, batches, trouble=lambda _: fill_for_a_while(disk), every=12
                )
                assert_equal(tower, undisturbed)
            finally:
                tower.stop()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def fill_for_a_while(disk: Path) -> None:
    """Not a byte is left for two seconds; then it is as before."""
    ballast = disk / "ballast"

    def fill() -> None:
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(b"x" * size)

    fill()
    threading.Timer(2.0, ballast.unlink).start()


def assert_equal(tower: crash.Tower, undisturbed: crash.State) -> None:
    """Every store holds what it holds without the kill."""
    found = tower.state()
    assert found.lake == undisturbed.lake
    assert found.doubled_event_ids == 0
    assert found.findings == undisturbed.findings
    assert found.incidents == undisturbed.incidents
    assert found.notices == undisturbed.notices
    assert found.told_twice == []
    # SMTP cannot be part of a transaction: a mail may go out twice, under one Message-ID,
    # so that mail programs fold it; it is never lost.
    assert len(found.mails_by_id) == len(undisturbed.mails_by_id)
    assert all(count <= 1 + sum(tower.kills.values()) for count in found.mails_by_id.values())

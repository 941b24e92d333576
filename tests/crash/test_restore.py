"""A tower that is backed up under load and lost comes back elsewhere and ends where it would have.

Compared with an undisturbed run of the same load, store by store.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from hinomi.pipeline.worker_state import read_backlog
from hinomi.rehearse.mailbox import Mailbox
from tests.crash import tower as crash

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

pytestmark = [pytest.mark.crash, pytest.mark.sockets]
REPEAT = "【再送】"


@pytest.fixture
def lost(town: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[crash.Tower]:
    """The tower that will be lost."""
    crash.copy_home(town[0], tmp_path / "lost")
    with Mailbox() as mailbox:
        tower = crash.Tower(home=tmp_path / "lost", tokens=town[1], mailbox=mailbox)
        try:
            for name in crash.MODULES:
                tower.start(name)
                tower.wait_ready(name)
            yield tower
        finally:
            tower.stop()


@pytest.fixture
def risen(town: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[crash.Tower]:
    """The tower that a restore will make; nothing of it runs yet."""
    with Mailbox() as mailbox:
        tower = crash.Tower(home=tmp_path / "risen", tokens=town[1], mailbox=mailbox)
        try:
            yield tower
        finally:
            tower.stop()


def test_a_tower_lost_under_load_rises_elsewhere_and_ends_the_same(
    lost: crash.Tower,
    risen: crash.Tower,
    batches: list[crash.Batch],
    undisturbed: crash.State,
    tmp_path: Path,
) -> None:
    half = len(batches) // 2  # the attacks are at the end, so that half comes first here
    send(lost, batches[-2:])
    lost.rest()
    sending = threading.Thread(target=send, args=(lost, batches[-half:-2]))
    sending.start()
    hinomi("backup", "--data", lost.home, "--to", tmp_path / "kept")
    sending.join()
    lost.rest()  # it goes on writing to customers, and the backup does not know
    known_sent = sent_in_backup(tmp_path / "kept")
    lose(lost)

    hinomi("restore", tmp_path / "kept", "--data", risen.home, "--keys", lost.home / "keys")
    crash.run_load(risen, batches)  # senders repeat what they are not sure of, under its old key
    assert_same(risen.state(), undisturbed)
    assert known_sent
    assert not known_sent & set(risen.state().mails_by_id), "known to be sent, and sent again"
    assert_repeats_are_marked(lost.mailbox, risen.mailbox)


def test_a_cursor_older_than_the_findings_makes_each_incident_once(
    lost: crash.Tower,
    risen: crash.Tower,
    batches: list[crash.Batch],
    undisturbed: crash.State,
    tmp_path: Path,
) -> None:
    lost.kill("bell")
    send(lost, batches)
    crash._let_detect_catch_up(lost)
    assert lost.backlog()["bell"] > 0
    assert not read_backlog(lost.home).records
    told = hinomi("backup", "--data", lost.home, "--to", tmp_path / "kept.tar")
    assert told["findings"] >= lost.backlog()["bell"]
    lose(lost)

    hinomi("restore", tmp_path / "kept.tar", "--data", risen.home)
    for name in crash.MODULES:
        risen.start(name)
        risen.wait_ready(name)
    risen.rest()
    assert_same(risen.state(), undisturbed)
    assert all(count == 1 for count in risen.state().mails_by_id.values())


def send(tower: crash.Tower, batches: Sequence[crash.Batch]) -> None:
    for batch in batches:
        tower.send(batch)


def lose(tower: crash.Tower) -> None:
    """The machine is gone, without a word."""
    for process in tower.processes.values():
        process.kill()
        process.wait()


def assert_same(found: crash.State, wanted: crash.State) -> None:
    assert found.findings == wanted.findings
    assert found.lake == wanted.lake
    assert found.incidents == wanted.incidents
    assert found.notices == wanted.notices
    assert found.told_twice == []
    assert found.doubled_event_ids == 0


def assert_repeats_are_marked(before: Mailbox, after: Mailbox) -> None:
    told = {(mail.message["to"], mail.message["subject"]) for mail in before.mails}
    again = [
        mail.message["subject"]
        for mail in after.mails
        if (mail.message["to"], mail.message["subject"].removeprefix(REPEAT)) in told
    ]
    assert again, "the lost tower has written nothing after the backup: this test tests nothing"
    assert all(subject.startswith(REPEAT) for subject in again), again


def sent_in_backup(shelf: Path) -> set[str]:
    place = next(shelf.glob("hinomi-*"))
    rows = crash._rows(
        place / "portal.sqlite", "SELECT message_id FROM notices_notice WHERE state = 'sent'"
    )
    return {f"<{message_id}>" for (message_id,) in rows}


def hinomi(*words: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "hinomi.cli.main", *map(str, words), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))

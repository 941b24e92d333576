"""Who writes one transaction after the other lets everybody else in between."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from itertools import count
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError
from django.db.utils import ConnectionHandler

from hinomi.config import Config
from hinomi.core.clock import SystemClock
from hinomi.portal.access.database import database
from hinomi.portal.access.sqlite import turn
from hinomi.portal.access.sqlite.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.db.backends.base.base import BaseDatabaseWrapper
    from pytest_django import DjangoDbBlocker


def connected(folder: Path) -> BaseDatabaseWrapper:
    """As the portal opens its store."""
    entry = database(Config(data=folder, clock=SystemClock()))
    return ConnectionHandler({"default": entry}).create_connection("default")


def begin(connection: BaseDatabaseWrapper) -> None:
    """As `atomic` does."""
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def is_free(folder: Path) -> bool:
    other = Turn(folder / "portal.sqlite")
    try:
        other.take()
        return bool(other._held)
    finally:
        other.give_back()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "PATIENCE_S", 0.05)


@pytest.fixture
def own_store(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The store of the test's own folder may be opened."""
    with django_db_blocker.unblock():
        yield


def test_who_waits_is_not_passed_over_by_who_never_rests(tmp_path: Path) -> None:
    rounds, stop = count(), threading.Event()
    passed = 0

    def busy() -> None:
        mine = Turn(tmp_path / "town")
        while not stop.is_set():
            mine.take()
            time.sleep(0.002)  # writes
            nonlocal passed
            passed = next(rounds)
            mine.give_back()

    thread = threading.Thread(target=busy)
    thread.start()
    mine, waits = Turn(tmp_path / "town"), 30
    try:
        while not passed:
            time.sleep(0.001)
        before = passed
        for _ in range(waits):
            mine.take()
            mine.give_back()
        after = passed
    finally:
        stop.set()
        thread.join()
    assert after - before <= 5 * waits


def test_a_killed_writer_leaves_no_lock_behind(tmp_path: Path) -> None:
    words = (
        "import sys, time; from hinomi.portal.access.sqlite.turn import Turn;"
        "mine = Turn(sys.argv[1]); mine.take(); print('mine', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", words, str(tmp_path / "portal.sqlite")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        writer.kill()
    assert is_free(tmp_path)


@pytest.mark.usefixtures("impatient", "own_store")
def test_a_transaction_holds_the_turn_until_it_ends_however_it_ends(tmp_path: Path) -> None:
    ours = connected(tmp_path)

    for end in (ours.commit, ours.rollback, ours.close):
        begin(ours)
        assert not is_free(tmp_path)
        end()
        assert is_free(tmp_path)


@pytest.mark.usefixtures("own_store")
def test_who_cannot_begin_gives_the_turn_back(tmp_path: Path) -> None:
    (tmp_path / "portal.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(DatabaseError):
        begin(connected(tmp_path))
    assert is_free(tmp_path)


@pytest.mark.usefixtures("impatient")
def test_who_waited_long_goes_on_without_and_leaves_the_door_to_others(tmp_path: Path) -> None:
    first, second = Turn(tmp_path / "town"), Turn(tmp_path / "town")
    first.take()
    second.take()
    first.give_back()
    third = Turn(tmp_path / "town")
    third.take()
    assert third._held


def test_where_no_file_can_be_made_sqlite_decides_alone(tmp_path: Path) -> None:
    mine = Turn(tmp_path / "no" / "town")
    mine.take()
    mine.give_back()


@pytest.mark.parametrize("name", [":memory:", "file:town_gw0?mode=memory&cache=shared"])
@pytest.mark.usefixtures("own_store")
def test_the_turn_is_that_of_the_file_which_is_opened(tmp_path: Path, name: str) -> None:
    """As for tests: the settings name a file, then the name is changed to a store in memory."""
    connection = connected(tmp_path)
    connection.settings_dict["NAME"] = name
    begin(connection)
    connection.rollback()
    connection.close()
    assert not list(tmp_path.iterdir())

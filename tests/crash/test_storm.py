"""A bell killed in the middle of a storm: nothing held goes out, nobody is corrected twice."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pysqlite3 import dbapi2 as sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.crash, pytest.mark.sockets]

ROOT = Path(__file__).parents[2]
PATIENCE_S = 40.0
TAKEN_IN = "SELECT count(*) = 4 FROM incidents_incident"
SETTLED = "SELECT count(*) = 1 FROM incidents_campaign WHERE settled_at IS NOT NULL"
NOTICES = """
SELECT n."to", n.state, n.subject LIKE '%お知らせの訂正%', i.state, i.held_since IS NOT NULL
FROM notices_notice n JOIN incidents_incident i ON i.number = n.incident_number
"""
HELD = Counter({(f"{n}@storm.example", "held", 0, "new", 1): 1 for n in range(4)})
# No mail server: what may go out stays queued, so that every state can be compared.
AFTER = {
    "update": Counter(
        {
            ("0@storm.example", "sent", 0, "false_alarm", 0): 1,
            ("0@storm.example", "queued", 1, "false_alarm", 0): 1,
            **{(f"{n}@storm.example", "dropped", 0, "false_alarm", 0): 1 for n in (1, 2, 3)},
        }
    ),
    "attack": Counter(
        {
            ("0@storm.example", "sent", 0, "new", 0): 1,
            **{(f"{n}@storm.example", "queued", 0, "new", 0): 1 for n in (1, 2, 3)},
        }
    ),
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four customers' findings in the pipeline, not yet taken in."""
    home = tmp_path_factory.mktemp("storm") / "home"
    home.mkdir()
    program(home, "fill")
    return home


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "home"))


@pytest.mark.parametrize("point", ["bell:before-commit:3", "bell:after-commit:3"])
def test_a_bell_killed_while_the_storm_comes_in_holds_every_notice_once(
    home: Path, point: str
) -> None:
    bell_until_killed(home, point)
    bell_until(home, TAKEN_IN)
    assert rows(home, NOTICES) == HELD
    assert rows(home, "SELECT stance FROM incidents_campaign") == Counter({("asked",): 1})


@pytest.mark.parametrize("stance", ["update", "attack"])
@pytest.mark.parametrize("point", ["bell:settle-before-commit:2", "bell:settle-after-commit:3"])
def test_a_bell_killed_between_two_customers_settles_each_once(
    home: Path, stance: str, point: str
) -> None:
    bell_until(home, TAKEN_IN)
    program(home, "answer", stance)
    bell_until_killed(home, point)
    bell_until(home, SETTLED)
    assert rows(home, NOTICES) == AFTER[stance]


def program(home: Path, *words: str) -> None:
    """Run storm_folder on the data folder."""
    command = [sys.executable, "-m", "tests.crash.storm_folder", *words]
    subprocess.run(command, env=environment(home), cwd=ROOT, check=True, timeout=PATIENCE_S)


def environment(home: Path) -> dict[str, str]:
    """No mail server, so that nothing leaves."""
    path = f"{ROOT}{os.pathsep}{ROOT / 'src'}"
    kept = {name: value for name, value in os.environ.items() if name != "HINOMI_SMTP"}
    return {**kept, "HINOMI_DATA": str(home), "PYTHONPATH": path}


def bell(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "hinomi.portal.manage", "bell", "--data", str(home)]
    with (home / "bell.log").open("ab") as log:
        return subprocess.Popen([*command, *arguments], env=environment(home), stderr=log)


def bell_until_killed(home: Path, point: str) -> None:
    with ended(bell(home, "--crash-at", point)) as process:
        assert process.wait(PATIENCE_S) == -signal.SIGKILL, (home / "bell.log").read_text()


def bell_until(home: Path, question: str) -> None:
    """Ring until the answer is true, then a little longer: doubles would show."""
    with ended(bell(home)) as process:
        patience(lambda: rows(home, question) == Counter({(1,): 1}), process, home)
        time.sleep(0.5)


def patience(is_so: Callable[[], bool], process: subprocess.Popen[bytes], home: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert process.poll() is None, (home / "bell.log").read_text()
        assert time.monotonic() < deadline, (home / "bell.log").read_text()
        time.sleep(0.1)


@contextlib.contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The process, surely ended after the block."""
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def rows(home: Path, statement: str) -> Counter[tuple[object, ...]]:
    uri = f"{(home / 'portal.sqlite').absolute().as_uri()}?mode=ro"
    with contextlib.closing(sqlite.connect(uri, uri=True, timeout=10)) as connection:
        return Counter(connection.execute(statement).fetchall())

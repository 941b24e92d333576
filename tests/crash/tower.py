"""Collect, worker and bell as separate processes that can be killed at any step and started again.

The harness sends a fixed load until every batch was answered 2xx, lets the tower come to rest, and
reads what each store holds. Two runs are equal when these states are equal.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
from pysqlite3 import dbapi2 as sqlite

from hinomi.pipeline.worker_state import read_backlog
from hinomi.rehearse.clerk import Clerk
from hinomi.rehearse.scenes import KNOCKING, SCENES, quiet_days
from hinomi.rehearse.town import TOWN
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.rehearse.mailbox import Mailbox

BATCH = 12
TOKYO = ZoneInfo("Asia/Tokyo")
REST_TIMEOUT_S = 60.0
KILLS_AT_LEAST = 6
ONE_AT_A_TIME = 6  # batches: more than any armed step counts
MODULES = {
    "collect": ["-m", "hinomi.pipeline.collect"],
    "worker": ["-m", "hinomi.pipeline.worker", "--lake-seconds", "0.5"],
    "bell": ["-m", "hinomi.portal.manage", "bell"],
}


@dataclass(frozen=True, slots=True)
class Batch:
    """One HTTP request of the load; its key makes a resend the same request."""

    token: str
    key: str
    records: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What the stores hold after rest, without ids and times that differ from run to run."""

    findings: Counter[tuple[str, ...]]
    lake: Counter[tuple[str, str]]
    incidents: Counter[tuple[Any, ...]]
    groups: Counter[tuple[str, frozenset[str]]]
    notices: Counter[tuple[str, ...]]
    doubled_event_ids: int
    told_twice: list[tuple[str, ...]]
    mails_by_id: Counter[str]


@dataclass(slots=True)
class Tower:
    """One data folder and its three processes. `home` is a copy of a provisioned folder."""

    home: Path
    tokens: dict[str, str]
    mailbox: Mailbox
    environment: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    port: int = 0
    worker_arguments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.port = free_port()

    def start(self, name: str, *, crash_at: str = "") -> None:
        """Start one process; with `crash_at` it will die at that step."""
        (self.home / "run").mkdir(exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            (self.home / "run" / f"{name}.json").unlink()
        command = [sys.executable, *MODULES[name], "--data", str(self.home)]
        if name == "collect":
            command += ["--ingest-port", str(self.port), "--syslog-port", "0"]
        if name == "worker":
            command += self.worker_arguments
        if crash_at:
            command += ["--crash-at", crash_at]
        log = (self.home / "run" / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            command, env=self._environment(), stdout=log, stderr=log
        )
        log.close()

    def _environment(self) -> dict[str, str]:
        smtp = {"HINOMI_SMTP": self.mailbox.smtp_url, "HINOMI_PUBLIC_URL": "http://127.0.0.1:1"}
        root = str(Path(__file__).parents[2])  # planted readers live in the tests
        return {**os.environ, "PYTHONPATH": root, **smtp, **self.environment}

    def wait_ready(self, name: str) -> None:
        """Until the process says it is ready; it may die meanwhile, which is for the caller."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            process = self.processes[name]
            with contextlib.suppress(FileNotFoundError, ValueError):
                if (
                    json.loads((self.home / "run" / f"{name}.json").read_text())["pid"]
                    == process.pid
                ):
                    return
            if process.poll() is not None:
                return
            time.sleep(0.02)
        raise AssertionError(f"{name} was not ready in 30 s: {self.log(name)}")

    def log(self, name: str) -> str:
        """The end of what a process said."""
        return (self.home / "run" / f"{name}.log").read_text(errors="replace")[-3000:]

    def kill(self, name: str) -> None:
        """SIGKILL, now."""
        self.processes[name].kill()  # counted when it is revived

    def revive(self) -> None:
        """Start again whatever is dead, without a crash point."""
        for name, process in list(self.processes.items()):
            code = process.poll()
            if code is None:
                continue
            if code == -signal.SIGKILL:
                self.kills[name] += 1
            self.start(name)

    def stop(self) -> None:
        """End all processes."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def send(self, batch: Batch, *, deadline_s: float = 60.0) -> int:
        """Resend until answered 2xx; returns how many tries it took."""
        end = time.monotonic() + deadline_s
        tries = 0
        while time.monotonic() < end:
            tries += 1
            if self._try(batch) // 100 == 2:
                return tries
            time.sleep(0.05)
        raise AssertionError(f"a batch was never acknowledged: {self.log('collect')}")

    def _try(self, batch: Batch) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Authorization": f"Bearer {batch.token}", "Idempotency-Key": batch.key}
        headers["Content-Type"] = "application/x-ndjson"
        try:
            connection.request("POST", "/ingest/v1/events", b"\n".join(batch.records), headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def rest(self) -> None:
        """Until log, pipeline and portal agree that nothing is left to do."""
        deadline = time.monotonic() + REST_TIMEOUT_S
        calm = 0
        while time.monotonic() < deadline:
            self.revive()
            calm = calm + 1 if self._is_calm() else 0
            if calm >= 3:
                return
            time.sleep(0.15)
        logs = {name: self.log(name) for name in self.processes}
        raise AssertionError(f"the tower did not come to rest: {self.backlog()} {logs}")

    def _is_calm(self) -> bool:
        try:
            return not any(self.backlog().values())
        except (sqlite.OperationalError, FileNotFoundError):
            return False

    def backlog(self) -> dict[str, int]:
        """How much each cursor is behind."""
        written = _log_heads(self.home)
        rows = _rows(
            self.home / "pipeline.sqlite",
            "SELECT partition, detect_offset, lake_offset, last_seq FROM offsets",
        )
        offsets = {row[0]: row[1:] for row in rows}
        cursors = dict(
            _rows(self.home / "portal.sqlite", "SELECT partition, seq FROM incidents_bellcursor")
        )
        waiting = _rows(
            self.home / "portal.sqlite",
            "SELECT count(*) FROM notices_notice WHERE state IN ('queued', 'sending')",
        )
        none = (0, 0, 0)
        return {
            "detect": sum(h - offsets.get(p, none)[0] for p, h in written.items()),
            "lake": sum(h - offsets.get(p, none)[1] for p, h in written.items()),
            "bell": sum(values[2] - cursors.get(p, 0) for p, values in offsets.items()),
            "outbox": waiting[0][0],
        }

    def state(self) -> State:
        """Read all stores after rest."""
        lake: Counter[tuple[str, str]] = Counter()
        ids: Counter[str] = Counter()
        for table in _lake_tables(self.home):
            for row in table.select(["_organisation", "_raw", "_event_id"]).to_pylist():
                lake[row["_organisation"], _digest(row["_raw"])] += 1
                ids[row["_event_id"]] += 1
        return State(
            findings=_findings(self.home),
            lake=lake,
            incidents=_incidents(self.home),
            groups=_groups(self.home),
            notices=_notices(self.home),
            doubled_event_ids=sum(1 for count in ids.values() if count > 1),
            told_twice=_told_twice(self.home),
            mails_by_id=Counter(str(mail.message["message-id"]) for mail in self.mailbox.mails),
        )


def load(tokens: dict[str, str], *, base: datetime) -> list[Batch]:
    """The fixed load: quiet lines and all attacks of the town, by HTTP, in a fixed order."""
    lines = list(quiet_days(end=base - timedelta(minutes=5), days=1))
    for number, scene in enumerate((*SCENES, KNOCKING)):
        lines += scene.lines(base - timedelta(minutes=4) + timedelta(seconds=10 * number))
    waiting: dict[str, list[bytes]] = {}
    batches = _guessed_password(tokens["bunkyo:server"], base=base)
    for line in lines:
        token = tokens[f"{line.company}:{line.machine}"]
        waiting.setdefault(token, []).append(line.raw)
        if len(waiting[token]) == BATCH:
            batches.append(_batch(token, waiting.pop(token), len(batches)))
    for token, records in waiting.items():
        batches.append(_batch(token, records, len(batches)))
    return batches


def _guessed_password(token: str, *, base: datetime) -> list[Batch]:
    """One line each, and first of all: a kill at any step of the worker finds it half counted."""
    lines = []
    for number in range(6):
        moment = (base - timedelta(minutes=3) + timedelta(seconds=number)).astimezone(TOKYO)
        word = "Accepted" if number == 5 else "Failed"
        said = f"{word} password for mori from 198.51.100.9 port 51122 ssh2"
        lines.append(f"<38>{moment:%b %e %H:%M:%S} yoyaku sshd[1]: {said}".encode())
    return [_batch(token, [line], -1 - number) for number, line in enumerate(lines)]


def _batch(token: str, records: list[bytes], number: int) -> Batch:
    return Batch(token, hashlib.sha256(f"{token}{number}".encode()).hexdigest(), tuple(records))


def provision(home: Path) -> dict[str, str]:
    """Make the town's companies, owners and sources once; returns "company:machine" → token."""
    home.mkdir(parents=True)
    (home / "rehearsal").write_text("crash harness\n")
    tokens, clerk = {}, Clerk(home)
    for company in TOWN:
        organisation = clerk.ask("organisation", "add", company.name)["id"]
        scope = ("--organisation", organisation)
        clerk.ask("user", "add", company.owner_mail, *scope, "--role", "owner")
        for machine in company.machines:
            # Everything goes by token here: only HTTP says what was acknowledged.
            made = clerk.ask("source", "add", *scope, "--kind", machine.kind, machine.name)
            tokens[f"{company.key}:{machine.key}"] = made["token"]
    return tokens


def copy_home(template: Path, home: Path) -> None:
    """A fresh provisioned folder; the template's processes are not running."""
    shutil.copytree(template, home)
    shutil.rmtree(home / "run", ignore_errors=True)


def run_load(tower: Tower, batches: list[Batch], *, crash: tuple[str, str] | None = None) -> None:
    """Send everything while one process is armed to die; revive it; come to rest.

    The first batches go one at a time: a busy worker would take several in one commit and never
    come to the step it is to die at.
    """
    for name in MODULES:
        tower.start(name, crash_at=crash[1] if crash and crash[0] == name else "")
    for name in MODULES:
        tower.wait_ready(name)
    with reviver(tower):
        for number, batch in enumerate(batches):
            tower.send(batch)
            if crash and number < ONE_AT_A_TIME:
                _let_detect_catch_up(tower)
    tower.rest()


def _let_detect_catch_up(tower: Tower) -> None:
    deadline = time.monotonic() + REST_TIMEOUT_S
    while read_backlog(tower.home).records:
        assert time.monotonic() < deadline, tower.log("worker")
        time.sleep(0.02)


def wait_for_log(tower: Tower, name: str, words: str) -> None:
    """Until the process has said the words."""
    deadline = time.monotonic() + REST_TIMEOUT_S
    while words not in tower.log(name):
        assert time.monotonic() < deadline, tower.log(name)
        time.sleep(0.1)


def run_load_through(
    tower: Tower, batches: list[Batch], *, trouble: Callable[[int], None], every: int
) -> None:
    """Send everything; after each `every` batches `trouble(n)` happens. Come to rest."""
    for name in MODULES:
        tower.start(name)
        tower.wait_ready(name)
    with reviver(tower):
        for number, batch in enumerate(batches):
            tower.send(batch)
            if number % every == every - 1:
                trouble(number // every)
    tower.rest()


def run_load_with_random_kills(tower: Tower, batches: list[Batch], *, seed: int) -> None:
    """Send everything while a second hand kills one of the three at random moments."""
    draw = random.Random(seed)
    for name in MODULES:
        tower.start(name)
        tower.wait_ready(name)
    stop = threading.Event()

    def hammer() -> None:
        done = 0
        while done < KILLS_AT_LEAST or not stop.is_set():
            time.sleep(draw.uniform(0.3, 1.5))  # time enough to have started something
            tower.kill(draw.choice(list(MODULES)))
            done += 1

    with reviver(tower):
        hand = threading.Thread(target=hammer)
        hand.start()
        for batch in batches:
            tower.send(batch)
            time.sleep(0.15)
        stop.set()
        hand.join()
    tower.rest()


@contextlib.contextmanager
def reviver(tower: Tower) -> Any:
    """Bring the dead back to life in the background, as the supervisor does."""
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.1):
            tower.revive()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _log_heads(home: Path) -> dict[int, int]:
    heads: dict[int, int] = {}
    for segment in sorted((home / "log").glob("*.sqlite")):
        with contextlib.suppress(sqlite.OperationalError):
            for partition, head in _rows(
                segment,
                "SELECT partition, max(last_offset) FROM chunks GROUP BY partition",
            ):
                heads[partition] = max(heads.get(partition, 0), head)
    return heads


def _lake_tables(home: Path) -> list[Any]:
    files = _rows(
        home / "pipeline.sqlite", "SELECT DISTINCT file FROM manifest WHERE is_damaged = 0"
    )
    return [pq.ParquetFile(home / "lake" / file).read() for (file,) in files]


def set_aside(home: Path) -> Counter[str]:
    """Records set aside, by reason."""
    rows = _rows(
        home / "pipeline.sqlite", "SELECT reason, sum(records) FROM set_aside_counts GROUP BY 1"
    )
    return Counter(dict(rows))


def _findings(home: Path) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    rows = _rows(home / "pipeline.sqlite", "SELECT organisation, rule_id, body FROM findings")
    for organisation, rule_id, body in rows:
        evidence = json.loads(body)["evidence"]
        found[organisation, rule_id, _digest(json.dumps([e["raw"] for e in evidence]))] += 1
    return found


def _incidents(home: Path) -> Counter[tuple[Any, ...]]:
    return Counter(
        _rows(
            home / "portal.sqlite",
            "SELECT organisation_id, kind, group_key, level, disposition, finding_count"
            " FROM incidents_incident",
        )
    )


def _groups(home: Path) -> Counter[tuple[str, frozenset[str]]]:
    """What was joined to one incident; which came first depends on what the clock let wait."""
    rows = _rows(
        home / "portal.sqlite",
        "SELECT organisation_id, group_key, merged_keys FROM incidents_incident",
    )
    return Counter(
        (company, frozenset({key, *json.loads(merged)})) for company, key, merged in rows
    )


def _notices(home: Path) -> Counter[tuple[str, ...]]:
    """The newest word to each person about each incident.

    How many went before it depends on where the bell's look cut the findings: an incident that
    grew worse between two looks is told twice, rightly. `_told_twice` sees the wrong ones.
    """
    return Counter(
        _rows(
            home / "portal.sqlite",
            'SELECT n.organisation_id, n."to", i.group_key, n.state FROM notices_notice n'
            " LEFT JOIN incidents_incident i ON i.number = n.incident_number"
            " WHERE n.id IN (SELECT max(id) FROM notices_notice"
            ' GROUP BY organisation_id, "to", incident_number)',
        )
    )


def _told_twice(home: Path) -> list[tuple[str, ...]]:
    """The same words about the same incident to the same person, more than once."""
    return _rows(
        home / "portal.sqlite",
        'SELECT organisation_id, "to", incident_number, subject FROM notices_notice'
        " GROUP BY 1, 2, 3, 4 HAVING count(*) > 1",
    )


def _rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    connection = sqlite.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
    try:
        return list(connection.execute(statement).fetchall())
    finally:
        connection.close()


def _digest(value: bytes | str) -> str:
    data = value.encode() if isinstance(value, str) else value
    return hashlib.sha256(data).hexdigest()[:16]


def now() -> datetime:
    """The moment the load is built around."""
    return datetime.now(UTC)

"""The notice run: many 今すぐ incidents at once, a mail server that fails at random, processes
killed with -9, and a scanner that opens every link.

Bell, web and auditor are the real processes on a rehearsal folder; findings are written into the
pipeline's store as the worker would. Time runs TIMES as fast: a ladder of half an hour must fit.
Printed: what was due, told, answered and escalated, how late, what was lost (must be 0), doubled
(two messages for one step or reason: must be 0), and the auditor's verdict once all is calm.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import json
import os
import random
import re
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.ports import free_port

from hinomi.core.findings import Evidence, Finding
from hinomi.core.words import Disposition, Level
from hinomi.portal.escalations.evidence import open_portal
from hinomi.rehearse.clerk import Clerk
from hinomi.store.pipeline import FILE_NAME
from hinomi.store.pipeline_rows import DetectWork
from hinomi.store.pipeline_writer import PipelineWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SAYS = "many incidents, failing mails, kills and a link scanner: nothing lost, nothing doubled"
TAKES = ("incidents", "kills")
TIMES = 10  # how fast the clock runs
MOODS = {"take": 70, "slow": 10, "later": 12, "hang": 8}
EACH = 15  # incidents of one company at most: twenty an hour are a flood, of which only one is told
CALM_S = 70.0  # more than the auditor's ten minutes, at that speed
LONGEST_S = 900.0
_LINK = re.compile(r"http://127\.0\.0\.1:\d+(/k/[^\s\"<]+/)")
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def run(incidents: int = 200, kills: int = 20) -> dict[str, Any]:
    """Figures; `is_missed` when anything was lost or doubled, or the auditor is not content."""
    dice = random.Random(5)
    with tempfile.TemporaryDirectory() as folder, Post(dice) as post:
        data = Path(folder) / "data"
        data.mkdir()
        (data / "rehearsal").write_text("benchmark\n")
        companies = provision(data, count=max(min(incidents, 40), -(-incidents // EACH)))
        with Processes(data, post.port) as tower:
            began = time.monotonic()
            tower.start()
            attack(data, companies, count=incidents)
            _wait(lambda: _count(data, "notices_alarm") >= incidents)
            reader = _Reader(post, tower.web_port, dice)
            with reader.running():
                _storm(tower, dice, kills)
                with contextlib.suppress(NoRest):
                    _wait(lambda: _is_settled(data))
                took_s = time.monotonic() - began
                time.sleep(CALM_S)
            return _figures(data, post, reader, tower, incidents, took_s)


def _storm(tower: Processes, dice: random.Random, kills: int) -> None:
    """The bell most of the time; the web process, and the auditor, now and then."""
    for _ in range(kills):
        time.sleep(dice.uniform(0.5, 3.0))
        tower.kill(dice.choice(["bell", "bell", "bell", "web", "auditor"]))
        time.sleep(dice.uniform(0.2, 1.0))
        tower.revive()


def provision(data: Path, *, count: int) -> list[str]:
    """Companies with an owner each, and a manager of the firm that serves them."""
    companies, clerk = [], Clerk(data)
    for number in range(count):
        made = clerk.ask("organisation", "add", f"会社{number:03d}")
        scope = ("--organisation", made["id"])
        mail = f"owner{number}@company.example"
        clerk.ask("user", "add", mail, *scope, "--role", "owner")
        if number == 0:
            clerk.ask("user", "add", "chief@tower.example", *scope, "--role", "manager")
        companies.append(made["id"])
    return companies


def attack(data: Path, companies: list[str], *, count: int) -> None:
    """One finding each, on a machine of its own."""
    writer = PipelineWriter(data / FILE_NAME)
    writer.claim(owner="benchmark", is_free=lambda *_: True)
    moment = _shown_now(data)
    for number in range(count):
        finding = Finding(
            id=f"bench-{number}",
            organisation=companies[number % len(companies)],
            source="src_bench",
            rule_id="bench-rule",
            rule_title="Shadow copies deleted",
            level=Level.HIGH,
            event_time=moment,
            receive_time=moment,
            device=f"PC-{number}",
            user="",
            case="ransomware",
            disposition=Disposition.UNKNOWN,
            tags=(),
            why=(),
            evidence=(Evidence(f"e{number}", moment, {"Channel": "System"}, b"raw"),),
            slots={},
            late=False,
            rule_pack="bench",
            directory_generation=1,
        )
        writer.commit_detect(DetectWork({0: number + 1}, [finding]))
    writer.close()


def _shown_now(data: Path) -> datetime:
    """The moved clock, as the processes see it."""
    told = json.loads((data / "clock.json").read_text())
    passed = timedelta(seconds=(time.time() - told["origin"]) * TIMES)
    return datetime.fromisoformat(told["start"]) + passed


class NoRest(RuntimeError):
    """What was waited for did not happen in time."""


@dataclass
class Processes:
    """Bell, web and auditor of one folder; killed and started again."""

    data: Path
    smtp_port: int
    web_port: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> Processes:
        self.web_port = free_port()
        start = datetime.now(UTC) - timedelta(minutes=1)
        self._clock = {"start": start.isoformat(), "origin": time.time()}
        (self.data / "clock.json").write_text(json.dumps(self._clock))
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()

    def start(self) -> None:
        """All three, until the bell has come round once."""
        for name in ("web", "bell", "auditor"):
            self.spawn(name)
        _wait(lambda: (self.data / "run" / "bell-beat").exists())

    def kill(self, name: str) -> None:
        """SIGKILL, now."""
        process = self.running[name]
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.kills[name] += 1

    def revive(self) -> None:
        """Start again what is dead, as the supervisor would."""
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.spawn(name)

    def spawn(self, name: str, *, crash_at: str = "") -> None:
        """Start one process; with `crash_at` it will die at that step."""
        (self.data / "run").mkdir(exist_ok=True)
        more = ["--host", "127.0.0.1", "--port", str(self.web_port)] if name == "web" else []
        more += ["--crash-at", crash_at] if crash_at else []
        command = [sys.executable, "-m", "hinomi.portal.manage", name, "--data", str(self.data)]
        with (self.data / "run" / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [*command, *more], env=self.environment(), stdout=log, stderr=log
            )

    def environment(self) -> dict[str, str]:
        """What every process of this folder sees."""
        return {
            **os.environ,
            "HINOMI_SMTP": f"smtp://127.0.0.1:{self.smtp_port}",
            "HINOMI_PUBLIC_URL": f"http://127.0.0.1:{self.web_port}",
            "HINOMI_CLOCK": f"{self._clock['start']}@{TIMES}",
            "HINOMI_CLOCK_ORIGIN": str(self._clock["origin"]),
        }


class Post(socketserver.ThreadingTCPServer):
    """A mail server with moods: takes, delays, refuses for now, hangs up."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, dice: random.Random, *, moods: Mapping[str, int] = MOODS) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.dice, self.moods = dice, moods
        self.mails: list[tuple[str, bytes]] = []
        self.refused = 0
        self.port: int = self.server_address[1]

    def __enter__(self) -> Post:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """A sender was killed while it spoke, which is what this run does."""
        self.refused += 1


class _Desk(socketserver.StreamRequestHandler):
    server: Post

    def handle(self) -> None:
        """One conversation."""
        moods = self.server.moods
        mood = self.server.dice.choices(list(moods), list(moods.values()))[0]
        if mood == "hang":
            self.server.refused += 1
            return
        if mood == "slow":
            time.sleep(self.server.dice.uniform(0.5, 2.0))
        to = ""
        self._say("220 moods")
        for line in iter(self.rfile.readline, b""):
            word = line[:4].upper()
            if word == b"RCPT":
                to = line.decode(errors="replace").partition("<")[2].partition(">")[0]
            if word == b"DATA":
                self._take(to, mood)
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self, to: str, mood: str) -> None:
        if mood == "later":
            self.server.refused += 1
            self._say("451 later")
            return
        self._say("354 go on")
        lines = []
        for line in iter(self.rfile.readline, b".\r\n"):
            if not line:
                self.server.refused += 1  # the sender was killed in the middle
                return
            lines.append(line)
        self.server.mails.append((to, b"".join(lines)))
        self._say("250 taken")

    def _say(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self.wfile.write(f"{text}\r\n".encode())


@dataclass
class _Reader:
    """The company's people and their mail scanner: every link is opened three times; who is a
    person presses a button on most of them, some time later."""

    post: Post
    web_port: int
    dice: random.Random
    opened: int = 0
    pressed: int = 0
    heard: dict[str, list[str]] = field(default_factory=dict)  # link → what each press brought
    _seen: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Reads beside everything else."""
        thread = threading.Thread(target=self._read)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def heard_about(self, number: str) -> list[str]:
        """What presses about one incident brought, link by link; empty: no mail held its link."""
        mails = [raw for _, raw in self.post.mails if number in _words_of(raw)]
        links = [link for raw in mails for link in _links(raw)[:1]]
        return [f"mail {n}: {self.heard.get(link, [])}" for n, link in enumerate(links, 1)]

    def _read(self) -> None:
        waiting: list[tuple[float, str]] = []
        while not self._stop.wait(0.1):
            for link in self._new_links():
                self._scan(link)
                waiting.append((time.monotonic() + self.dice.uniform(0, 25), link))
            moment = time.monotonic()
            due = [link for at, link in waiting if at <= moment]
            waiting = [(at, link) for at, link in waiting if at > moment]
            waiting += [(time.monotonic() + 2, link) for link in due if not self._press(link)]

    def _new_links(self) -> list[str]:
        mails = self.post.mails[self._seen :]
        self._seen += len(mails)
        return [link for _, raw in mails for link in _links(raw)[:1]]

    def _scan(self, link: str) -> None:
        for method in ("HEAD", "GET", "GET"):
            self.opened += self._ask(method, link)[0] == 200

    def _press(self, link: str) -> bool:
        """True when it was taken, or the page asks no more; a web process that was just killed, or
        an answer that came back as anything else, is tried again, as a person would."""
        status, page, cookie = self._ask("GET", link)
        token = _TOKEN.search(page)
        heard = self.heard.setdefault(link, [])
        if status != 200 or token is None or 'name="choice"' not in page:
            heard.append(f"GET {status}, {len(page)} characters")
            return status == 200 and page.rstrip().endswith("</html>")
        choice = self.dice.choice(["done", "done", "help"])
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], "choice": choice})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        status, _, _ = self._ask("POST", link, body, headers)
        heard.append(f"POST {choice} {status}")
        self.pressed += status == 302
        return status == 302

    def _ask(
        self, method: str, link: str, body: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, str, str]:
        connection = HTTPConnection("127.0.0.1", self.web_port, timeout=20)
        try:
            connection.request(method, link, body or None, headers or {})
            answer = connection.getresponse()
            cookie: SimpleCookie = SimpleCookie(answer.headers.get("Set-Cookie", ""))
            sent = "; ".join(f"{name}={morsel.value}" for name, morsel in cookie.items())
            return answer.status, answer.read().decode(errors="replace"), sent
        except (OSError, HTTPException):
            return 0, "", ""
        finally:
            connection.close()


def _words_of(raw: bytes) -> str:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part else ""


def _links(raw: bytes) -> list[str]:
    return _LINK.findall(_words_of(raw))


def _figures(
    data: Path, post: Post, reader: _Reader, tower: Processes, incidents: int, took_s: float
) -> dict[str, Any]:
    """Counted from the tables and from what the mail server really took."""
    messages = rows(data, _MESSAGES)
    arrived = Counter(_message_id(raw) for _, raw in post.mails)
    sent = [row for row in messages if row[3] == "sent"]
    lost = incidents - _count(data, "incidents_incident")
    lost += sum(row[3] in ("queued", "sending", "failed") for row in messages)
    lost += sum(row[4] not in arrived for row in sent)
    lost += scalar(data, _WITHOUT_ESCALATION)
    places = Counter((row[0], row[1]) for row in messages)
    verdict = _verdict(data, tower)
    figures: dict[str, Any] = {
        "incidents": incidents,
        "seconds": round(took_s, 1),
        "due": scalar(data, "SELECT count(*) FROM escalations_step WHERE state = 'done'"),
        "told": len(sent),
        "answered": scalar(data, _ANSWERED),
        "escalated": scalar(data, _ESCALATED),
        "late": scalar(data, _LATE),
        "lost": lost,
        "doubled": sum(count - 1 for count in places.values()),
        "again_under_the_same_id": sum(count - 1 for count in arrived.values()),
        "refused_for_now": post.refused,
        "links_opened": reader.opened,
        "buttons_pressed": reader.pressed,
        "kills": sum(tower.kills.values()),
        "unanswered": {
            number: reader.heard_about(number) for (number,) in rows(data, _UNANSWERED)[:5]
        },
        "auditor": "good" if verdict["is_good"] else verdict["troubles"][:5],
    }
    missed = (figures["lost"], figures["doubled"], figures["unanswered"], not verdict["is_good"])
    figures["is_missed"] = any(missed)
    return figures


_MESSAGES = """
SELECT n.incident_number || ':' || n.dedupe_key, n.channel || n."to", n.step, n.state, n.message_id
FROM notices_notice n
UNION ALL
SELECT f.dedupe_key, f.channel || f."to", f.step, f.state, f.message_id FROM notices_firmnotice f
"""
_WITHOUT_ESCALATION = """
SELECT count(*) FROM notices_alarm a JOIN incidents_incident i ON i.number = a.incident_number
WHERE NOT EXISTS (SELECT 1 FROM escalations_escalation e WHERE e.incident_id = i.id)
"""
_ANSWERED = "SELECT count(*) FROM escalations_escalation WHERE how IN ('link', 'page', 'call')"
_UNANSWERED = """
SELECT i.number FROM escalations_escalation e JOIN incidents_incident i ON i.id = e.incident_id
WHERE e.stopped_at IS NULL ORDER BY i.id
"""
_ESCALATED = (
    "SELECT count(DISTINCT escalation_id) FROM escalations_step WHERE number > 0 AND state = 'done'"
)
_LATE = """
SELECT count(*) FROM escalations_step
WHERE state = 'done' AND julianday(ran_at) - julianday(due_at) > 60.0 / 86400
"""


def _is_settled(data: Path) -> bool:
    """Everybody answered and nothing waits to be sent."""
    waiting = "SELECT count(*) FROM {} WHERE state IN ('queued', 'sending')"
    tables = ("notices_notice", "notices_firmnotice")
    running = scalar(data, "SELECT count(*) FROM escalations_escalation WHERE stopped_at IS NULL")
    alarms = scalar(data, "SELECT count(*) FROM notices_alarm WHERE handled_at IS NULL")
    return not running + alarms + sum(scalar(data, waiting.format(table)) for table in tables)


def _verdict(data: Path, tower: Processes) -> dict[str, Any]:
    command = [sys.executable, "-m", "hinomi.portal.manage", "auditor", "--once"]
    done = subprocess.run(
        [*command, "--data", str(data)],
        env=tower.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return dict(json.loads(done.stdout))


def _message_id(raw: bytes) -> str:
    found = re.search(rb"^Message-ID:\s*<([^>]+)>", raw, re.MULTILINE | re.IGNORECASE)
    return found[1].decode() if found else ""


def _count(data: Path, table: str) -> int:
    return scalar(data, f"SELECT count(*) FROM {table}")


def scalar(data: Path, statement: str) -> int:
    """One number of it."""
    return int(rows(data, statement)[0][0])


def rows(data: Path, statement: str) -> list[Any]:
    """Of the portal's store, read only."""
    connection = open_portal(data)
    try:
        return list(connection.execute(statement))
    finally:
        connection.close()


def _wait(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST_S
    while not holds():
        if time.monotonic() > deadline:
            raise NoRest(f"The run did not come to rest within {LONGEST_S:.0f} s.")
        time.sleep(0.3)

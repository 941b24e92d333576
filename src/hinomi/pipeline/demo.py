"""The main job on a make-believe town: real lines over real sockets to an incident on screen.

Everything goes the way a customer's records go: companies, sources and people are made by the
provisioning commands, lines travel by UDP, TCP and HTTP, mails by SMTP, pages by HTTP.
"""

from __future__ import annotations

import http.cookiejar
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hinomi.config import REHEARSAL_MARK
from hinomi.core.errors import HinomiError
from hinomi.rehearse import senders
from hinomi.rehearse.clerk import Clerk
from hinomi.rehearse.over_time import OVER_TIME, ordinary_weeks
from hinomi.rehearse.scenes import (
    FORTIGATE_SERIAL,
    KNOCKING,
    SCENES,
    SOPHOS_SERIAL,
    Line,
    Scene,
    quiet_days,
)
from hinomi.rehearse.storms import STORMS
from hinomi.rehearse.town import ANALYST_MAIL, PROVIDER, TOWN, Company, Machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from hinomi.core.words import ActionLevel
    from hinomi.rehearse.mailbox import Mailbox

SERVICE_NAME = "まちの見守り"
FEED_NAME = "町の情報共有"
_BATCH = 50


@dataclass(slots=True)
class People:
    """One-time sign-in links of the two who look at the demo."""

    owner: str = ""
    analyst: str = ""


@dataclass(slots=True)
class Rehearsal:
    """The town on one data folder. `mailbox` is None when HINOMI_SMTP says where mails go."""

    data: Path
    mailbox: Mailbox | None
    organisations: dict[str, str] = field(default_factory=dict)
    roads: dict[tuple[str, str], senders.Road] = field(default_factory=dict)
    _clerk: Clerk | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What the tower's processes see beside our own environment."""
        smtp = {"HINOMI_SMTP": self.mailbox.smtp_url} if self.mailbox else {}
        return {"HINOMI_SERVICE_NAME": SERVICE_NAME, **smtp}

    def prepare_folder(self) -> None:
        """Mark the folder, so that rehearsal-only doors (links, moved clocks) open here alone."""
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)  # as every data folder
        if any(self.data.iterdir()) and not (self.data / REHEARSAL_MARK).exists():
            raise HinomiError(
                f"{self.data} holds real data; a rehearsal must not mix with it.",
                advice="Give an empty folder with --data.",
            )
        (self.data / REHEARSAL_MARK).write_text("made by hinomi demo\n")

    def move_in(self, on_step: Callable[[str], None]) -> None:
        """Make the firm, the companies, their people and their sources."""
        firm = self.portal("firm", "add", PROVIDER)["id"]
        self.portal("user", "add", ANALYST_MAIL, "--firm", firm, "--role", "analyst")
        for company in TOWN:
            self._move_in(company, firm)
            on_step(company.name)

    def _move_in(self, company: Company, firm: str) -> None:
        organisation = self.portal("organisation", "add", company.name, "--firm", firm)["id"]
        self.organisations[company.key] = organisation
        scope = ("--organisation", organisation)
        self.portal("user", "add", company.owner_mail, *scope, "--role", "owner")
        for machine in company.machines:
            identity = _identity(company, machine)
            made = self.portal(
                "source", "add", *scope, "--kind", machine.kind, *identity, machine.name
            )
            self.roads[company.key, machine.key] = senders.Road(
                endpoint=made["endpoint"],
                token=made["token"] if machine.by == "token" else "",
                from_address=company.address if machine.by == "address" else "",
            )
        for device, nickname in company.nicknames:
            self.portal("device", "name", *scope, device, nickname)

    def connect(self, endpoints: dict[str, str]) -> None:
        """Fill in where the running tower listens (its ports are chosen when it starts)."""
        for (company, machine), road in self.roads.items():
            if road.token:
                endpoint = endpoints["ingest"]
            elif road.from_address:
                endpoint = endpoints["syslog"]
            else:
                continue
            self.roads[company, machine] = senders.Road(endpoint, road.token, road.from_address)

    def sign_in_links(self) -> People:
        """Fresh one-time links for the owner of the first company and the analyst."""
        return People(
            owner=self.sign_in_link(TOWN[0].owner_mail), analyst=self.sign_in_link(ANALYST_MAIL)
        )

    def sign_in_link(self, mail: str) -> str:
        """A fresh one-time link for this person."""
        return self.portal("user", "link", mail)["url"]

    def has_mailed(self, company: str, level: ActionLevel) -> bool:
        """Whether the company's owner has a mail of this level; with a mail server of its own:
        whether that took any notice for the company."""
        if self.mailbox is None:
            return self._has_sent_mail(company)
        owner = next(each.owner_mail for each in TOWN if each.key == company)
        return any(
            owner in mail.recipients and level.ja in str(mail.message["subject"])
            for mail in list(self.mailbox.mails)
        )

    def _has_sent_mail(self, company: str) -> bool:
        rows = self._portal("outbox", "list", "--organisation", self.organisations[company])
        return any(row.get("state") == "sent" for row in rows if isinstance(row, dict))

    def portal(self, *words: str) -> dict[str, str]:
        """One provisioning command as a process; its JSON answer, an object."""
        answer = self._portal(*words)
        return answer if isinstance(answer, dict) else {}

    def _portal(self, *words: str) -> Any:  # noqa: ANN401 - JSON from our own command
        if self._clerk is None:
            self._clerk = Clerk(self.data, self.environment)
        return self._clerk.ask(*words)

    def _command(self, module: str, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", module, *words, "--data", str(self.data)],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise HinomiError(f"`hinomi {' '.join(words)}` failed: {done.stderr.strip()[-1500:]}")
        return done.stdout

    def replay_quiet_days(self) -> int:
        """Ordinary weeks at the factory, then three ordinary days of everybody, as fast as they go;
        returns how many lines were sent."""
        end = datetime.now(UTC)
        return self.send([*ordinary_weeks(end=end), *quiet_days(end=end)])

    def play(self, on_scene: Callable[[str], None], *, pause_s: float) -> None:
        """The six attacks, live, the knocking that never stops, what only shows over time, and what
        comes to many at once."""
        for scene in (*SCENES, KNOCKING, *OVER_TIME, *STORMS):
            on_scene(f"{_place(scene)}：{scene.title_ja}")
            self.send(scene.lines(datetime.now(UTC)))
            self.learn(scene.known_bad)
            time.sleep(pause_s)

    def learn(self, known_bad: Sequence[str]) -> None:
        """Import a feed with these names; it is matched from now on, and looked for in what the
        tower keeps, by a process of its own."""
        if not known_bad:
            return
        feed = self.data / "run" / "feed.csv"
        rows = [f"{name},90,C2 server" for name in known_bad]
        feed.write_text("\n".join(["domain,confidence,malware", *rows, ""]), encoding="utf-8")
        self._command("hinomi.cli.main", "intel", "import", str(feed), "--source", FEED_NAME)

    def send(self, lines: Iterable[Line]) -> int:
        """Each machine's lines by its own road; datagrams one by one, the rest in batches."""
        waiting: dict[tuple[str, str], list[bytes]] = {}
        sent = list(lines)
        for line in sent:
            road = self.roads[line.company, line.machine]
            if road.from_address:
                senders.send_datagram(road, line.raw)
                time.sleep(0.0005)  # a datagram has no answer: do not outrun the receiver's buffer
                continue
            batch = waiting.setdefault((line.company, line.machine), [])
            batch.append(line.raw)
            if len(batch) >= _BATCH:
                _deliver(road, waiting.pop((line.company, line.machine)))
        for key, batch in waiting.items():
            _deliver(self.roads[key], batch)
        return len(sent)


def _identity(company: Company, machine: Machine) -> list[str]:
    serials = {"fortigate": FORTIGATE_SERIAL, "sophos_firewall": SOPHOS_SERIAL}
    words = ["--address", company.address] if machine.by == "address" else []
    if machine.kind in serials:
        words += ["--serial", serials[machine.kind]]
    return words


def _deliver(road: senders.Road, batch: list[bytes]) -> None:
    if road.token:
        senders.post(road, batch)
    else:
        senders.send_stream(road, batch)


def _place(scene: Scene) -> str:
    return next((each.name for each in TOWN if each.key == scene.company), "いくつもの会社")


@dataclass(slots=True)
class Visitor:
    """A browser without a screen: signs in by link and reads pages, as the owner's phone would."""

    link: str
    _opener: urllib.request.OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def sign_in(self) -> None:
        """Open the link: on the tower's own machine that signs in, elsewhere its button does."""
        with self._opener.open(self.link, timeout=10) as answer:
            page = answer.read().decode()
            if answer.geturl() != self.link:
                return
        form = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page))
        request = urllib.request.Request(  # noqa: S310 - our own http address
            self.link,
            data=urllib.parse.urlencode(form).encode(),
            headers={"Referer": self.link},
        )
        self._opener.open(request, timeout=10).read()

    def read(self, path: str) -> str:
        """A page of the same site as text."""
        return self._read(urllib.parse.urljoin(self.link, path))

    def _read(self, url: str) -> str:
        with self._opener.open(url, timeout=10) as answer:
            return str(answer.read().decode())

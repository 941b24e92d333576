"""A real tower (`hinomi up`) with a source of each company for each pair, and what it has kept."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.collect import dovecot
from tests.collect.certificates import make_pair
from tests.collect.conftest import read_log
from tests.collect.letters import CONSOLE, DOMAIN
from tests.e2e.contracts.tower import Tower
from tests.ports import free_port

from benchmarks._senders.letters import IMAP, JUDGE, SMTP
from benchmarks._senders.pairs import Pair, Way
from hinomi.core.mail import MailState
from hinomi.rehearse.clerk import Clerk
from hinomi.store.mailroom import MailRoomReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

COMPANIES = ("aoi", "fumi")
_KNOWN_S = 2.5  # until collect has seen what the portal changed
Stock = dict[str, dict[str, bytes]]  # source or mailbox → id → record


@dataclass(slots=True)
class Town:
    """The tower. `options` bring it back where its senders know it."""

    tower: Tower
    clerk: Clerk
    options: tuple[str, ...]
    authority: Path
    organisations: dict[str, str] = field(default_factory=dict)
    sources: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    imap: dovecot.Dovecot | None = None
    mailboxes: list[str] = field(default_factory=list)  # those that mails are handed in to
    fetched: str = ""  # the one that is looked into

    def way(self, pair: Pair, company: str, folder: Path) -> Way:
        """A company's way in, with a folder for its sender."""
        made = self.sources[pair.name, company]
        place = folder / re.sub("[^A-Za-z0-9]+", "-", pair.name) / company
        place.mkdir(parents=True)
        ingest, authority = self.tower.endpoints["ingest"], self.authority
        port = made["endpoint"].rpartition(":")[2]
        if pair.listener == SMTP:
            port = self.tower.endpoints["smtp"].rpartition(":")[2]
        if pair.listener == IMAP and self.imap is not None:
            port, authority = str(self.imap.tls), self.imap.authority
        return Way(ingest, made["token"], int(port) if port.isdigit() else 0, place, authority)

    def stock(self) -> Stock:
        """Everything that is durable, by source; what was handed in over SMTP by mailbox."""
        found: Stock = defaultdict(dict)
        for record in read_log(self.tower.data):
            found[record.source][record.event_id] = record.raw
        if self.mailboxes:
            with closing(MailRoomReader(self.tower.data)) as room:
                for box in self.mailboxes:
                    for mail in room.mails(mailboxes=[box], states=list(MailState), limit=10**6):
                        found[box][mail.id] = room.body(mail.id, mailboxes=[box]) or b""
        return found

    def own(self, company: str) -> set[str]:
        """Ids of the records of the company's sources, as the log has them."""
        sources = {made["id"] for (_, whose), made in self.sources.items() if whose == company}
        stock = self.stock()
        return {id_ for source in sources - set(self.mailboxes) for id_ in stock.get(source, {})}

    def listed(self, company: str) -> set[str]:
        """Ids of the records that `hinomi events list` shows to the company."""
        rows = self.tower.ask("events", "list", "--organisation", self.organisations[company])
        return {row["event_id"] for row in rows}

    def look_for_mail(self) -> None:
        """Now, not within the minute: a mailbox that was changed is looked into at once."""
        for act in ("pause", "resume") if self.fetched else ():
            self._portal("mailbox", act, "--mailbox", self.fetched)
            time.sleep(_KNOWN_S)

    def add(self, pair: Pair, company: str) -> None:
        """The company's source, or its part of a mailbox."""
        add = {SMTP: self._add_smtp, IMAP: self._add_imap}.get(pair.listener, self._add_source)
        self.sources[pair.name, company] = add(pair, company)

    def _add_source(self, pair: Pair, company: str) -> dict[str, str]:
        scope = ("--organisation", self.organisations[company])
        return self._portal("source", "add", *scope, "--kind", pair.kind, pair.name)

    def _add_smtp(self, _: Pair, company: str) -> dict[str, str]:
        address = f"{company}@mimamori.example.jp"
        box = self._portal("mailbox", "add", company, "--kind", "smtp", "--address", address)["id"]
        self.mailboxes.append(box)
        return {"id": box, "token": address, "endpoint": ""}

    def _add_imap(self, _: Pair, company: str) -> dict[str, str]:
        """One mailbox for both: what stands in the mail says whose it is."""
        if self.imap is None:
            raise RuntimeError("no IMAP server")
        where = ("--host", "127.0.0.1", "--port", str(self.imap.plain), "--security", "none")
        who = ("--user", "soc", "--address", "soc@mimamori.example.jp", "--verdict-from", JUDGE)
        password = ("--password-stdin",)
        self.fetched = self._portal(
            "mailbox", "add", "imap", *where, *who, *password, stdin="open\n"
        )["id"]
        box = ("--mailbox", self.fetched)
        self._portal("mailbox", "accept", CONSOLE, "--domain", DOMAIN, *box)
        route = ("tenant", company, "--organisation", self.organisations[company])
        made = self._portal("mailbox", "route", *route, *box)
        return {"id": made["source"], "token": "", "endpoint": ""}

    def _portal(self, *words: str, stdin: str = "") -> dict[str, Any]:
        return dict(self.clerk.ask(*words, typed=stdin))


@contextmanager
def standing(folder: Path, pairs: Sequence[Pair]) -> Iterator[Town]:
    """`hinomi up` with TLS, on ports of its own."""
    tower = Tower(folder / "data")
    tower.data.mkdir()
    (tower.data / "rehearsal").write_text("benchmark\n")
    ours = make_pair(folder, "tower")
    options: tuple[str, ...] = ("--certificate", str(ours.certificate), "--key", str(ours.key))
    for option in ("--ingest-port", "--syslog-port", "--smtp-port"):
        options += (option, str(free_port()))
    town = Town(tower, Clerk(tower.data), options, ours.certificate)
    with ExitStack() as stack:
        if any(pair.listener == IMAP for pair in pairs):
            town.imap = stack.enter_context(dovecot.running(tls="yes"))
        for company in COMPANIES:
            made = town.clerk.ask("organisation", "add", company)
            town.organisations[company] = made["id"]
            for pair in pairs:
                town.add(pair, company)
        tower.up(*options)
        try:
            yield town
        finally:
            if tower.process is not None and tower.process.poll() is None:
                tower.down()

"""A real tower with companies for benchmarks to load: four processes, real sockets, real SMTP."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.pipeline.supervisor import Plan, Supervisor
from hinomi.rehearse import senders
from hinomi.rehearse.clerk import Clerk
from hinomi.rehearse.lines import fortigate, windows
from hinomi.rehearse.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Stage:
    """A running tower. `tokens` are one source's of each company."""

    data: Path
    tower: Supervisor
    ingest: str
    tokens: list[str]
    mailbox: Mailbox

    def road(self, number: int) -> senders.Road:
        """The way in for company `number` (wraps around)."""
        return senders.Road(self.ingest, self.tokens[number % len(self.tokens)])


@contextmanager
def standing_tower(*, companies: int) -> Iterator[Stage]:
    """Provisioned and ready; stopped and removed at the end."""
    with tempfile.TemporaryDirectory() as folder, Mailbox() as mailbox:
        data = Path(folder) / "data"
        data.mkdir()
        (data / "rehearsal").write_text("benchmark\n")
        tokens = _add_companies(data, count=companies)
        plan = Plan(
            data=data,
            port=0,
            ingest_port=0,
            syslog_port=0,
            log_folder=data / "run" / "log",
            environment={"HINOMI_SMTP": mailbox.smtp_url},
        )
        with Supervisor(plan) as tower:
            yield Stage(data, tower, tower.start()["ingest"], tokens, mailbox)


def _add_companies(data: Path, *, count: int) -> list[str]:
    tokens, clerk = [], Clerk(data)
    for number in range(count):
        organisation = clerk.ask("organisation", "add", f"会社{number:03d}")["id"]
        scope = ("--organisation", organisation)
        clerk.ask("user", "add", f"owner{number}@company.example", *scope, "--role", "owner")
        made = clerk.ask("source", "add", *scope, "--kind", "windows", "事務所のパソコン")
        tokens.append(made["token"])
    return tokens


def quiet_record(*, company: int, number: int) -> bytes:
    """An ordinary line of one company, now: every other one a firewall's, else a PC's."""
    moment = datetime.now(UTC)
    if number % 2:
        return fortigate.line(
            "traffic",
            moment,
            device=f"FGT-{company}",
            serial=f"FGT40F{company:010d}",
            src=f"192.168.1.{number % 250}",
            sport=40_000 + number % 9_000,
            dst=f"198.51.100.{number % 250}",
            dport=443,
            session=number,
            sent=number % 1_000 * 100,
            received=number % 1_000 * 1_000,
        )
    return _process(f"PC-{company}", "C:\\Windows\\notepad.exe", f"notepad.exe {number}.txt")


def attack_record(*, computer: str) -> bytes:
    """Restore points deleted on this machine, now."""
    command = "vssadmin delete shadows /all /quiet"
    return _process(computer, "C:\\Windows\\System32\\vssadmin.exe", command)


def _process(computer: str, image: str, command: str) -> bytes:
    data = {"Image": image, "CommandLine": command, "ParentImage": "C:\\Windows\\explorer.exe"}
    return windows.line("process", datetime.now(UTC), computer=computer, data=data)

"""Memory of the whole tower for 100 small companies, per process (promise 6: 1 GB in all).

Proportional set size, so that pages shared between processes count once. Measured at its highest
while every company sends, the owner's page is read, and notices go out.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from hinomi.pipeline.supervisor import Plan, Supervisor
from hinomi.portal.manage import main as portal
from hinomi.rehearse import senders
from hinomi.rehearse.lines import fortigate, windows
from hinomi.rehearse.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator

SAYS = "memory per process with 100 companies under load"
COMPANIES = 100
ROUNDS = 6
LIMITS_MB = {"collect": 90, "worker": 420, "web": 170, "bell": 150, "all": 1024}


def run() -> dict[str, Any]:
    """Peak PSS in MB per process and in all; `is_missed` when over the plan's limit."""
    with tempfile.TemporaryDirectory() as folder, Mailbox() as mailbox:
        data = Path(folder) / "data"
        data.mkdir()
        (data / "rehearsal").write_text("benchmark\n")
        tokens = add_companies(data, count=COMPANIES)
        plan = Plan(
            data=data,
            port=0,
            ingest_port=0,
            syslog_port=0,
            log_folder=data / "run" / "log",
            environment={"HINOMI_SMTP": mailbox.smtp_url},
        )
        with Supervisor(plan) as tower:
            endpoints = tower.start()
            peaks: dict[str, float] = {}
            with _watching(tower, peaks):
                sent = _load(endpoints["ingest"], tokens)
                time.sleep(5)
    peaks["all"] = sum(peaks.values())
    figures: dict[str, Any] = {f"{name}_mb": round(mb, 1) for name, mb in peaks.items()}
    figures |= {"companies": COMPANIES, "records": sent, "mails": len(mailbox.mails)}
    figures["is_missed"] = any(peaks[name] > limit for name, limit in LIMITS_MB.items())
    return figures


def add_companies(data: Path, *, count: int) -> list[str]:
    """Companies with an owner and one source each; their tokens."""
    tokens = []
    for number in range(count):
        organisation = _portal(data, "organisation", "add", f"会社{number:03d}")["id"]
        scope = ("--organisation", organisation)
        _portal(data, "user", "add", f"owner{number}@company.example", *scope, "--role", "owner")
        made = _portal(data, "source", "add", *scope, "--kind", "windows", "事務所のパソコン")
        tokens.append(made["token"])
    return tokens


def _portal(data: Path, *words: str) -> dict[str, Any]:
    """In this process: 300 processes of a second each would measure Django's start."""
    answer = io.StringIO()
    with contextlib.redirect_stdout(answer):
        code = portal([*words, "--data", str(data), "--format", "json"])
    if code:
        raise RuntimeError(f"{words} failed")
    return dict(json.loads(answer.getvalue()))


def _load(endpoint: str, tokens: list[str]) -> int:
    sent = 0
    for number in range(ROUNDS):
        for index, token in enumerate(tokens):
            records = [record(number, index, row) for row in range(50)]
            senders.post(senders.Road(endpoint, token), records)
            sent += len(records)
    return sent


def record(number: int, index: int, row: int) -> bytes:
    """An ordinary line of one company, now; row 0 of the last round is an attack."""
    moment = datetime.now(UTC)
    if row % 2:
        return fortigate.line(
            "traffic",
            moment,
            device=f"FGT-{index}",
            serial=f"FGT40F{index:010d}",
            src=f"192.168.1.{row}",
            sport=40_000 + row,
            dst=f"198.51.100.{row}",
            dport=443,
            session=number * 1000 + row,
            sent=row * 100,
            received=row * 1000,
        )
    is_attack = row == 0 and number == ROUNDS - 1 and index % 4 == 0
    command = "vssadmin delete shadows /all /quiet" if is_attack else f"notepad.exe {row}.txt"
    image = "C:\\Windows\\System32\\vssadmin.exe" if is_attack else "C:\\Windows\\notepad.exe"
    data = {"Image": image, "CommandLine": command, "ParentImage": "C:\\Windows\\explorer.exe"}
    return windows.line("process", moment, computer=f"PC-{index}", data=data)


@contextlib.contextmanager
def _watching(tower: Supervisor, peaks: dict[str, float]) -> Iterator[None]:
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.25):
            for child in tower.children:
                if child.process is not None and child.is_running:
                    peaks[child.name] = max(peaks.get(child.name, 0.0), _mb(child.process.pid))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _mb(pid: int) -> float:
    """PSS of a process and all its children."""
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for member in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += member.memory_full_info().pss
    return total / 1e6

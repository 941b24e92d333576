"""Memory of the whole tower for 100 small companies, per process (promise 6: 1 GB in all).

Proportional set size, so that pages shared between processes count once. Measured at its highest
while every company sends and notices go out.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks._tower import Stage, attack_record, quiet_record, standing_tower
from hinomi.rehearse import senders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.pipeline.supervisor import Supervisor

SAYS = "memory per process with 100 companies under load"
COMPANIES = 100
ROUNDS = 6
ROUND = 50
LIMITS_MB = {"collect": 90, "worker": 420, "web": 170, "bell": 150, "auditor": 90, "all": 1024}


def run() -> dict[str, Any]:
    """Peak PSS in MB per process and in all; `is_missed` when over the plan's limit."""
    peaks: dict[str, float] = {}
    with standing_tower(companies=COMPANIES) as stage:
        with _watching(stage.tower, peaks):
            sent = _load(stage)
            time.sleep(5)
        mails = len(stage.mailbox.mails)
    peaks["all"] = sum(peaks.values())
    figures: dict[str, Any] = {f"{name}_mb": round(mb, 1) for name, mb in peaks.items()}
    figures |= {"companies": COMPANIES, "records": sent, "mails": mails}
    figures["is_missed"] = any(peaks[name] > limit for name, limit in LIMITS_MB.items())
    return figures


def _load(stage: Stage) -> int:
    """Every company sends; in the end each fourth is attacked."""
    for number in range(ROUNDS):
        for company in range(COMPANIES):
            rows = range(number * ROUND, (number + 1) * ROUND)
            records = [quiet_record(company=company, number=row) for row in rows]
            senders.post(stage.road(company), records)
    for company in range(0, COMPANIES, 4):
        senders.post(stage.road(company), [attack_record(computer=f"PC-{company}")])
    return ROUNDS * COMPANIES * ROUND + COMPANIES // 4


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

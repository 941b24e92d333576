"""The whole walk on one machine: events per second to findings, and seconds from event to mail.

Events per second counts from the first request until the worker has nothing left to read;
event → mail counts from before the request until the mail server has the mail, while quiet traffic
goes on.
"""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from typing import TYPE_CHECKING, Any

from benchmarks._tower import attack_record, quiet_record, standing_tower
from hinomi.pipeline.worker_state import read_backlog
from hinomi.rehearse import senders

if TYPE_CHECKING:
    from benchmarks._tower import Stage

SAYS = "events per second end to end, and seconds from event to mail"
COMPANIES = 20
MAILS_EACH = 5
STREAM = 60_000
BATCH = 500
FIRST_ATTEMPT_S = 5.0  # architecture §2, p99


def run() -> dict[str, Any]:
    """Figures of both; `is_missed` when the p99 to the mail is over its budget."""
    with standing_tower(companies=COMPANIES) as stage:
        figures: dict[str, Any] = {"end_to_end_events_per_s": round(_stream(stage))}
        waits = _event_to_mail(stage)
    waits.sort()
    figures |= {
        "mails": len(waits),
        "event_to_mail_p50_s": round(statistics.median(waits), 2),
        "event_to_mail_p99_s": round(waits[int(len(waits) * 0.99)], 2),
        "event_to_mail_max_s": round(waits[-1], 2),
    }
    figures["is_missed"] = figures["event_to_mail_p99_s"] > FIRST_ATTEMPT_S
    return figures


def _stream(stage: Stage) -> float:
    """Mixed quiet events as fast as they are acknowledged, until the worker is through."""
    batches = [_batch(number, size=BATCH) for number in range(STREAM // BATCH)]
    began = time.monotonic()
    for number, batch in enumerate(batches):
        senders.post(stage.road(number), batch)
    while read_backlog(stage.data).records:
        time.sleep(0.05)
    return STREAM / (time.monotonic() - began)


def _event_to_mail(stage: Stage) -> list[float]:
    """One attack at a time on a new machine each, so that each opens an incident of its own."""
    stop = threading.Event()
    murmur = threading.Thread(target=_murmur, args=(stage, stop))
    murmur.start()
    waits = [_attack(stage, number) for number in range(COMPANIES * MAILS_EACH)]
    stop.set()
    murmur.join()
    return waits


def _attack(stage: Stage, number: int) -> float:
    before = len(stage.mailbox.mails)
    began = time.monotonic()
    senders.post(stage.road(number), [attack_record(computer=f"PC-{number}")])
    while len(stage.mailbox.mails) == before:
        if time.monotonic() - began > 60:
            raise RuntimeError("no mail within a minute")
        time.sleep(0.005)
    return time.monotonic() - began


def _murmur(stage: Stage, stop: threading.Event) -> None:
    """About 200 quiet events a second beside the attacks."""
    for number in itertools.count(1_000):
        if stop.wait(0.25):
            return
        senders.post(stage.road(number), _batch(number, size=50))


def _batch(number: int, *, size: int) -> list[bytes]:
    company = number % COMPANIES
    return [quiet_record(company=company, number=number * size + row) for row in range(size)]

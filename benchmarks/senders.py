"""Real senders × listeners on a real tower: sent, acknowledged, stored, equal, doubled, and whether
anything reached another company; undisturbed, and with the whole tower killed in the middle.

    python benchmarks/senders.py            # or: hinomi bench senders
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # run as a file, the checkout is not where Python looks
    sys.path.insert(0, str(Path(__file__).parents[1]))

import argparse
import json
import os
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from benchmarks._senders.judge import Told, Verdict, judge, send
from benchmarks._senders.pairs import Pair, Promise
from benchmarks._senders.table import PAIRS
from benchmarks._senders.town import COMPANIES, Stock, Town, standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

SAYS = "real senders on every listener: sent, acked, stored, equal; also through kill -9"
_CALM_ROUNDS = 10
_FIRST_KILLED = 1_000  # rounds have numbers of their own: a key tells a repeat from a new request
_AFTER_ROUNDS = 10  # once the tower is back
_PAUSE_S = 1.0
_KILL_AT_S = 5.0
_DOWN_S = 2.0
_AT_ONCE = 4  # pairs, while nobody is killed
_PATIENCE_S = 60.0
_QUIET_S = 6.0
_FOREIGN_TRUST = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
# What each promise allows when the tower dies: (may lose what was not acknowledged, may double)
_ALLOWS = {
    Promise.ONCE: (False, False),
    Promise.ACKED: (False, True),
    Promise.STREAM: (True, True),
    Promise.DATAGRAM: (True, True),
}


@dataclass(slots=True)
class Job:
    """One pair with both companies' senders open."""

    pair: Pair
    senders: dict[str, Any]
    told: dict[str, Told]

    def turn(self, company: str, number: int) -> None:
        """The `number`th handful of a company's texts."""
        first = number * self.pair.each
        texts = self.pair.texts(company, range(first, first + self.pair.each))
        send(self.pair, self.senders[company], texts, self.told[company])


def run(*, only: str = "", keep: str = "") -> dict[str, Any]:
    """`is_missed` when a record is not where its listener's promise says. `only`: pairs whose
    name holds this. `keep`: a folder in which all is left for looking."""
    for name in _FOREIGN_TRUST:  # these would go before the certificate that a sender is given
        os.environ.pop(name, None)
    missing = {pair.name: pair.missing() for pair in PAIRS if only in pair.name}
    pairs = [pair for pair in PAIRS if missing.get(pair.name) == ""]
    with _folder(keep) as name, standing(Path(name), pairs) as town:
        calm = _phase(town, pairs, Path(name) / "calm", calm_round)
        killed = _phase(town, pairs, Path(name) / "killed", killed_round)
    rows = [
        _row(pair, when, verdict)
        for when, verdicts in (("undisturbed", calm), ("killed", killed))
        for pair, verdict in zip(pairs, verdicts, strict=True)
    ]
    return {
        "rows": rows,
        "not_run": [f"{name}: {why}" for name, why in missing.items() if why],
        "wrong_company": sum(row["wrong_company"] for row in rows),
        "is_missed": any(row["verdict"] != "kept" for row in rows),
    }


@contextmanager
def _folder(keep: str) -> Iterator[str]:
    if not keep:
        with tempfile.TemporaryDirectory() as name:
            yield name
        return
    Path(keep).mkdir(parents=True)
    yield keep


def _phase(
    town: Town, pairs: Sequence[Pair], folder: Path, act: Callable[[Town, Sequence[Job]], None]
) -> list[Verdict]:
    """Opens all senders, lets the round use them, waits for what is on the way, and judges."""
    before = {id_ for kept in town.stock().values() for id_ in kept}
    with ExitStack() as stack:
        jobs = [_job(town, pair, folder, stack) for pair in pairs]
        act(town, jobs)
        print(f"{folder.name}: sent, waiting for the rest", file=sys.stderr)
        town.look_for_mail()
        _settle(town, jobs, before)
    _settle(town, jobs, before)
    stock = {
        source: {id_: raw for id_, raw in kept.items() if id_ not in before}
        for source, kept in town.stock().items()
    }
    return [_judged(town, job, stock) for job in jobs]


def _job(town: Town, pair: Pair, folder: Path, stack: ExitStack) -> Job:
    senders = {
        company: stack.enter_context(pair.open(town.way(pair, company, folder)))
        for company in COMPANIES
    }
    return Job(pair, senders, {company: Told() for company in COMPANIES})


def calm_round(_: Town, jobs: Sequence[Job]) -> None:
    """Both companies at once on each listener, a few listeners at a time."""
    for first in range(0, len(jobs), _AT_ONCE):
        some = jobs[first : first + _AT_ONCE]
        _together(some, lambda: range(_CALM_ROUNDS), pause_s=0.05)


def killed_round(town: Town, jobs: Sequence[Job]) -> None:
    """All at once; every process of the tower dies by SIGKILL in the middle, and `hinomi up` is
    called again."""
    is_back = threading.Event()

    def disturb() -> None:
        time.sleep(_KILL_AT_S)
        town.tower.kill()
        time.sleep(_DOWN_S)
        town.tower.up(*town.options)
        is_back.set()

    def numbers() -> Iterator[int]:
        number = _FIRST_KILLED
        while not is_back.is_set():
            yield (number := number + 1)
        yield from range(number + 1, number + 1 + _AFTER_ROUNDS)

    hand = threading.Thread(target=disturb)
    hand.start()
    _together(jobs, numbers, pause_s=_PAUSE_S)
    hand.join()


def _together(jobs: Sequence[Job], numbers: Callable[[], Iterable[int]], *, pause_s: float) -> None:
    def work(job: Job, company: str) -> None:
        for number in numbers():
            job.turn(company, number)
            time.sleep(pause_s)

    threads = [
        threading.Thread(target=work, args=(job, company)) for job in jobs for company in COMPANIES
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _settle(town: Town, jobs: Sequence[Job], before: set[str]) -> None:
    """Until all that was sent is there, or nothing has come for a while."""
    wanted = sum(len(told.sent) for job in jobs for told in job.told.values())
    found, since, deadline = -1, time.monotonic(), time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        count = sum(len(kept) for kept in town.stock().values()) - len(before)
        if count != found:
            found, since = count, time.monotonic()
        if time.monotonic() - since > (_QUIET_S if count < wanted else 1.0):
            return
        time.sleep(0.5)


def _judged(town: Town, job: Job, stock: Stock) -> Verdict:
    """Both companies' figures together; what stands in the other one's records is foreign."""
    one, two = (
        judge(
            job.pair,
            job.told[company],
            stock.get(town.sources[job.pair.name, company]["id"], {}).values(),
            others=job.told[other].sent,
        )
        for company, other in (COMPANIES, COMPANIES[::-1])
    )
    names = Verdict.__dataclass_fields__
    return replace(one, **{name: getattr(one, name) + getattr(two, name) for name in names})


def _row(pair: Pair, when: str, found: Verdict) -> dict[str, Any]:
    return {
        "when": when,
        "pair": pair.name,
        "promise": pair.promise.value,
        "sent": found.sent,
        "acked": found.acked if pair.tells_acks else "–",
        "stored": found.stored,
        "equal": found.equal,
        "doubled": found.doubled,
        "wrong_company": found.foreign,
        "verdict": _verdict(pair, found, is_disturbed=when != "undisturbed"),
    }


def _verdict(pair: Pair, found: Verdict, *, is_disturbed: bool) -> str:
    may_lose, may_double = _ALLOWS[pair.promise] if is_disturbed else (False, False)
    may_lose = may_lose or (is_disturbed and pair.tells_acks)  # a client may give up by itself
    faults = {
        "in another company": found.foreign,
        "changed": found.changed,
        "acked and lost": found.lost_acked,
        "lost": 0 if may_lose else found.lost,
        "doubled": 0 if may_double else found.doubled,
    }
    return ", ".join(f"{count} {what}" for what, count in faults.items() if count) or "kept"


def main() -> int:
    """The table on stdout; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=SAYS)
    parser.add_argument("--only", default="", metavar="TEXT", help="pairs whose name holds this")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--keep", default="", metavar="FOLDER", help="leave tower and logs there")
    given = parser.parse_args()
    figures = run(only=given.only, keep=given.keep)
    told = json.dumps(figures, ensure_ascii=False) if given.format == "json" else table(figures)
    print(told)
    return 1 if figures["is_missed"] else 0


def table(figures: dict[str, Any]) -> str:
    """For people, and for docs/reference/ingest.md."""
    rows = figures["rows"]
    heads = list(rows[0])
    lines = [heads, ["---"] * len(heads), *([str(cell) for cell in row.values()] for row in rows)]
    shown = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    rest = [f"not run: {line}" for line in figures["not_run"]]
    return "\n".join([shown, *rest, f"in the wrong company: {figures['wrong_company']}"])


if __name__ == "__main__":
    sys.exit(main())

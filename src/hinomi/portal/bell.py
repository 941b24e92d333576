"""`hinomi-portal bell`: findings become incidents, answers move them, notices go out.

Threads of their own, so that a slow carrier never delays a finding: one reads findings, answers,
the directory and the clock, and escalates; one sees what of the outbox is due, with a lane for each
way out; one sends what 連絡先 has to say. One bell per data folder.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from django.db import OperationalError, connection

from hinomi.core import crash
from hinomi.core.errors import StartRefused
from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now
from hinomi.portal.boards.counting import note_day
from hinomi.portal.calls.missed import settle_due as settle_missed_calls
from hinomi.portal.calls.ringing import forget_old as forget_old_calls
from hinomi.portal.commands.schema import bring_stores_up_to_date, bring_up_to_date
from hinomi.portal.contacts.watchwords import remind
from hinomi.portal.duties.alerts import raise_due
from hinomi.portal.escalations import round_of_bell
from hinomi.portal.forgeries.services import send_due as send_fake_warnings
from hinomi.portal.hunts.housekeeping import forget_old_hunts
from hinomi.portal.hunts.runner import HuntRunner
from hinomi.portal.incidents.campaigns import rounds
from hinomi.portal.incidents.campaigns.firms import answering_firm
from hinomi.portal.incidents.closed_days import ask_before_holidays, tell_after_holidays
from hinomi.portal.incidents.conversation import handle_answers
from hinomi.portal.incidents.housekeeping import tidy
from hinomi.portal.incidents.intake import take_in
from hinomi.portal.incidents.models import BellCursor
from hinomi.portal.incidents.silence import watch_sources
from hinomi.portal.incidents.try_letters import ask_for_tries
from hinomi.portal.incidents.weak_protection import tell_expired
from hinomi.portal.notices import outbox
from hinomi.portal.notices.postman import Postman
from hinomi.portal.notices.proofs import send_proofs
from hinomi.portal.practices.round_of_bell import look as look_at_exercises
from hinomi.portal.rejudgings.drawing import draw_due
from hinomi.portal.rejudgings.services import tell_overdue
from hinomi.portal.rosters.services import forget_old_rosters
from hinomi.portal.sources.looking import learn_some
from hinomi.portal.sources.own_side import is_well, own_gaps
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.sources.rereads import RereadRunner
from hinomi.portal.sources.tries import make_due_tries, take_back
from hinomi.portal.tickets.promises import tell_missed
from hinomi.portal.trails.anchors import write_daily
from hinomi.portal.ways.services import channels_of
from hinomi.store.pipeline import FILE_NAME, PipelineReader

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hinomi.core.findings import Finding

LOOK_EVERY_S = 0.1  # findings, answers, outbox; the budget to the portal is 0.5 s
PUBLISH_EVERY_S = 1.0
SILENCE_EVERY_S = 5.0
TRIES_EVERY_S = 2.0  # a person waits before the screen
HUNTS_EVERY_S = 2.0
TIDY_EVERY_S = 60.0
PROMISES_EVERY_S = 5.0
CALLS_EVERY_S = 1.0
ASK_EVERY_S = 600.0
CAMPAIGNS_EVERY_S = 15.0
ESCALATIONS_EVERY_S = 2.0
EXERCISES_EVERY_S = 1.0
STEPS_EVERY_S = 0.5  # of a ladder: an answer stops it, a due step runs
OUTBOX_EVERY_S = 0.2
PROOFS_EVERY_S = 1.0
BEAT_EVERY_S = 1.0
BEAT_FILE = "bell-beat"
FAKE_WARNINGS_EVERY_S = 1.0  # 100 companies at a time
BATCH = 200
_TRIES_BEFORE_PASSING = 3

log = logging.getLogger(__name__)


class FindingsReader(Protocol):
    """What the bell reads of the pipeline's store."""

    def last_seqs(self) -> dict[int, int]:
        """The newest finding number of each partition."""
        ...

    def findings_after(self, partition: int, seq: int, limit: int) -> list[tuple[int, Finding]]:
        """Findings behind a number, in order."""
        ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Only what tests need."""
    parser.add_argument("--crash-at", help="for crash tests: die at this point, NAME[:N]")


def run(arguments: argparse.Namespace) -> int:
    """Rings until SIGTERM or Ctrl-C."""
    crash.arm(arguments.crash_at)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with _only_bell(configuration().data):
        bring_up_to_date()
        bring_stores_up_to_date()
        outbox.resume()
        _mark_ready(configuration().data)
        postman = Postman(channels=channels_of, firm_of=answering_firm)
        mailing = threading.Thread(
            target=_ring, args=(stop, _carrying(postman), OUTBOX_EVERY_S), name="outbox"
        )
        proving = threading.Thread(target=_ring, args=(stop, _prove, PROOFS_EVERY_S), name="proofs")
        mailing.start()
        proving.start()
        hunts, rereads = HuntRunner(), RereadRunner()
        try:
            path = configuration().data / FILE_NAME
            _ring(stop, FindingsRound(path, hunts=hunts, rereads=rereads))
        finally:
            stop.set()
            hunts.stop()
            rereads.stop()
            mailing.join()
            proving.join()
            postman.stop()
    return 0


class FindingsRound:
    """One look at everything but the outbox; remembers what is due when."""

    def __init__(self, path: Path, *, hunts: HuntRunner, rereads: RereadRunner) -> None:
        """`path` is the pipeline store, made or brought up to date before."""
        self._hunts, self._rereads = hunts, rereads
        self._reader = PipelineReader(path)
        self._due: dict[str, float] = {}
        self._since = now()

    def __call__(self) -> bool:
        """True when there was something to do."""
        if self._is_due("publish", PUBLISH_EVERY_S):
            publish_if_changed()
        if self._is_due("silence", SILENCE_EVERY_S):
            self._watch_sources()
        if self._is_due("hunts", HUNTS_EVERY_S):
            self._hunts.look()
            self._rereads.look()
        if self._is_due("tries", TRIES_EVERY_S):
            take_back(self._reader)
        if self._is_due("ask for tries", ASK_EVERY_S):
            ask_for_tries()
            ask_before_holidays()
            tell_after_holidays()
            remind(now())
        if self._is_due("promises", PROMISES_EVERY_S):
            tell_missed()
        if self._is_due("calls", CALLS_EVERY_S):
            settle_missed_calls()
        if self._is_due("tidy", TIDY_EVERY_S):
            tidy()
            make_due_tries()
            rounds.forget_old_sightings()
            rounds.put_away()
            forget_old_hunts()
            forget_old_calls()
            forget_old_rosters()
            tell_expired()
            round_of_bell.tidy()
            write_daily()
            raise_due(now())
            note_day()
            draw_due()
            tell_overdue()
        if self._is_due("fake warnings", FAKE_WARNINGS_EVERY_S):
            send_fake_warnings()
        if self._is_due("campaigns", CAMPAIGNS_EVERY_S):
            rounds.look_again()
            rounds.alarm()
        if self._is_due("escalations", ESCALATIONS_EVERY_S):
            round_of_bell.look_again()
        if self._is_due("exercises", EXERCISES_EVERY_S):
            look_at_exercises()
        read = read_findings(self._reader)
        escalated = self._is_due("steps", STEPS_EVERY_S) and round_of_bell.look()
        answered = handle_answers() + rounds.settle_answered()
        self._beat()
        return bool(read or escalated or answered)

    def _beat(self) -> None:
        """The auditor reads when this loop last came round."""
        if self._is_due("beat", BEAT_EVERY_S):
            path = configuration().data / "run" / BEAT_FILE
            aside = path.with_suffix(".tmp")
            aside.write_text(now().isoformat())
            aside.replace(path)

    def _watch_sources(self) -> None:
        """A look over 20,000 sources takes a second: it must never take more than a tenth of one
        processor."""
        begun = time.monotonic()
        watch_sources(
            self._reader,
            gaps=own_gaps(self._reader, started=self._since),
            is_well=lambda: is_well(self._reader),
        )
        learn_some(self._reader)
        taken = time.monotonic() - begun
        self._due["silence"] = time.monotonic() + max(SILENCE_EVERY_S, 10 * taken)

    def _is_due(self, name: str, every_s: float) -> bool:
        moment = time.monotonic()
        if moment < self._due.get(name, 0.0):
            return False
        self._due[name] = moment + every_s
        return True


def read_findings(reader: FindingsReader) -> int:
    """Take in what is new, partition by partition; returns how many findings."""
    cursors = dict(BellCursor.objects.values_list("partition", "seq"))
    newest = reader.last_seqs()
    behind = [part for part, seq in sorted(newest.items()) if seq > cursors.get(part, 0)]
    return sum(_read_partition(reader, part, cursors.get(part, 0)) for part in behind)


def _read_partition(reader: FindingsReader, partition: int, seq: int) -> int:
    rows = reader.findings_after(partition, seq, BATCH)
    crash.point("bell:after-read")
    if not rows:
        return 0
    try:
        take_in(partition=partition, rows=rows)
    except OperationalError:
        raise  # the database is busy or full: nothing is wrong with the findings
    except Exception:
        log.exception("a batch of partition %s failed; taking its findings one by one", partition)
        _one_by_one(partition, rows)
    return len(rows)


def _one_by_one(partition: int, rows: list[tuple[int, Finding]]) -> None:
    """One finding that cannot be taken in must not silence the ones behind it."""
    for row in rows:
        for attempt in range(1, _TRIES_BEFORE_PASSING + 1):
            try:
                take_in(partition=partition, rows=[row])
                break
            except OperationalError:
                raise
            except Exception:
                if attempt == _TRIES_BEFORE_PASSING:
                    _pass_over(partition, *row)


def _pass_over(partition: int, seq: int, finding: Finding) -> None:
    log.exception("finding %s was passed over", finding.id)
    audit.record(
        what="incidents:finding:passed_over",
        user_id=None,
        finding=finding.id,
        partition=partition,
        seq=seq,
    )
    BellCursor.objects.update_or_create(partition=partition, defaults={"seq": seq})


def _carrying(postman: Postman) -> Callable[[], bool]:
    """The lanes work by themselves: the look only begins things, and pauses between."""

    def look() -> bool:
        postman.look()
        return False

    return look


def _prove() -> bool:
    """In a thread of its own: a code that a slow carrier takes must not hold up an alarm."""
    return bool(send_proofs(channels=channels_of, firm_of=answering_firm))


def _ring(stop: threading.Event, look: Callable[[], bool], every_s: float = LOOK_EVERY_S) -> None:
    """Look again at once while there is work, else after a pause; trouble never ends the loop."""
    try:
        while not stop.is_set():
            try:
                pause = 0.0 if look() else every_s
            except Exception:
                log.exception("the bell stumbled and goes on")
                connection.close()
                pause = 1.0
            stop.wait(pause)
    finally:
        connection.close()


def _mark_ready(data: Path) -> None:
    path = data / "run" / "bell.json"
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps({"pid": os.getpid()}))
    aside.replace(path)


@contextmanager
def _only_bell(data: Path) -> Iterator[None]:
    folder = data / "run"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "bell.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StartRefused(
                "Another bell rings for this data folder.", advice="Stop the other `hinomi up`."
            ) from error
        yield

"""`hinomi-portal auditor`: proves every few seconds that each due step ran, and tells an address
outside only while that is so. Reads only; no Django, so that it is small and shares no code with
what it checks.

The address outside (HINOMI_DEADMAN_URL) alarms by itself when no ping comes: also when this
machine, its network or this very process is dead.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hinomi.business.escalation_audit import audit
from hinomi.config import load_config
from hinomi.portal.escalations.evidence import gather, open_portal
from hinomi.portal.escalations.verdict import Verdict, write_verdict
from hinomi.store.sqlite import DatabaseError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from hinomi.config import Config

LOOK_EVERY_S, PING_EVERY_S = 10.0, 60.0
BEAT_FILE = "bell-beat"
_TIMEOUT_S = 10.0

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One look only, for people and tests."""
    parser.add_argument("--once", action="store_true", help="look once; exit 1 when it is bad")


def run(arguments: argparse.Namespace) -> int:
    """Looks until SIGTERM."""
    auditor = Auditor(load_config(data=arguments.data))
    if arguments.once:
        verdict = auditor.look()
        print(json.dumps({"is_good": verdict.is_good, "troubles": list(verdict.troubles)}))
        return 0 if verdict.is_good else 1
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    auditor.say_ready()
    while not stop.wait(LOOK_EVERY_S):
        auditor.look()
    return 0


class Auditor:
    """Looks and remembers what its own clock showed at the last look."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._run = config.data / "run"
        self._last: tuple[datetime, float] | None = None
        self._pinged_at = -PING_EVERY_S

    def say_ready(self) -> None:
        """For the supervisor."""
        _write(self._run / "auditor.json", json.dumps({"pid": os.getpid()}))

    def look(self) -> Verdict:
        """One verdict, written where the screens read it; the ping follows a good one."""
        self._run.mkdir(parents=True, exist_ok=True)
        moment = self._config.clock.now()
        verdict = self._judge(moment, jump=self._jump(moment))
        write_verdict(self._config.data, verdict)
        if verdict.is_good:
            self._ping(verdict)
        else:
            log.error("the auditor found %s faults: %s", len(verdict.troubles), verdict.troubles[0])
        return verdict

    def _judge(self, moment: datetime, *, jump: timedelta) -> Verdict:
        try:
            connection = open_portal(self._config.data)
        except (FileNotFoundError, DatabaseError) as error:
            return Verdict(moment, (f"The portal's store: {type(error).__name__}.",), 0, 0)
        try:
            facts = gather(
                connection, now=moment, beat_at=_beat(self._run / BEAT_FILE), clock_jump=jump
            )
        except DatabaseError as error:
            return Verdict(moment, (f"The portal's store: {type(error).__name__}.",), 0, 0)
        finally:
            connection.close()
        steps = sum(len(each.steps) for each in facts.escalations)
        troubles = tuple(audit(facts, now=moment))
        return Verdict(moment, troubles, len(facts.escalations), steps)

    def _jump(self, moment: datetime) -> timedelta:
        """How far the clock moved beyond the time that passed. A rehearsal's clock may run fast."""
        ticks, last = time.monotonic(), self._last
        self._last = (moment, ticks)
        if last is None or self._config.is_rehearsal:
            return timedelta()
        return (moment - last[0]) - timedelta(seconds=ticks - last[1])

    def _ping(self, verdict: Verdict) -> None:
        """Says that all is well and nothing else: no name, no count of a customer."""
        if not self._config.deadman_url or time.monotonic() - self._pinged_at < PING_EVERY_S:
            return
        body = json.dumps({"ok": True, "at": verdict.at.astimezone(UTC).isoformat()}).encode()
        try:
            status = _post(self._config.deadman_url, body)
        except (OSError, http.client.HTTPException) as error:
            log.warning("the address outside was not reached (%s)", type(error).__name__)
            return
        if status < 300:
            self._pinged_at = time.monotonic()
        else:
            log.warning("the address outside answered %s", status)


def _post(address: str, body: bytes) -> int:
    """One request, no redirect followed: the address is a secret of this one host."""
    url = urlsplit(address)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=_TIMEOUT_S)
    path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()


def _beat(path: Path) -> datetime | None:
    try:
        return datetime.fromisoformat(path.read_text().strip())
    except (OSError, ValueError):
        return None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    aside.write_text(text)
    aside.replace(path)

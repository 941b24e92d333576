"""The desk: looks into every account when it is due, and sends on what a person has sorted."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.collect.commit import DiskLow, QueueFull, Stopping
from hinomi.collect.pollers.caller import Caller
from hinomi.collect.pollers.limits import PollLimits
from hinomi.collect.pollers.look import Look, Outcome
from hinomi.collect.pollers.registry import APIS, memories
from hinomi.collect.pollers.routes import routes_of
from hinomi.collect.pollers.session import Session
from hinomi.collect.pollers.trouble import NEEDS_PERSON, PollFailed, Trouble
from hinomi.core.errors import StoreDamaged
from hinomi.pipeline.polls.keeper import RoomKeeper
from hinomi.store.pollroom import PollRoom, Step
from hinomi.store.sealed import unseal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from hinomi.collect.commit import Committer
    from hinomi.collect.counts import Counts
    from hinomi.core.clock import Clock
    from hinomi.core.directory import ApiAccount, Directory
    from hinomi.pipeline.polls.keeper import Delivery

_TIDY_EVERY_S = 600.0
_FULL_S = 0.2  # until the queue to the disk is asked again
_PATIENCE_S = 300.0  # with our own disk
_JITTER = 0.1  # of the pause: accounts of one maker do not come all at once
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Due:
    """When an account is looked into next (monotonic seconds), and how often it failed in a row."""

    account: ApiAccount
    at: float = 0.0
    failures: int = 0
    is_running: bool = False


class PollDesk:
    """One per process, made with the first account. Runs on collect's loop."""

    def __init__(
        self,
        *,
        data: Path,
        clock: Clock,
        committer: Committer,
        counts: Counts,
        through: str = "",
        poll_s: float = 1.0,
        limits: PollLimits = PollLimits(),  # noqa: B008 - frozen
    ) -> None:
        self._data, self._clock, self._committer = data, clock, committer
        self._counts, self._through = counts, through
        self._poll_s, self._limits = poll_s, limits
        self._room = PollRoom(data)
        self._loop = asyncio.get_running_loop()
        self._keeper = RoomKeeper(self._room, limits, clock, self._deliver)
        self._due: dict[str, _Due] = {}
        self._news: set[str] = set()  # accounts whose waiting records are to be looked at
        self._is_stopping = threading.Event()
        self._rounds: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin the rounds; nothing happens before `know`."""
        self._rounds = [
            asyncio.create_task(self._every(self._poll_s, self._look_due)),
            asyncio.create_task(self._every(self._poll_s, self._settle)),
            asyncio.create_task(self._every(_TIDY_EVERY_S, self._tidy)),
        ]

    def know(self, directory: Directory) -> None:
        """An account that is new or was changed is looked into at once."""
        accounts = {each.id: each for each in directory.api_accounts if each.kind in APIS}
        self._keeper.routes = {id_: routes_of(directory, account=id_) for id_ in accounts}
        wanted = {id_: each for id_, each in accounts.items() if not each.is_paused}
        for id_, account in wanted.items():
            if id_ not in self._due or self._due[id_].account != account:
                self._due[id_] = _Due(account)
        for id_ in set(self._due) - set(wanted):
            del self._due[id_]
        self._news.update(accounts)

    async def stop(self) -> None:
        """Looks that run end with their page or with the process; what they kept is kept."""
        self._is_stopping.set()
        for round_ in self._rounds:
            round_.cancel()
        await asyncio.gather(*self._rounds, return_exceptions=True)
        self._room.close()

    async def _every(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        """A round that fails is told and the next one comes."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await act()
            except Exception:
                logger.exception("a round over the accounts failed")

    async def _look_due(self) -> None:
        now = time.monotonic()
        running = sum(due.is_running for due in self._due.values())
        for due in sorted(self._due.values(), key=lambda each: each.at):
            if running >= self._limits.at_once:
                return
            if not due.is_running and due.at <= now:
                due.is_running, running = True, running + 1
                # A thread that does not keep the process from ending: a server may take half a
                # minute to say nothing.
                threading.Thread(target=self._look, args=(due,), name="poll", daemon=True).start()

    def _look(self, due: _Due) -> None:
        wait_s = self._limits.most_backoff_s
        try:
            wait_s = self._pause(due, self._look_once(due.account))
        except Exception:
            if not self._is_stopping.is_set():
                logger.exception("looking into account %s failed", due.account.id)
        finally:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._rest, due, wait_s)

    def _look_once(self, account: ApiAccount) -> Outcome:
        try:
            secret = unseal(account.secret, data=self._data, about=account.id)
        except StoreDamaged:
            failed = PollFailed(Trouble.NO_KEY)
            self._room.looked(
                Step(account.id, "", ""),
                name="",
                at=self._clock.now(),
                trouble=failed.trouble.value,
                sentence=failed.message,
            )
            return Outcome(failed=[failed])
        caller = Caller(
            self._limits,
            self._clock.now,
            through=self._through,
            is_stopping=self._is_stopping.is_set,
            pause=lambda seconds: self._sleep(seconds),
        )
        session = Session(account, secret, caller)
        look = Look(APIS[account.kind], session, self._keeper, self._is_stopping.is_set)
        outcome = look.run()
        self._counts.add("poll_records", outcome.fetched)
        self._counts.add("poll_requests", caller.requests)
        return outcome

    def _sleep(self, seconds: float) -> None:
        self._is_stopping.wait(seconds)

    def _pause(self, due: _Due, outcome: Outcome) -> float:
        """Seconds until the next look. One stream that works is enough to come as usual."""
        limits = self._limits
        usual = float(max(due.account.every_s, limits.least_every_s))
        usual *= 1.0 + random.random() * _JITTER  # noqa: S311 - spreads load, guards nothing
        asked_s = max((failed.wait_s for failed in outcome.failed), default=0.0)
        if outcome.well or not outcome.failed:
            due.failures = 0
            return max(usual, asked_s)
        due.failures += 1
        needs_person = all(failed.trouble in NEEDS_PERSON for failed in outcome.failed)
        least = limits.refused_backoff_s if needs_person else limits.first_backoff_s
        return max(asked_s, min(least * 2.0 ** min(due.failures - 1, 10), limits.most_backoff_s))

    def _rest(self, due: _Due, wait_s: float) -> None:
        due.at, due.is_running = time.monotonic() + wait_s, False
        self._news.add(due.account.id)  # what it kept waiting may have a route by now

    async def _settle(self) -> None:
        """What fails is tried again in the next round."""
        for account in tuple(self._news):
            self._news.discard(account)
            try:
                settled = await asyncio.to_thread(self._keeper.settle_waiting, account)
                self._counts.add("poll_settled", settled)
            except PollFailed as failed:
                self._news.add(account)
                logger.warning("records wait: %s", failed.trouble)

    def _deliver(self, sent: Sequence[Delivery]) -> None:
        """From a look's thread; returns when all are durable."""
        if not sent:
            return
        future = asyncio.run_coroutine_threadsafe(self._submit(sent), self._loop)
        try:
            future.result(_PATIENCE_S)
        except (DiskLow, Stopping, QueueFull, OSError, TimeoutError, CancelledError) as error:
            future.cancel()
            raise PollFailed(Trouble.NO_DISK) from error

    async def _submit(self, sent: Sequence[Delivery]) -> None:
        waiting: list[asyncio.Future[bytes]] = []
        for record, keyed in sent:
            while True:
                try:
                    waiting.append(self._committer.submit([record], keyed=keyed))
                    break
                except QueueFull:
                    await asyncio.sleep(_FULL_S)
        await asyncio.gather(*waiting)

    async def _tidy(self) -> None:
        await asyncio.to_thread(self._room.tidy, now=self._clock.now(), overlaps=memories())

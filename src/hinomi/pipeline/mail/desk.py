"""The desk: looks into every mailbox when it is due, takes mails in, and keeps the sorter going."""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.collect.commit import DiskLow, QueueFull, Stopping
from hinomi.collect.mail.limits import MailLimits
from hinomi.core.errors import StartRefused, StoreDamaged
from hinomi.pipeline.mail.keeper import RoomKeeper
from hinomi.pipeline.mail.reader import MailReader
from hinomi.pipeline.mail.sorter import MailSorter
from hinomi.store.mailroom import MailRoom
from hinomi.store.sqlite import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from hinomi.collect.commit import Committer
    from hinomi.collect.counts import Counts
    from hinomi.collect.mail.smtp import MailIn
    from hinomi.core.clock import Clock
    from hinomi.core.directory import Directory, Mailbox
    from hinomi.pipeline.mail.post import PostSettings

_TIDY_EVERY_S = 120.0
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Due:
    """When a mailbox is looked into next (monotonic seconds), and how often it failed in a row."""

    mailbox: Mailbox
    at: float = 0.0
    failures: int = 0
    is_running: bool = False


class MailDesk:
    """One per process, made when there is something to do. Runs on collect's loop."""

    def __init__(
        self,
        settings: PostSettings,
        *,
        data: Path,
        clock: Clock,
        committer: Committer,
        counts: Counts,
        poll_s: float,
        limits: MailLimits = MailLimits(),  # noqa: B008 - frozen
    ) -> None:
        self._settings, self._data, self._clock = settings, data, clock
        self._committer, self._counts = committer, counts
        self._poll_s, self._limits = poll_s, limits
        self._room = MailRoom(data)
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._keeper = RoomKeeper(
            self._room, limits, lambda: committer.is_disk_low, on_mail=self._tell
        )
        self._reader = MailReader(dkim_keys=settings.dkim_keys)
        self._sorter = MailSorter(
            self._room,
            self._reader,
            lambda records, keyed: committer.submit(records, keyed=keyed),
            clock,
            settings.own_addresses,
        )
        self._due: dict[str, _Due] = {}
        self._mail_in: MailIn | None = None
        self._directory: Directory | None = None
        self._is_stopping = False
        self._rounds: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin the rounds; nothing happens before `know`."""
        self._rounds = [
            asyncio.create_task(self._every(self._news_or_poll, self._sort)),
            asyncio.create_task(self._every(self._poll, self._fetch_due)),
            asyncio.create_task(self._every(_a_while, self._tidy)),
        ]

    async def listen(self) -> str:
        """Open the SMTP listener; "host:port"."""
        from hinomi.collect.mail.smtp import MailIn  # 5 MB, for those who take mails in

        settings = self._settings
        self._mail_in = MailIn(
            self._keeper, self._limits, self._clock.now, settings.smtp_host, tls=_tls(settings)
        )
        try:
            port = await self._mail_in.open(settings.smtp_port or 0)
        except OSError as error:
            raise StartRefused(
                f"mail port {settings.smtp_host}:{settings.smtp_port} cannot be opened:"
                f" {error.strerror or error}.",
                advice="Choose another --smtp-port, or stop what uses it.",
            ) from error
        if self._directory is not None:
            self._mail_in.know(self._directory)
        return f"{settings.smtp_host}:{port}"

    def know(self, directory: Directory) -> None:
        """A mailbox that is new or was changed is looked into at once."""
        self._directory = directory
        self._sorter.know(directory)
        if self._mail_in is not None:
            self._mail_in.know(directory)
        wanted = {box.id: box for box in directory.mailboxes if _is_fetched(box)}
        for id_, box in wanted.items():
            if id_ not in self._due or self._due[id_].mailbox != box:
                self._due[id_] = _Due(box)
        for id_ in set(self._due) - set(wanted):
            del self._due[id_]
        self._news.set()

    async def stop(self) -> None:
        """Looks that run end at their next mail or with the process; what they kept is kept."""
        self._is_stopping = True
        for round_ in self._rounds:
            round_.cancel()
        await asyncio.gather(*self._rounds, return_exceptions=True)
        if self._mail_in is not None:
            await self._mail_in.close()
        await asyncio.to_thread(self._reader.close)
        self._room.close()

    def _tell(self) -> None:
        """From any thread: a mail was kept."""
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._news.set)

    async def _news_or_poll(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), self._poll_s)
        self._news.clear()

    async def _poll(self) -> None:
        await asyncio.sleep(self._poll_s)

    async def _every(
        self, pause: Callable[[], Awaitable[None]], act: Callable[[], Awaitable[None]]
    ) -> None:
        """A round that fails is told and the next one comes."""
        while True:
            await pause()
            try:
                await act()
            except (QueueFull, DiskLow, Stopping, OSError, DatabaseError) as error:
                logger.warning("mails wait: %s", error)
                await asyncio.sleep(self._poll_s)
            except Exception:
                logger.exception("a round over the mails failed")

    async def _sort(self) -> None:
        """Again and again while there is more than one round takes."""
        if self._directory is None:
            return
        while looked := await self._sorter.round():
            self._counts.add("mails_sorted", looked)
        await asyncio.to_thread(self._reader.rest)

    async def _tidy(self) -> None:
        now, most = self._clock.now(), self._limits.strangers_bytes
        if gone := await asyncio.to_thread(self._room.shed_strangers, most_bytes=most, at=now):
            logger.warning("%d unsigned mails of strangers were put away to make room", gone)
        await asyncio.to_thread(self._room.tidy, now=now)

    async def _fetch_due(self) -> None:
        now = time.monotonic()
        for due in list(self._due.values()):
            if not due.is_running and due.at <= now:
                due.is_running = True
                loop = asyncio.get_running_loop()
                # A thread of its own, and one that does not keep the process from ending: a mail
                # server may take half a minute to say nothing.
                threading.Thread(
                    target=self._look, args=(due, loop), name="imap", daemon=True
                ).start()

    def _look(self, due: _Due, loop: asyncio.AbstractEventLoop) -> None:
        wait_s = self._limits.most_backoff_s
        try:
            wait_s = self._look_once(due)
        except Exception:
            if not self._is_stopping:
                logger.exception("looking into mailbox %s failed", due.mailbox.id)
        finally:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(_rest, due, wait_s)

    def _look_once(self, due: _Due) -> float:
        """Seconds until the next look."""
        from hinomi.collect.mail.imap import Look, LookFailed
        from hinomi.store.sealed import unseal

        box, trouble, fetched, is_refused = due.mailbox, "", 0, False
        try:
            look = Look(
                mailbox=box,
                password=unseal(box.secret, data=self._data, about=box.id),
                keeper=self._keeper,
                limits=self._limits,
                now=self._clock.now,
                trust=_trust(self._settings.authorities),
                is_stopping=lambda: self._is_stopping,
            )
            fetched = look.run()
        except LookFailed as error:
            trouble, is_refused = f"{error.message}{error.advice}", error.is_refused
        except StoreDamaged:
            trouble = "保存したパスワードを開けませんでした。パスワードを入れ直してください。"
        self._room.looked(box.id, at=self._clock.now(), trouble=trouble, fetched=fetched)
        self._counts.add("mails_fetched", fetched)
        due.failures = due.failures + 1 if trouble else 0
        return self._pause(due, is_refused=is_refused)

    def _pause(self, due: _Due, *, is_refused: bool) -> float:
        limits = self._limits
        if not due.failures:
            return float(max(due.mailbox.every_s, limits.least_every_s))
        least = limits.refused_backoff_s if is_refused else limits.first_backoff_s
        return min(least * 2.0 ** min(due.failures - 1, 10), limits.most_backoff_s)


async def _a_while() -> None:
    await asyncio.sleep(_TIDY_EVERY_S)


def _rest(due: _Due, wait_s: float) -> None:
    due.at, due.is_running = time.monotonic() + wait_s, False


def _is_fetched(box: Mailbox) -> bool:
    return box.kind == "imap" and not box.is_paused and bool(box.host)


def _trust(authorities: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authorities) if authorities else None)


def _tls(settings: PostSettings) -> ssl.SSLContext | None:
    if settings.certificate is None or settings.key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings.certificate, settings.key)
    return context

"""Takes mails in over SMTP for the addresses of connected mailboxes, and for no other.

250 is said when the mail is durable; everything before that may be tried again by the sender. This
is no relay and never writes a mail: an answer to a forged sender would be a nuisance of our own.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aiosmtpd.smtp import SMTP, Envelope, Session

from hinomi.collect.mail.digest import digest_of

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from datetime import datetime

    from hinomi.collect.mail.limits import MailLimits
    from hinomi.core.directory import Directory, Mailbox

_NOT_HERE = "550 5.1.1 No such mailbox here"
_LATER = "452 4.3.1 No room at the moment, try again later"
_TROUBLE = "451 4.3.0 Not stored, try again later"
logger = logging.getLogger(__name__)


class HandIn(Protocol):
    """Where mails become durable; called in a thread."""

    def hand_in(
        self, mailbox: str, body: bytes, *, digest: str, at: datetime, recipient: str
    ) -> None:
        """Durable when it returns."""
        ...

    def is_full(self) -> bool:
        """True while no more may be kept."""
        ...


@dataclass
class MailIn:
    """One listener on the loop of collect. `know` gives it each new directory.

    Without slots: aiosmtpd looks at every member of its handler, and up to Python 3.11.3 that
    breaks on a dataclass with slots (`__weakref__`).
    """

    keeper: HandIn
    limits: MailLimits
    now: Callable[[], datetime]
    host: str
    tls: ssl.SSLContext | None = None
    _addresses: dict[str, Mailbox] | None = None
    _server: asyncio.Server | None = None
    _bodies: asyncio.Semaphore | None = None
    _connections: int = 0

    def know(self, directory: Directory) -> None:
        """Which addresses there are; one that two mailboxes claim is nobody's."""
        found: dict[str, list[Mailbox]] = {}
        for box in directory.mailboxes:
            if box.kind == "smtp" and not box.is_paused:
                found.setdefault(box.address.strip().lower(), []).append(box)
        self._addresses = {address: one[0] for address, one in found.items() if len(one) == 1}

    async def open(self, port: int) -> int:
        """Listen; the port, when 0 was asked for. OSError when it is taken."""
        self._bodies = asyncio.Semaphore(self.limits.smtp_bodies)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, self.host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """No new connections; those that wait for their 250 get it or are tried again."""
        if self._server is not None:
            self._server.close()

    def mailbox_of(self, recipient: str) -> Mailbox | None:
        """`soc+aoba@…` is delivered to `soc@…`; the tag is a claim, no identity."""
        local, _, domain = recipient.strip().lower().rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        known = self._addresses or {}
        return known.get(f"{local}@{domain}") or known.get(plain)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str,
        responses: list[str],
    ) -> list[str]:  # fmt: skip
        """As aiosmtpd answers."""
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str,
        options: list[str],
    ) -> str:  # fmt: skip
        """Only addresses of mailboxes, and only a few at once."""
        if self.mailbox_of(address) is None:
            return _NOT_HERE
        if len(envelope.rcpt_tos) >= self.limits.smtp_recipients:
            return "452 4.5.3 Too many recipients"
        if await asyncio.to_thread(self.keeper.is_full):
            return _LATER
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Durable for every recipient, then 250."""
        content = envelope.content or b""
        body = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        try:
            for address in envelope.rcpt_tos:
                box = self.mailbox_of(address)
                if box is None:  # taken away since RCPT
                    return _TROUBLE
                await asyncio.to_thread(self._keep, box, body, address)
        except Exception:
            logger.exception("a mail could not be stored")
            return _TROUBLE
        return "250 2.6.0 Stored"

    def _keep(self, box: Mailbox, body: bytes, address: str) -> None:
        at = self.now()
        recipient = address.strip().lower()
        digest = digest_of(body, recipient=recipient, day=f"{at:%Y-%m-%d %H}")
        self.keeper.hand_in(box.id, body, digest=digest, at=at, recipient=recipient)

    def _protocol(self) -> SMTP:
        assert self._bodies is not None
        return _Protocol(self, self._bodies, self.limits, self.tls)


class _Protocol(SMTP):
    """aiosmtpd's, but few texts at the same moment: collect has 90 MB for everything."""

    def __init__(
        self,
        handler: MailIn,
        bodies: asyncio.Semaphore,
        limits: MailLimits,
        tls: ssl.SSLContext | None,
    ) -> None:
        super().__init__(
            handler,
            data_size_limit=limits.mail_bytes,
            enable_SMTPUTF8=True,
            hostname="hinomi",
            ident="ESMTP",
            tls_context=tls,
            timeout=limits.smtp_timeout_s,
            loop=asyncio.get_running_loop(),
        )
        self._handler, self._bodies, self._limits = handler, bodies, limits
        self._is_counted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Refuses one too many. TLS makes the same connection a second time."""
        if not self._is_counted:
            if self._handler._connections >= self._limits.smtp_connections:
                transport.close()
                return
            self._is_counted = True
            self._handler._connections += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Gives the place free."""
        if self._is_counted:
            self._is_counted = False
            self._handler._connections -= 1
        super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:
        """One after the other beyond a few; the sender waits for its 354."""
        async with self._bodies:
            await super().smtp_DATA(arg)

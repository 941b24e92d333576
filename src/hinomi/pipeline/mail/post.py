"""What collect knows of mailboxes: nothing is loaded until there is one, and then the desk does it.

A mailbox costs collect some 15 MB of libraries; most installations of one company have none.
"""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import StartRefused

if TYPE_CHECKING:
    import argparse

    from hinomi.collect.commit import Committer
    from hinomi.collect.counts import Counts
    from hinomi.config import Config
    from hinomi.core.clock import Clock
    from hinomi.core.directory import Directory
    from hinomi.pipeline.mail.desk import MailDesk


_LIBRARIES = ("aiosmtpd", "cryptography", "dkim", "dns", "pypdf")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PostSettings:
    """`smtp_port` None: mails are only fetched, not taken in; 0: any free port. `dkim_keys`: a file
    of keys instead of the name server. `own_addresses`: what this installation sends from."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int | None = None
    certificate: Path | None = None
    key: Path | None = None
    authorities: Path | None = None
    dkim_keys: Path | None = None
    own_addresses: tuple[str, ...] = ()


@dataclass(slots=True)
class Post:
    """Starts the desk with the first mailbox, or at once when mails are to be taken in."""

    settings: PostSettings
    data: Path
    clock: Clock
    committer: Committer
    counts: Counts
    poll_s: float = 1.0
    _desk: MailDesk | None = None

    async def start(self) -> str:
        """The SMTP listener as "host:port", "" when there is none. StartRefused: it is taken."""
        if self.settings.smtp_port is None:
            return ""
        if missing := missing_libraries():
            raise StartRefused(
                f"the mail port needs {', '.join(missing)}.", advice="pip install 'hinomi[mail]'"
            )
        return await self._opened().listen()

    async def know(self, directory: Directory) -> None:
        """Use a new snapshot from now on."""
        if self._desk is None and not directory.mailboxes:
            return
        if self._desk is None and (missing := missing_libraries()):
            # Everything else that collect does must go on.
            logger.error("mailboxes are not looked into: %s missing", ", ".join(missing))
            return
        self._opened().know(directory)

    async def stop(self) -> None:
        """Take and fetch no more. Before the log is closed."""
        if self._desk is not None:
            await self._desk.stop()

    def _opened(self) -> MailDesk:
        if self._desk is None:
            from hinomi.pipeline.mail.desk import MailDesk

            self._desk = MailDesk(
                self.settings,
                data=self.data,
                clock=self.clock,
                committer=self.committer,
                counts=self.counts,
                poll_s=self.poll_s,
            )
            self._desk.start()
        return self._desk


def missing_libraries() -> list[str]:
    """Of the extra `mail`, those that are not installed here."""
    return [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `hinomi up` hands on."""
    parser.add_argument("--smtp-host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, help="takes mails in; not when not given")
    parser.add_argument("--mail-authorities", type=Path, help="certificates of a private authority")
    parser.add_argument("--dkim-keys", type=Path, help="keys from a file: for rehearsals")


def post_settings(given: argparse.Namespace, *, config: Config) -> PostSettings:
    """From the process's arguments; the HTTP listener's certificate serves STARTTLS too."""
    own = parseaddr(config.mail_from)[1].lower()
    return PostSettings(
        smtp_host=given.smtp_host,
        smtp_port=given.smtp_port,
        certificate=given.certificate,
        key=given.key,
        authorities=given.mail_authorities,
        dkim_keys=given.dkim_keys,
        own_addresses=(own,) if own else (),
    )

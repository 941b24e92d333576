"""Tries a mailbox's settings while a person waits, with the very code that will fetch its mails.

Signs in, opens the folder and asks what is new; reads no mail and changes nothing on the server.
"""

from __future__ import annotations

import ssl
from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.collect.mail.imap import Look, LookFailed, Reached
from hinomi.collect.mail.limits import MailLimits
from hinomi.core.directory import Mailbox
from hinomi.portal.access.time import now

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.mailboxes.services import Connection

WELL = ""
_TIMEOUT_S = 10.0


def try_connection(wanted: Connection, *, password: str) -> str:
    """WELL, or a sentence that says what is wrong and what to mend."""
    look = Look(
        mailbox=_as_fetched(wanted),
        password=password,
        keeper=_KeepsNothing(),
        limits=replace(MailLimits(), imap_timeout_s=_TIMEOUT_S),
        now=now,
        trust=ssl.create_default_context(),
        is_stopping=lambda: True,
    )
    try:
        look.run()
    except LookFailed as failed:
        return f"{failed.message}{failed.advice}"
    return WELL


def _as_fetched(wanted: Connection) -> Mailbox:
    return Mailbox(
        id="",
        firm="",
        name=wanted.name,
        kind=wanted.kind,
        address=wanted.address,
        host=wanted.host,
        port=wanted.port,
        user=wanted.user,
        security=wanted.security,
        folder=wanted.folder,
    )


class _KeepsNothing:
    """As a mailbox that was never looked into, and whose look ends before its first mail."""

    def reached(self, mailbox: str) -> Reached | None:
        """Never looked into."""
        return None

    def reach(self, mailbox: str, *, to: Reached) -> None:
        """Forgotten."""

    def keep(
        self, mailbox: str, body: bytes, *, digest: str, at: datetime, to: Reached, is_to_move: bool
    ) -> None:
        """Not asked: the look stops before."""

    def set_aside(self, mailbox: str, head: bytes, *, size: int, at: datetime, to: Reached) -> None:
        """Not asked either."""

    def to_move(self, mailbox: str, *, uid_validity: int) -> list[int]:
        """Nothing was kept."""
        return []

    def moved(self, mailbox: str, *, uid_validity: int, uids: list[int]) -> None:
        """Nothing was moved."""

    def is_full(self) -> bool:
        """Never."""
        return False

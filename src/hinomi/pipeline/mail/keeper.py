"""The mailroom as the fetching and the receiving side see it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.collect.mail.imap import Reached
from hinomi.core.mail import MailReason
from hinomi.store.mailroom import Cursor, MailRoom

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hinomi.collect.mail.limits import MailLimits


@dataclass(frozen=True, slots=True)
class RoomKeeper:
    """Keeps in `room` while its bodies take less than the limit and `is_disk_low` is not true.

    `on_mail` is called in the caller's thread after each mail.
    """

    room: MailRoom
    limits: MailLimits
    is_disk_low: Callable[[], bool]
    on_mail: Callable[[], None] = lambda: None

    def reached(self, mailbox: str) -> Reached | None:
        """Where the last look ended."""
        found = self.room.cursor(mailbox)
        if found is None:
            return None
        return Reached(found.folder, found.uid_validity, found.uid, found.caught_up_at)

    def reach(self, mailbox: str, *, to: Reached) -> None:
        """Note progress that brought no mail."""
        self.room.move_cursor(mailbox, cursor=_cursor(to))

    def keep(
        self, mailbox: str, body: bytes, *, digest: str, at: datetime, to: Reached, is_to_move: bool
    ) -> None:
        """A mail and the progress in one transaction."""
        self.room.keep(
            body, mailbox=mailbox, digest=digest, at=at, cursor=_cursor(to), is_to_move=is_to_move
        )
        self.on_mail()

    def hand_in(
        self, mailbox: str, body: bytes, *, digest: str, at: datetime, recipient: str
    ) -> None:
        """A mail that came over SMTP."""
        self.room.keep(body, mailbox=mailbox, digest=digest, at=at, recipient=recipient)
        self.on_mail()

    def set_aside(self, mailbox: str, head: bytes, *, size: int, at: datetime, to: Reached) -> None:
        """The head of a mail that is too large; it is shown with the reason."""
        digest = hashlib.sha256(head + f":{size}".encode()).hexdigest()
        self.room.keep(
            head,
            mailbox=mailbox,
            digest=digest,
            at=at,
            cursor=_cursor(to),
            reason=MailReason.TOO_LARGE,
        )
        self.on_mail()

    def to_move(self, mailbox: str, *, uid_validity: int) -> list[int]:
        """Kept mails that still lie in the folder."""
        return self.room.to_move(mailbox, uid_validity=uid_validity)

    def moved(self, mailbox: str, *, uid_validity: int, uids: list[int]) -> None:
        """They lie in the folder for done mails."""
        self.room.moved(mailbox, uid_validity=uid_validity, uids=uids)

    def is_full(self) -> bool:
        """True while no more may be kept."""
        return self.is_disk_low() or self.room.kept_bytes() > self.limits.room_bytes


def _cursor(to: Reached) -> Cursor:
    return Cursor(to.folder, to.uid_validity, to.uid, to.caught_up_at)

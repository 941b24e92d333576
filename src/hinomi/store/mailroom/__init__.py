"""Where mails stay from their acknowledgement until each piece has reached its company.

Owns mailroom.sqlite: collect writes (`MailRoom`), the portal reads (`MailRoomReader`). A person
teaches by the directory (a sender, a route); waiting mails are then sorted again by themselves.
"""

from __future__ import annotations

from hinomi.store.mailroom.reader import MailRoomReader
from hinomi.store.mailroom.room import MailRoom
from hinomi.store.mailroom.rows import (
    FILE,
    Cursor,
    KeptMail,
    KeptPiece,
    Look,
    Outcome,
    Settled,
)

__all__ = [
    "FILE",
    "Cursor",
    "KeptMail",
    "KeptPiece",
    "Look",
    "MailRoom",
    "MailRoomReader",
    "Outcome",
    "Settled",
]

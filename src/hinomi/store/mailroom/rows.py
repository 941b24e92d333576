"""What the mailroom keeps, as values, and how they stand in its tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - values of dataclasses that callers read
from typing import TYPE_CHECKING

import msgspec

from hinomi.core.mail import Claim, MailHead, MailReason, MailState, Piece, PieceKind
from hinomi.store.log.chunks import moment_of

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = "mailroom.sqlite"
MAIL_COLUMNS = (
    "id, mailbox, arrived_us, recipient, size_bytes, state, reason, detail, format, head,"
    " generation, attempts"
)
PIECE_COLUMNS = "mail, number, kind, summary, claims, raw, state, reason, source, organisation"


@dataclass(frozen=True, slots=True)
class KeptMail:
    """One mail without its body. `reason` is "" for arrived and delivered ones.

    `detail` is a sentence for staff. `generation`: of the directory it was last sorted with.
    """

    id: str
    mailbox: str
    arrived_at: datetime
    recipient: str
    size_bytes: int
    state: MailState
    reason: MailReason | None = None
    detail: str = ""
    format: str = ""
    head: MailHead = field(default_factory=MailHead)
    generation: int = -1
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class KeptPiece:
    """A piece and what became of it: `state` waiting, delivered (then `source`) or put_away."""

    mail: str
    piece: Piece
    state: MailState
    reason: MailReason | None = None
    source: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one piece; `source` and `organisation` when it was delivered."""

    number: int
    state: MailState
    reason: MailReason | None = None
    source: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a look at a mail found; `generation` is that of the directory it was judged by."""

    state: MailState
    generation: int
    reason: MailReason | None = None
    detail: str = ""
    format: str = ""
    head: MailHead | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Fetched up to `uid` of the folder as it was numbered then. `caught_up_at`: everything that
    had arrived by then was fetched."""

    folder: str
    uid_validity: int
    uid: int
    caught_up_at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """How the last look into a mailbox went; `trouble` "" means well, else a sentence.

    `fetched` counts mails since the mailbox was connected.
    """

    mailbox: str
    at: datetime
    well_at: datetime | None
    trouble: str = ""
    failures: int = 0
    fetched: int = 0


def mail_of(row: Sequence[object]) -> KeptMail:
    """From MAIL_COLUMNS."""
    (id_, mailbox, at, recipient, size, state, reason, detail, form, head, generation, tries) = row
    return KeptMail(
        id=str(id_),
        mailbox=str(mailbox),
        arrived_at=moment_of(_number(at)),
        recipient=str(recipient),
        size_bytes=_number(size),
        state=MailState(str(state)),
        reason=_reason(reason),
        detail=str(detail),
        format=str(form),
        head=msgspec.json.decode(str(head), type=MailHead),
        generation=_number(generation),
        attempts=_number(tries),
    )


def piece_of(row: Sequence[object]) -> KeptPiece:
    """From PIECE_COLUMNS."""
    mail, number, kind, summary, claims, raw, state, reason, source, organisation = row
    piece = Piece(
        number=_number(number),
        kind=PieceKind(str(kind)),
        summary=str(summary),
        claims=msgspec.json.decode(str(claims), type=tuple[Claim, ...]),
        raw=bytes(raw),  # type: ignore[call-overload] # bytes or memoryview, by the engine
    )
    return KeptPiece(
        mail=str(mail),
        piece=piece,
        state=MailState(str(state)),
        reason=_reason(reason),
        source=str(source),
        organisation=str(organisation),
    )


def as_json(value: object) -> str:
    """How claims and heads are stored."""
    return msgspec.json.encode(value).decode()


def _reason(text: object) -> MailReason | None:
    return MailReason(str(text)) if text else None


def _number(value: object) -> int:
    return int(str(value))

"""A whole mail → its pieces, ready for the log: the one way in for collect's reader and for tests.

A piece's envelope keeps the labels as written and its stretch of text, so that a better reader of
another year can read it anew; `normalise.formats.mail` is today's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from hinomi.core.mail import MailHead, MailReason, Piece, PieceKind
from hinomi.normalise.mail.claims import claims_of
from hinomi.normalise.mail.cut import Cutting, cut
from hinomi.normalise.mail.labels import field_of
from hinomi.normalise.mail.message import read_letter
from hinomi.normalise.mail.registry import (
    GENERIC,
    format_of_letter,
    is_mail_format,
    mail_format_named,
)
from hinomi.normalise.mail.shape import own_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.mail.message import Letter
    from hinomi.normalise.mail.shape import MailFormat

ENVELOPE = "hinomi_mail"
MAX_PIECES = 5_000
_RAW_MOST = 60_000  # bytes of an envelope's text and labels
_LABELS_MOST = 120


@dataclass(frozen=True, slots=True)
class ReadMail:
    """`put_away` and `fault` tell why there are no pieces; a fault beside pieces means that a part
    of the mail could not be read."""

    head: MailHead
    format: str = ""
    pieces: tuple[Piece, ...] = ()
    fault: MailReason | None = None
    put_away: MailReason | None = None
    is_double: bool = False


def read_mail(
    raw: bytes,
    *,
    mail: str,
    mailbox: str,
    recipient: str = "",
    wanted: str = "auto",
    own_addresses: tuple[str, ...] = (),
) -> ReadMail:
    """Never raises. `wanted` is the accepted sender's format; "auto" and learned ones: find out.

    `mail` and `mailbox` are ids that the envelopes carry.
    """
    letter = read_letter(raw, recipient=recipient, own_addresses=own_addresses)
    head = letter.head
    if letter.put_away is not None:
        return ReadMail(head, put_away=letter.put_away, is_double=letter.is_double)
    if not letter.sections and not head.subject:
        fault = letter.fault or MailReason.EMPTY
        return ReadMail(head, fault=fault, is_double=letter.is_double)
    form = mail_format_named(wanted) if is_mail_format(wanted) else format_of_letter(letter)
    pieces = _pieces(letter, form, mail=mail, mailbox=mailbox)
    return ReadMail(head, form.name, pieces, fault=letter.fault, is_double=letter.is_double)


def _pieces(letter: Letter, form: MailFormat, *, mail: str, mailbox: str) -> tuple[Piece, ...]:
    own = own_labels(form)
    lines = [line for part in letter.sections if not part.name for line in part.lines[:40]]
    found = []
    for number, each in enumerate(cut(letter, form)[:MAX_PIECES], 1):
        found.append(
            Piece(
                number=number,
                kind=each.kind,
                summary=_summary(each, letter.head, own),
                claims=claims_of(each, head=letter.head, lines=lines, own=own),
                raw=_envelope(each, letter.head, form, number=number, mail=mail, mailbox=mailbox),
            )
        )
    return tuple(found)


def _summary(each: Cutting, head: MailHead, own: Mapping[str, str]) -> str:
    """One line for a person who sorts: what, where, when."""
    told: dict[str, str] = {}
    for label, value in each.labels:
        told.setdefault(field_of(label, own), value)
    counts = " ".join(f"{label} {count}" for label, count in each.counts)
    parts = [told.get(name, "") for name in ("threat", "threat_type", "device", "gateway", "time")]
    shown = " / ".join(part for part in [*parts, counts] if part)
    return (shown or head.subject or each.text.strip().partition("\n")[0])[:200]


def _envelope(
    each: Cutting, head: MailHead, form: MailFormat, *, number: int, mail: str, mailbox: str
) -> bytes:
    left = _RAW_MOST
    labels: list[list[str]] = []
    for label, value in each.labels[:_LABELS_MOST]:
        left -= len(label.encode()) + len(value.encode())
        if left < 0:
            break
        labels.append([label, value])
    text = each.text.encode("utf-8", "replace")[: max(left, 0)].decode("utf-8", "ignore")
    return orjson.dumps(
        {
            ENVELOPE: 1,
            "mail": mail,
            "part": number,
            "mailbox": mailbox,
            "message_id": _plain(head.message_id),
            "from": _plain(head.sender),
            "from_name": _plain(head.sender_name),
            "subject": _plain(head.subject),
            "date": head.written_at.isoformat() if head.written_at else "",
            "format": form.name,
            "kind": each.kind.value,
            "section": _plain(each.section),
            "labels": [[_plain(label), _plain(value)] for label, value in labels],
            "counts": [[_plain(label), count] for label, count in each.counts],
            "text": _plain(text),
        }
    )


def _plain(text: str) -> str:
    """Half surrogate pairs cannot be written as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


__all__ = ["ENVELOPE", "GENERIC", "PieceKind", "ReadMail", "read_mail"]

"""One mail as bytes → its head, what it shows, and whether a machine of the post office wrote it.

Python's modern header classes are left aside: hostile headers make them slow and make them raise.
"""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import getaddresses, parsedate_to_datetime
from typing import TYPE_CHECKING

from hinomi.core.mail import MailHead, MailReason
from hinomi.normalise.mail.attachments import read_attachment
from hinomi.normalise.mail.charsets import header_text, text_of
from hinomi.normalise.mail.html import from_html
from hinomi.normalise.mail.section import Section, from_text

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import Message

MAX_PARTS = 100
MAX_DEPTH = 12
_HEADER_MOST = 2_000  # letters of a value we show
_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to",
               "resent-to", "apparently-to")  # fmt: skip
_ONCE = ("from", "subject", "date", "message-id", "content-type", "content-transfer-encoding",
         "mime-version", "to")  # fmt: skip
_MOST_RECEIVED = 30
_ABSENT = re.compile(
    r"自動応答|自動返信|不在(通知|連絡|の)|out of (the )?office|auto(matic)? ?reply", re.I
)
_FAILED = re.compile(
    r"(mail delivery|delivery status|returned mail|undeliver|failure notice|配信不能|配信できません)",
    re.IGNORECASE,
)
_DAEMON = re.compile(r"^(mailer-daemon|postmaster)@|^mailer-daemon$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail, read. `fault`: something in it could not be read, though it may matter; `is_own`:
    sent by a hinomi; `is_double`: a header that may stand once stands twice."""

    head: MailHead
    sections: tuple[Section, ...] = ()
    fault: MailReason | None = None
    put_away: MailReason | None = None
    is_double: bool = False


def read_letter(raw: bytes, *, recipient: str = "", own_addresses: tuple[str, ...] = ()) -> Letter:
    """Never raises, whatever the bytes. `recipient` is the envelope's; `own_addresses` are those
    this installation sends from: its own mails must not come back as news."""
    try:
        message = email.message_from_bytes(raw, policy=email.policy.compat32)
        return _read(message, recipient, own_addresses)
    except (RecursionError, ValueError, LookupError, AssertionError, TypeError, AttributeError,
            IndexError, OverflowError):  # fmt: skip
        return Letter(MailHead(), fault=MailReason.BROKEN_MAIL)


def _read(message: Message, recipient: str, own_addresses: tuple[str, ...]) -> Letter:
    headers = _headers(message)
    head = _head(headers, recipient)
    away = _put_away(message, headers, head, own_addresses)
    counted = [name for name, _ in headers]
    is_double = any(counted.count(name) > 1 for name in _ONCE)
    if away is not None:
        return Letter(head, put_away=away, is_double=is_double)
    walk = _Walk()
    walk.visit(message, 1)
    sections = tuple(walk.sections)
    return Letter(head, sections, fault=walk.fault, is_double=is_double)


def _headers(message: Message) -> list[tuple[str, str]]:
    return [(name.lower(), str(value)) for name, value in message.raw_items()]


def _head(headers: list[tuple[str, str]], recipient: str) -> MailHead:
    senders = [pair for name, value in headers if name == "from" for pair in _addresses(value)]
    found: dict[str, None] = {recipient.lower(): None} if recipient else {}
    for name, value in headers:
        if name in _RECIPIENTS:
            found |= {address: None for _, address in _addresses(value)}
    return MailHead(
        message_id=_one(headers, "message-id")[:400],
        sender=senders[0][1] if len(senders) == 1 else "",
        sender_name=senders[0][0][:200] if len(senders) == 1 else "",
        subject=_one(headers, "subject"),
        written_at=_date(_one(headers, "date")),
        recipients=tuple(found)[:50],
    )


def _addresses(value: str) -> list[tuple[str, str]]:
    """(name, bare address) of each; addresses are split before the names are decoded, because an
    encoded name may hide a comma or a second address."""
    pairs = getaddresses([" ".join(value.split())[:8_000]])
    return [(header_text(name), address.strip().lower()) for name, address in pairs if address]


def _one(headers: list[tuple[str, str]], wanted: str) -> str:
    for name, value in headers:
        if name == wanted:
            return header_text(value)[:_HEADER_MOST]
    return ""


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _put_away(
    message: Message,
    headers: list[tuple[str, str]],
    head: MailHead,
    own_addresses: tuple[str, ...],
) -> MailReason | None:
    """Mails that no console wrote. `auto-generated` is what alerts call themselves: it stays."""
    auto = _one(headers, "auto-submitted").lower()
    if head.sender and head.sender in own_addresses:
        return MailReason.OWN_MAIL
    if sum(1 for name, _ in headers if name == "received") > _MOST_RECEIVED:
        return MailReason.LOOP
    if message.get_content_type() == "multipart/report" or (
        _DAEMON.match(head.sender) and _FAILED.search(head.subject)
    ):
        return MailReason.BOUNCE
    if auto.startswith("auto-replied") or any(
        name in ("x-autoreply", "x-autorespond") for name, _ in headers
    ):
        return MailReason.AUTO_REPLY
    if _ABSENT.search(head.subject) and head.subject.lower().startswith(
        ("re:", "自動", "auto", "out")
    ):
        return MailReason.AUTO_REPLY
    return None


class _Walk:
    """Visits the parts of a message within limits."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.fault: MailReason | None = None
        self._parts = 0

    def visit(self, part: Message, depth: int) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS or depth > MAX_DEPTH:
            self.fault = MailReason.TOO_MANY_PARTS
            return
        if not part.is_multipart():  # get_payload would try the charset that the mail claims
            self._leaf(part)
            return
        inner = [each for each in part.get_payload() if not isinstance(each, str)]
        if part.get_content_type() == "multipart/alternative":
            self._alternative(inner, depth)
            return
        for each in inner:
            self.visit(each, depth + 1)

    def _alternative(self, parts: list[Message], depth: int) -> None:
        """The same text twice: HTML when its tables hold values, else the plain one."""
        before = self.sections
        found: list[list[Section]] = []
        for each in parts:
            self.sections = []
            self.visit(each, depth + 1)
            found.append(self.sections)
        self.sections = before + max(found, key=_worth, default=[])

    def _leaf(self, part: Message) -> None:
        kind, name = part.get_content_type(), _file_name(part)
        if kind == "application/ms-tnef":  # winmail.dat: nothing in it that consoles send
            return
        raw = part.get_payload(decode=True)
        if not isinstance(raw, bytes) or not raw.strip():
            return
        is_body = kind in ("text/plain", "text/html") and not name
        if is_body and part.get_content_disposition() != "attachment":
            text = text_of(raw, charset=_charset(part))
            read = from_html if kind == "text/html" else from_text
            self.sections.append(read("", text))
            return
        attached = read_attachment(name, kind, raw)
        self.sections += attached.sections
        self.fault = self.fault or attached.fault


def _worth(sections: list[Section]) -> tuple[int, int]:
    tables = sum(1 for one in sections for table in one.tables if len(table.rows) > 1)
    return min(tables, 1), sum(len(line) for one in sections for line in one.lines)


def _charset(part: Message) -> str:
    value = part.get_param("charset")
    return value[2] if isinstance(value, tuple) else str(value or "")


def _file_name(part: Message) -> str:
    """RFC 2231, or encoded words where they may not stand, or raw bytes."""
    found = part.get_filename() or ""
    return header_text(found)[:200]

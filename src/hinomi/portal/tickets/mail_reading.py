"""One mail to the desk as bytes → who, what about, its words and its files. Never raises, stores
nothing, fetches nothing.

Words come from the plain part, else from HTML with every mark taken out. Limits hold for parts,
depth and size; what breaks one is read by its head only and waits for a person.
"""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.utils import getaddresses
from typing import TYPE_CHECKING

from hinomi.normalise.mail.charsets import header_text, text_of
from hinomi.normalise.mail.html import from_html

if TYPE_CHECKING:
    from email.message import Message

MOST_BYTES = 25 * 1024 * 1024
MOST_PARTS, MOST_DEPTH, MOST_FILES = 100, 12, 20
_HEAD_BYTES = 64 * 1024
_HEADER_MOST = 2_000
_ONCE = ("from", "subject", "message-id", "in-reply-to")
_MACHINES = frozenset({"bulk", "junk", "list", "auto_reply"})
_AUTO_HEADERS = frozenset({"x-autoreply", "x-autorespond", "x-auto-response", "x-mail-autoreply",
                           "list-id", "x-loop"})  # fmt: skip
_FAX_HEADERS = ("x-fax", "x-callerid", "x-caller-id", "x-sender-number")
_DAEMON = re.compile(r"^(mailer-daemon|postmaster|no-?reply|bounces?)([+@-]|$)", re.IGNORECASE)
_ABSENT = re.compile(
    r"^(re:\s*)?(自動(応答|返信)|不在(通知|連絡|の)|out of (the )?office|auto(matic)?[ -]?reply)",
    re.IGNORECASE,
)
_IDS = re.compile(r"<([^<>\s]{3,400})>")
_MOST_RECEIVED = 30
_QUOTED = re.compile(r"^\s*[>＞]")
_WROTE = re.compile(r"(wrote:|書きました[：:]?|さんは.*[:：]|Original Message|元のメッセージ)")


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file that came with the mail."""

    name: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail, read. `machine`: why nobody wrote it ("" when a person may have); `fault`: why it
    could not be read whole; `refers_to`: Message-IDs it answers, newest first; `fax_heads`: what a
    FAX gateway wrote into headers of its own."""

    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    mail_id: str = ""
    refers_to: tuple[str, ...] = ()
    text: str = ""
    files: tuple[MailFile, ...] = ()
    machine: str = ""
    fault: str = ""
    is_double: bool = False
    fax_heads: tuple[str, ...] = ()


def read_mail(raw: bytes) -> Mail:
    """The mail, whatever the bytes."""
    if len(raw) > MOST_BYTES:
        return _read(raw[:_HEAD_BYTES].split(b"\n\n")[0] + b"\n\n", fault="too_large")
    try:
        return _read(raw)
    except (RecursionError, ValueError, LookupError, AssertionError, TypeError, AttributeError,
            OverflowError):  # fmt: skip
        return Mail(fault="broken_mail")


def _read(raw: bytes, *, fault: str = "") -> Mail:
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    heads = [(name.lower(), str(value)) for name, value in message.raw_items()]
    names = [name for name, _ in heads]
    senders = [
        (header_text(name), address.strip().lower())
        for value in _all(heads, "from")
        for name, address in getaddresses([" ".join(value.split())[:8_000]])
        if address
    ]
    is_one = len(senders) == 1
    walk = _Walk()
    if not fault:
        walk.visit(message, 1)
    return Mail(
        sender=senders[0][1][:254] if is_one else "",
        sender_name=senders[0][0][:200] if is_one else "",
        subject=_one(heads, "subject"),
        mail_id=_id_of(_one(heads, "message-id")),
        refers_to=_references(heads),
        text=_without_quote("\n".join(walk.text or walk.html)),
        files=tuple(walk.files),
        machine=_machine(message, heads, senders[0][1] if is_one else ""),
        fault=fault or walk.fault,
        is_double=any(names.count(name) > 1 for name in _ONCE),
        fax_heads=tuple(
            header_text(value)[:200] for name, value in heads if name.startswith(_FAX_HEADERS)
        )[:10],
    )


def _machine(message: Message, heads: list[tuple[str, str]], sender: str) -> str:
    if len(_all(heads, "received")) > _MOST_RECEIVED:
        return "loop"
    is_report = message.get_content_type() == "multipart/report"
    if is_report or "".join(_one(heads, "return-path").split()) == "<>":
        return "bounce"
    if _DAEMON.match(sender):
        return "bounce"
    auto = _one(heads, "auto-submitted").strip().lower()
    precedence = _one(heads, "precedence").strip().lower()
    if (auto and not auto.startswith("no")) or precedence in _MACHINES:
        return "auto_reply"
    if any(name in _AUTO_HEADERS for name, _ in heads) or _ABSENT.match(_one(heads, "subject")):
        return "auto_reply"
    return ""


def _references(heads: list[tuple[str, str]]) -> tuple[str, ...]:
    found = _IDS.findall(_one(heads, "in-reply-to")) + _IDS.findall(_one(heads, "references"))[::-1]
    return tuple(dict.fromkeys(found))[:20]


def _all(heads: list[tuple[str, str]], wanted: str) -> list[str]:
    return [value for name, value in heads if name == wanted]


def _one(heads: list[tuple[str, str]], wanted: str) -> str:
    found = _all(heads, wanted)
    return header_text(found[0])[:_HEADER_MOST] if found else ""


def _id_of(value: str) -> str:
    found = _IDS.search(value)
    return found[1] if found else ""


def _without_quote(text: str) -> str:
    """Without what the answer quotes at its end; words between quotes stay."""
    lines = text.strip().split("\n")
    while lines and (not lines[-1].strip() or _QUOTED.match(lines[-1])):
        lines.pop()
    if lines and len(lines) < len(text.strip().split("\n")) and _WROTE.search(lines[-1]):
        lines.pop()
    return "\n".join(lines).strip()


class _Walk:
    """Visits the parts of a message within limits."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.html: list[str] = []
        self.files: list[MailFile] = []
        self.fault = ""
        self._parts = 0

    def visit(self, part: Message, depth: int) -> None:
        """One part and what is in it."""
        self._parts += 1
        if self._parts > MOST_PARTS or depth > MOST_DEPTH:
            self.fault = "too_many_parts"
            return
        if part.is_multipart():
            # Only here: of a leaf it would try the charset that the mail claims, "idna" too.
            for each in part.get_payload():
                if not isinstance(each, str) and not self.fault:
                    self.visit(each, depth + 1)
            return
        self._leaf(part)

    def _leaf(self, part: Message) -> None:
        raw = part.get_payload(decode=True)
        if not isinstance(raw, bytes) or not raw.strip():
            return
        kind, name = part.get_content_type(), header_text(part.get_filename() or "")[:200]
        is_body = not name and part.get_content_disposition() != "attachment"
        if is_body and kind == "text/plain":
            self.text.append(text_of(raw, charset=_charset(part)))
        elif is_body and kind == "text/html":
            page = from_html("", text_of(raw, charset=_charset(part)))
            self.html += page.lines
        elif len(self.files) < MOST_FILES:
            self.files.append(MailFile(name or kind, raw))


def _charset(part: Message) -> str:
    value = part.get_param("charset")
    return value[2] if isinstance(value, tuple) else str(value or "")

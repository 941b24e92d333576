"""Reads a mail that a server sent back (RFC 3464): about which mail of ours, which address, and for
good or not. What only looks like one gives nothing: an answer of a person, a holiday reply, a
report without our Message-ID in it."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import Message

_MOST_BYTES = 1_000_000
_MOST_PEOPLE = 50
_ID = re.compile(r"<?([A-Za-z0-9.@_-]{3,200})>?")
_STATUS = re.compile(r"([245])\.\d{1,3}\.\d{1,3}")
_ADDRESS = re.compile(r"[^\s<>;,\"]{1,64}@[^\s<>;,\"]{1,189}")
# Enhanced codes of 5 that pass: a full mailbox, too large, a refused connection of the moment.
_PASSING = re.compile(r"5\.(?:2\.2|2\.3|3\.1|4\.\d+)")


@dataclass(frozen=True, slots=True)
class Bounce:
    """One address that a mail of ours did not reach. `is_hard`: it never will."""

    message_id: str
    address: str
    is_hard: bool
    status: str


def read_bounces(raw: bytes) -> list[Bounce]:
    """The addresses of a report, each once; none for a mail that is no report of RFC 3464."""
    mail = email.message_from_bytes(raw[:_MOST_BYTES], policy=email.policy.default)
    if mail.get_content_type() != "multipart/report" or not isinstance(mail, EmailMessage):
        return []
    parts = list(mail.iter_parts()) if mail.is_multipart() else []
    status = next((part for part in parts if _kind(part) == "message/delivery-status"), None)
    message_id = _original_id(parts)
    if status is None or not message_id:
        return []
    found = [_bounce(block, message_id) for block in _blocks(status)[:_MOST_PEOPLE]]
    return list(dict.fromkeys(bounce for bounce in found if bounce is not None))


def _bounce(block: Message, message_id: str) -> Bounce | None:
    """Only what failed or waits; what was delivered, relayed or expanded is none."""
    action = str(block.get("Action", "")).strip().lower()
    if action not in ("failed", "delayed"):
        return None
    named = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
    address = _ADDRESS.search(named.partition(";")[2] or named)
    status = str(block.get("Status", "")).strip().partition(" ")[0]
    if address is None or not _STATUS.fullmatch(status):
        return None
    is_hard = action == "failed" and status.startswith("5") and not _PASSING.fullmatch(status)
    return Bounce(message_id, address[0].lower(), is_hard, status[:12])


def _blocks(part: Message) -> list[Message]:
    """The blocks about recipients; the first one is about the report itself."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return [each for each in payload[1:] if not isinstance(each, str)]
    return []


def _original_id(parts: Sequence[Message]) -> str:
    """The Message-ID inside the part that holds our mail or its headers."""
    for part in parts:
        kind = _kind(part)
        if kind == "message/rfc822":
            inner = part.get_payload()
            if isinstance(inner, list) and inner and not isinstance(inner[0], str):
                return _plain_id(str(inner[0].get("Message-ID", "")))
        if kind in ("text/rfc822-headers", "message/rfc822-headers"):
            text = part.get_payload(decode=True)
            if isinstance(text, bytes):
                return _plain_id(str(BytesHeaderParser().parsebytes(text).get("Message-ID", "")))
    return ""


def _plain_id(text: str) -> str:
    found = _ID.fullmatch(text.strip())
    return found[1] if found and "@" in found[1] else ""


def _kind(part: Message) -> str:
    return part.get_content_type()

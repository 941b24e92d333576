"""What a person may see of a mail: text only. Nothing is rendered, opened or asked of the network.

Attachments stay closed here: what is in them the reader process has read, within limits of its own.
"""

from __future__ import annotations

import email
import email.policy
import json
from typing import TYPE_CHECKING

from hinomi.normalise.mail.charsets import text_of
from hinomi.normalise.mail.html import from_html
from hinomi.portal.ui.visible import visible

if TYPE_CHECKING:
    from email.message import Message

    from hinomi.store.mailroom import KeptPiece

SHOWN = 4_000  # letters: enough to recognise whose alert it is
_LARGEST = 2_000_000  # bytes of a mail that the screen takes apart
_MOST_PARTS = 50


def piece_text(kept: KeptPiece) -> str:
    """The labels of the piece, then its own stretch of text."""
    try:
        envelope = json.loads(kept.piece.raw)
        labels = [f"{label}：{value}" for label, value in envelope.get("labels", [])[:40]]
        text = str(envelope.get("text", ""))
    except (ValueError, TypeError, AttributeError):
        return visible(kept.piece.summary)
    return _shown("\n".join([*labels, *([""] if labels and text else []), text]))


def mail_text(body: bytes | None) -> str:
    """The first text of a mail that was not read yet; "" when there is none to show."""
    if body is None or len(body) > _LARGEST:
        return ""
    try:
        part = _first_text(email.message_from_bytes(body, policy=email.policy.compat32))
        return _shown(_text_in(part)) if part is not None else ""
    except (RecursionError, ValueError, LookupError, AssertionError, TypeError, AttributeError):
        return ""


def _first_text(message: Message) -> Message | None:
    """Plain text before HTML; attachments are none."""
    inline = [
        part
        for _, part in zip(range(_MOST_PARTS), message.walk(), strict=False)
        if part.get_content_type() in ("text/plain", "text/html")
        and part.get_content_disposition() != "attachment"
    ]
    return min(inline, key=lambda part: part.get_content_type() == "text/html", default=None)


def _text_in(part: Message) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    charset = part.get_param("charset")
    name = charset[2] if isinstance(charset, tuple) else str(charset or "")
    text = text_of(raw, charset=name)
    if part.get_content_type() == "text/html":
        return "\n".join(from_html("", text).lines)
    return text


def _shown(text: str) -> str:
    cut = text.strip()[:SHOWN]
    return visible(cut + ("\n…" if len(text.strip()) > SHOWN else "")).replace("\r", "")

"""The mark in the subject of our mails: which ticket, and proof that this person got our mail.

`[K-1042-ABCDEFGHIJ]` is bound to ticket and person with a key of this installation. `[K-1042]`
alone says what is meant and proves nothing.
"""

from __future__ import annotations

import base64
import hmac
import re

from django.utils.crypto import salted_hmac

_MARK = re.compile(r"\[(K-\d{1,12})(?:-([A-Z2-7]{10}))?\]", re.IGNORECASE)
_LETTERS = 10  # 50 bits; more than ten mails an hour of one sender are not even looked at


def mark(number: str, *, user_id: int) -> str:
    """What stands in the subject of a mail to this person about this ticket."""
    return f"[{number}-{_token(number, user_id)}]"


def named_in(subject: str) -> tuple[str, str]:
    """Ticket number and token of the first mark, "" where there is none."""
    found = _MARK.search(subject)
    return (found[1].upper(), (found[2] or "").upper()) if found else ("", "")


def is_ours(token: str, *, number: str, user_id: int) -> bool:
    """True when we wrote this token to this person about this ticket."""
    return bool(token) and hmac.compare_digest(token, _token(number, user_id))


def _token(number: str, user_id: int) -> str:
    digest = salted_hmac("tickets.mail", f"{number}:{user_id}", algorithm="sha256").digest()
    return base64.b32encode(digest).decode()[:_LETTERS]

"""When two mails are one, so that a retry or a renumbered folder doubles nothing."""

from __future__ import annotations

import hashlib
import re

_NAMED = (b"message-id", b"date", b"from", b"to", b"cc", b"subject", b"delivered-to",
          b"x-original-to", b"dkim-signature")  # fmt: skip
_END = re.compile(rb"\r?\n\r?\n")


def digest_of(body: bytes, *, recipient: str, day: str = "") -> str:
    """Of what the sender wrote, not of what servers on the way added (Received lines differ from
    try to try). The signature is part of it: a forged copy never stands in for the real mail.

    A mail with neither Message-ID nor Date, as simple devices send, repeats only within `day`.
    """
    end = _END.search(body)
    head, rest = (body[: end.start()], body[end.end() :]) if end else (body, b"")
    lines = re.sub(rb"\r?\n[ \t]+", b" ", head).splitlines()
    kept = sorted(line for line in lines if _name(line) in _NAMED)
    digest = hashlib.sha256()
    for line in kept:
        digest.update(b" ".join(line.split()) + b"\n")
    if not any(_name(line) in (b"message-id", b"date") for line in kept):
        digest.update(day.encode())
    digest.update(b"\0" + recipient.lower().encode() + b"\0")
    digest.update(rest.replace(b"\r\n", b"\n").rstrip())
    return digest.hexdigest()


def _name(line: bytes) -> bytes:
    return line.partition(b":")[0].strip().lower()

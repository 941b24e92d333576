"""Who signed a mail: our own DKIM check, or what the mailbox's own server says it checked.

Signatures that cover less than a reader sees count as none: those with a body length (`l=`), and
those that leave out the subject.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from collections.abc import Callable

    Resolve = Callable[[str], str]

_MOST = 5  # signatures looked at; each costs a look-up and a public-key operation
_KEY_BITS = 1024
_COVERED = {"from", "subject"}
_COMMENT = re.compile(r"\([^()]*\)")
_AUTHENTICATION = re.compile(
    rb"^authentication-results:((?:[^\n]*\n(?=[ \t]))*[^\n]*)\n?", re.I | re.M
)


class AskLater(HinomiError):
    """The name server did not answer: whether the signature holds is not known yet."""


@dataclass(frozen=True, slots=True)
class Signers:
    """Domains whose signature holds. `is_later`: at least one could not be checked now."""

    domains: tuple[str, ...] = ()
    is_later: bool = False


def signers_of(raw: bytes, *, resolve: Resolve) -> Signers:
    """Check the mail's DKIM signatures. `resolve` gives the text at a name, "" when there is none,
    and raises AskLater."""
    import dkim  # with its resolver 3 MB, for those who receive mails

    quiet = logging.getLogger("hinomi.dkim")
    quiet.setLevel(logging.CRITICAL)
    found: list[str] = []
    is_later = False

    def text_at(name: bytes, timeout: int = 5) -> bytes:
        return resolve(name.decode("ascii", "replace").rstrip(".")).encode()

    try:
        check = dkim.DKIM(raw, logger=quiet, minkey=_KEY_BITS)
        heads = [value for name, value in check.headers if name.lower() == b"dkim-signature"]
    except (dkim.DKIMException, ValueError, IndexError):
        return Signers()
    for number, head in enumerate(heads[:_MOST]):
        try:
            if _covers_all(head) and check.verify(idx=number, dnsfunc=text_at):
                found.append(check.domain.decode("ascii").lower())
        except AskLater:
            is_later = True
        except Exception:  # noqa: S112 - whatever a hostile key or signature does, it does not hold
            continue
    return Signers(tuple(dict.fromkeys(found)), is_later=is_later and not found)


def signers_told(raw: bytes, *, server: str) -> Signers:
    """What the server called `server` wrote in its newest Authentication-Results line. That server
    must take such lines of strangers out (RFC 8601 §5), as mail providers do."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0].replace(b"\r\n", b"\n")
    for match in _AUTHENTICATION.finditer(head):
        text = _COMMENT.sub(" ", " ".join(match[1].decode("latin-1").split()))
        name, *results = [part.strip() for part in text.split(";")]
        if name.split(" ")[0].lower() == server.lower():
            return Signers(tuple(dict.fromkeys(filter(None, map(_passed, results)))))
    return Signers()


def _passed(result: str) -> str:
    if not re.match(r"dkim\s*=\s*pass\b", result, re.IGNORECASE):
        return ""
    domain = re.search(r"header\.d\s*=\s*\"?([\w.\-]+)", result, re.IGNORECASE)
    if domain:
        return domain[1].lower()
    identity = re.search(r"header\.i\s*=\s*\"?[^@\s;]*@([\w.\-]+)", result, re.IGNORECASE)
    return identity[1].lower() if identity else ""


def _covers_all(head: bytes) -> bool:
    tags = {}
    for part in head.decode("latin-1").split(";"):
        name, _, value = part.partition("=")
        tags[name.strip().lower()] = re.sub(r"\s+", "", value)
    covered = {name.lower() for name in tags.get("h", "").split(":")}
    return "l" not in tags and covered >= _COVERED

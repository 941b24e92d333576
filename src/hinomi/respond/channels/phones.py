"""Telephone numbers as carriers take them."""

from __future__ import annotations

import re
import unicodedata

from hinomi.respond.channels.channel import ChannelError

_SEPARATORS = re.compile(r"[\s()（）.・‐-―−－ー-]+")
_DIGITS = re.compile(r"\+?[0-9]{8,15}")
_COUNTRY = "+81"


def domestic(number: str) -> str:
    """09012345678, from any usual writing. Raises ChannelError for what is no number in Japan."""
    found = _plain(number)
    if found.startswith(_COUNTRY):
        return "0" + found.removeprefix(_COUNTRY).removeprefix("0")
    if found.startswith("+"):
        raise _no_number(number)
    return found


def international(number: str) -> str:
    """+819012345678 (E.164), from any usual writing. Raises ChannelError."""
    found = _plain(number)
    if found.startswith("+"):
        return found
    if not found.startswith("0"):
        raise _no_number(number)
    return _COUNTRY + found[1:]


def masked(number: str) -> str:
    """Enough to know it again, not enough to ring it."""
    return f"…{number[-4:]}" if len(number) > 6 else "…"


def _plain(number: str) -> str:
    found = _SEPARATORS.sub("", unicodedata.normalize("NFKC", number.strip()[:40]))
    if not _DIGITS.fullmatch(found):
        raise _no_number(number)
    return found


def _no_number(number: str) -> ChannelError:
    return ChannelError(
        f"The telephone number ({masked(number.strip())!r}) is none we can use.",
        refuses_address=True,
        advice="Check the number with the customer.",
    )

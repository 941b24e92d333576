"""What a FAX gateway writes beside the picture: our number and the number it came from. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from hinomi.business.phone_numbers import phone_key

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = re.compile(r"(?<![A-Z0-9])K-(\d{1,12})(?!\d)")
# With or without +81, dots or dashes. A date never begins with 0.
_PHONE = re.compile(r"(?<!\d)(?:\+?81[-. ]?|0)\d[\d\-(). ]{6,14}\d(?!\d)")


def numbers_in(texts: Iterable[str]) -> list[str]:
    """受付番号, each once, in order."""
    found = [match for text in texts for match in _NUMBER.findall(_plain(text).upper())]
    return list(dict.fromkeys(f"K-{each}" for each in found))


def phones_in(texts: Iterable[str]) -> list[str]:
    """Telephone numbers as they are compared, each once."""
    found = [phone_key(match[0]) for text in texts for match in _PHONE.finditer(_plain(text))]
    return list(dict.fromkeys(each for each in found if each))


def is_from(sender: str, configured: str) -> bool:
    """True when the gateway's address, or its domain (`@fax.example.jp`), is the sender's."""
    wanted, given = configured.strip().lower(), sender.strip().lower()
    if not wanted or "@" not in wanted or "@" not in given:
        return False
    return given.endswith(wanted) if wanted.startswith("@") else given == wanted


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)[:2_000]

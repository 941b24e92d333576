"""What comes from outside into a customer text: cleaned, cut, never markup, never a format.

A device name or a file name is chosen by whoever made it, attackers included.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SLOT_LIMIT = 30  # a longer name pushes the step a person must read off a phone's first screen
_ELLIPSIS = "…"
_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# Besides what Python calls space: letters that print as nothing (Hangul fillers, empty Braille).
_SPACES = re.compile("[\\s\u115f\u1160\u2800\u3164\uffa0]+")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
# Mail programs turn these into links; our mail must never carry an attacker's link.
_LINKS = (("://", ":／／"), ("www.", "www．"), ("mailto:", "mailto："))
_MOST_MARKS = 2  # combining marks on one letter; more is "zalgo" that covers other lines


@lru_cache(
    maxsize=1024
)  # lists render the same names hundreds of times: 5.2 s → 2.0 s for all texts
def slot(value: str, *, limit: int = SLOT_LIMIT) -> str:
    """Plain one-line text of at most `limit` characters; "" when nothing readable is left."""
    text = _TERMINAL.sub("", value[:4_000])
    text = _SPACES.sub(" ", text)  # first: a line break becomes a space, not nothing
    text = "".join(_visible(unicodedata.normalize("NFC", text)))
    text = _SPACES.sub(" ", text).strip()
    for written, harmless in _LINKS:
        text = re.sub(re.escape(written), harmless, text, flags=re.IGNORECASE)
    return cut(text, limit=limit)


def cut(text: str, *, limit: int) -> str:
    """At most `limit` characters; a cut shows as …"""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + _ELLIPSIS


def device_slot(value: str) -> str:
    """A device name fit for a customer: an IP address is none (ux rule 6), so it gives ""."""
    name = slot(value)
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return name
    return ""


def marked(value: str) -> str:
    """The value between << and >>, so that checks can leave it out; it cannot close the mark."""
    inner = value.replace("<<", "＜＜").replace(">>", "＞＞")
    if inner.endswith(">"):
        inner = inner[:-1] + "＞"
    return f"<<{inner}>>"


def unmarked(text: str) -> str:
    """The text as a customer gets it, without the marks."""
    return text.replace("<<", "").replace(">>", "")


def fill(template: str, values: Mapping[str, str]) -> str | None:
    """The template with its {names} replaced in one pass, or None when a value is missing.

    Inserted values are never read again: "{x}" or "%s" inside a device name stays as it is.
    """
    if any(not values.get(name) for name in placeholders(template)):
        return None
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)], template)


def placeholders(template: str) -> list[str]:
    """The slot names a template asks for."""
    return _PLACEHOLDER.findall(template)


def _visible(text: str) -> list[str]:
    """Characters a person can see; controls, bidi switches, zero-width and unassigned go."""
    kept: list[str] = []
    marks = 0
    for letter in text:
        category = unicodedata.category(letter)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category[0] != "C" and marks <= _MOST_MARKS:
            kept.append(letter)
    return kept

"""Makes what a log line hides visible: control characters, terminal escapes, text that runs
backwards. Escaping for HTML is the template's; this is for what HTML shows without a trace."""

from __future__ import annotations

import unicodedata

_KEPT = "\n\t"
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def visible(text: str) -> str:
    """ESC becomes ⟨U+001B⟩; line breaks and tabs stay."""
    if text.isprintable():  # nearly every text is: a look at each character costs lists dearly
        return text
    return "".join(_shown(character) for character in text)


def visible_bytes(raw: bytes) -> str:
    r"""UTF-8 where it is UTF-8, `\x..` where it is not, hidden characters shown."""
    return visible(raw.decode("utf-8", errors="backslashreplace"))


def _shown(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _HIDDEN:
        return character
    return f"⟨U+{ord(character):04X}⟩"  # Unicode's own pictures of ESC … are in few fonts


def one_line(text: str) -> str:
    """What a person typed, without what does not print (control characters, direction marks)."""
    return "".join(character for character in text if character.isprintable()).strip()

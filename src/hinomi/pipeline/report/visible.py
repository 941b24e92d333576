"""Text from records, made harmless to look at: what would act on a terminal or hide is spelt out.

HTML escaping is not done here: the template does it.
"""

from __future__ import annotations

import json
import re
import unicodedata

_CUT = "…"
# Everything that moves a cursor, colours, reverses or hides text, and what is not a character.
_ACTING = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
# Control pictures (␛) would be prettier, but few fonts have them.
_SPELT = {0x09: "⟨TAB⟩", 0x0A: "↵", 0x0D: "⟨CR⟩", 0x1B: "⟨ESC⟩", 0x00: "⟨NUL⟩"}
# JSON escapes C0 by itself; these too act on a terminal and must not leave as they are.
_JSON_ACTING = re.compile("[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def visible(text: str, *, limit: int = 1000) -> str:
    """One line, at most `limit` characters; ESC as ⟨ESC⟩, bidi marks as ⟨U+202E⟩."""
    cut = text if len(text) <= limit else text[: limit - 1] + _CUT
    cut = cut.replace("\r\n", "\n")
    return cut if cut.isascii() and cut.isprintable() else "".join(map(_seen, cut))


def visible_block(text: str, *, limit: int) -> str:
    """The same over several lines: line breaks and tabs stay."""
    cut = text if len(text) <= limit else text[: limit - 1] + _CUT
    return "".join(char if char in "\n\t" else _seen(char) for char in cut.replace("\r\n", "\n"))


def json_line(value: object) -> str:
    """One JSON object on one line, readable Japanese, nothing that acts on a terminal."""
    text = json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace").decode()
    return _JSON_ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _seen(char: str) -> str:
    if unicodedata.category(char) not in _ACTING:
        return char
    return _SPELT.get(ord(char)) or f"⟨U+{ord(char):04X}⟩"

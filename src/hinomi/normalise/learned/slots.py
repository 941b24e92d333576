"""The kinds of values a template's slot can hold: tiny, bounded patterns with names.

A slot is matched where it stands (`ip`, `number`, …) or runs to the next fixed text (`word`,
`text`). No pattern can be slow: none repeats a repetition, and each has a largest length.
"""

from __future__ import annotations

import re

_V4 = r"\d{1,3}+(?:\.\d{1,3}+){3}+"
_V6 = r"(?=[0-9A-Fa-f:]{2,45}+)(?:[0-9A-Fa-f]{0,4}+:){2,7}+(?:[0-9A-Fa-f]{1,4}+|" + _V4 + r")?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"\d{1,2}[:時]\d{1,2}(?:[:分]\d{1,2}秒?)?分?(?:[.,]\d{1,9})?"
_DATE = r"(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|(?:令和|R)\d{1,2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?)"
_ZONE = r"(?: ?(?:[+-]\d\d:?\d\d|Z|UTC|GMT|JST))?"
_HALF = r"(?:午前|午後)?\s?"
_TIMES = (
    rf"{_DATE}(?:\([月火水木金土日]\))?[T _]?\s?{_HALF}{_CLOCK}{_ZONE}",
    rf"\d{{1,2}}[/-]{_MONTH}[/-]\d{{4}}[: ]\d\d:\d\d:\d\d{_ZONE}",
    rf"\d{{1,2}}/\d{{1,2}}/\d{{2,4}} {_CLOCK}(?: ?[AP]M)?",
    rf"(?:[A-Z][a-z]{{2}} )?{_MONTH} {{1,2}}\d{{1,2}} \d\d:\d\d:\d\d(?: \d{{4}})?",
)
# name → (pattern at the place, what it is in Japanese). Anchored ones end by themselves.
ANCHORED: dict[str, re.Pattern[str]] = {
    "mac": re.compile(r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:-])"),
    "ip": re.compile(rf"(?:{_V4}|{_V6})(?!\w|\.\w)"),
    "number": re.compile(r"-?\d{1,20}(?:\.\d{1,9})?(?!\w)"),
    "time": re.compile("|".join(_TIMES)),
    "mail": re.compile(r"[\w.+\-]{1,64}@[A-Za-z0-9.\-]{1,253}[A-Za-z0-9]"),
    "url": re.compile(r"(?:https?|ftp)://[^\s\"'<>（）「」、。]{1,2048}", re.IGNORECASE),
}
TO_NEXT: dict[str, re.Pattern[str]] = {
    "word": re.compile(r"\S{1,512}"),
    "text": re.compile(r".{0,4096}", re.DOTALL),
}
SLOT_TYPES: dict[str, str] = {
    "ip": "アドレス",
    "mac": "MACアドレス",
    "number": "数",
    "time": "日時",
    "mail": "メールアドレス",
    "url": "URL",
    "word": "ことば",
    "text": "文",
}


def type_of(value: str) -> str:
    """The narrowest kind that holds the whole value."""
    for name, pattern in ANCHORED.items():
        if pattern.fullmatch(value):
            return name
    return "word" if value and not any(letter.isspace() for letter in value) else "text"

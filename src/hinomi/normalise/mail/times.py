"""Times as people's mails write them, in the spelling `moment.from_text` reads."""

from __future__ import annotations

import re
import unicodedata

_JAPANESE = re.compile(
    r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日\s*(?:[(（][^)）]{1,4}[)）])?\s*"
    r"(?:(午前|午後)?\s*(\d{1,2})\s*[時:]\s*(\d{1,2})\s*分?\s*:?\s*(?:(\d{1,2})\s*秒?)?)?"
)
_NUMBERS = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\s*(?:[(（][^)）]{1,4}[)）])?[T ,]*"
    r"(?:(午前|午後|AM|PM)\s*)?(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*(AM|PM)?\s*(.*)",
    re.IGNORECASE,
)
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_ZONE = re.compile(
    r"[(（]?\s*((?:UTC|GMT)?\s*[+-]\d{1,2}(?::?\d{2})?|UTC|GMT|JST|Z)", re.IGNORECASE
)


def written_time(text: str) -> str:
    """`2026年11月21日(土) 午後3時5分` → `2026-11-21 15:05:00`; other spellings as they are."""
    plain = unicodedata.normalize("NFKC", text[:80]).strip()
    if found := _JAPANESE.search(plain):
        year, month, day, half, hour, minute, second = found.groups()
        return _spelled(year, month, day, half, hour or "0", minute or "0", second)
    if found := _NUMBERS.match(plain):
        year, month, day, half, hour, minute, second, late, rest = found.groups()
        zone = _ZONE.match(rest or "")
        spelled = _spelled(year, month, day, half or late, hour, minute, second)
        return f"{spelled} {_offset(zone[1])}" if zone else spelled
    if found := _DAY.fullmatch(plain):
        return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02} 00:00:00"
    return plain


def _spelled(
    year: str, month: str, day: str, half: str | None, hour: str, minute: str, second: str | None
) -> str:
    clock = int(hour)
    if half and half.upper() in ("午後", "PM") and clock < 12:
        clock += 12
    if half and half.upper() in ("午前", "AM") and clock == 12:
        clock = 0
    date = f"{year}-{int(month):02}-{int(day):02}"
    return f"{date} {clock:02}:{int(minute):02}:{int(second or 0):02}"


def _offset(zone: str) -> str:
    """`UTC+9` → `+09:00`; `JST` as it is."""
    found = re.fullmatch(r"(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?", zone, re.IGNORECASE)
    return f"{found[1]}{int(found[2]):02}:{found[3] or '00'}" if found else zone.upper()

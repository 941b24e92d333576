"""Heads of the chain written down outside the database, one each day: DATA/trail/anchors.txt.

A chain alone does not show that its end was cut off. Whoever keeps a copy of this file, or a print
of its last line, can prove it: `hinomi trail verify --head PLACE:HASH`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hinomi.core.errors import UsageError
from hinomi.portal.access.chain import Head, head
from hinomi.portal.access.time import configuration, now

if TYPE_CHECKING:
    from pathlib import Path

_JAPAN = ZoneInfo("Asia/Tokyo")
_PARTS = 3
_HASH_LENGTH = 64


def path() -> Path:
    """The file; it need not be there yet."""
    return configuration().data / "trail" / "anchors.txt"


def write_daily() -> Head | None:
    """The first call of a Japanese day appends `DAY PLACE HASH`; None on later ones."""
    day = now().astimezone(_JAPAN).date().isoformat()
    file, last = path(), head()
    if last.sequence == 0 or (file.exists() and day in _days(file)):
        return None
    file.parent.mkdir(mode=0o700, exist_ok=True)
    with file.open("a", encoding="ascii") as written:
        written.write(f"{day} {last.sequence} {last.hash}\n")
        written.flush()
        os.fsync(written.fileno())
    return last


def pinned() -> dict[int, str]:
    """Every head that was written down: place → hash. A damaged line is trouble, not silence."""
    file = path()
    if not file.exists():
        return {}
    lines = file.read_text("ascii", errors="replace").splitlines()
    return dict(_pin(line, at=f"{file}:{number}") for number, line in enumerate(lines, start=1))


def parsed(text: str) -> tuple[int, str]:
    """A head as people type it: PLACE:HASH."""
    place, _, digest = text.strip().partition(":")
    if not place.isdecimal() or len(digest) != _HASH_LENGTH:
        raise UsageError(
            f"{text!r} is no head of the trail.",
            advice="It looks like 1234:9f86d0…, with 64 characters.",
        )
    return int(place), digest.lower()


def _pin(line: str, *, at: str) -> tuple[int, str]:
    parts = line.split(" ")
    if len(parts) != _PARTS:
        raise UsageError(f"{at} is damaged.", advice="Compare it with your copy.")
    return parsed(":".join(parts[1:]))


def _days(file: Path) -> set[str]:
    return {line.partition(" ")[0] for line in file.read_text("ascii").splitlines()}

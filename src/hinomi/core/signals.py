"""What a sender may tell us about itself: that it goes to sleep, and that a person tries it out.

The agent and the relay send these as records like any other; nothing here is a command to us.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# A name for a try must fit where a login name fits, be typed by hand, and stand in no other log.
TRY_LENGTH = 8
TRY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
_TRY_PREFIX = "shiken-"
_TRY = re.compile(rf"{_TRY_PREFIX}[{TRY_LETTERS}]{{{TRY_LENGTH}}}", re.IGNORECASE)


class Goodbye(StrEnum):
    """Why a sender will say nothing for a while. `removed` is not meant to come back."""

    OFF = "off"
    SLEEP = "sleep"
    RESTART = "restart"
    REMOVED = "removed"

    @property
    def is_off(self) -> bool:
        """True when silence after it is expected: switched off or asleep."""
        return self in (Goodbye.OFF, Goodbye.SLEEP)


def goodbye_record(reason: Goodbye) -> dict[str, str]:
    """The record that says so; the sender adds its time and its own name."""
    return {"hinomi": "goodbye", "reason": reason.value}


def goodbye_in(fields: Mapping[str, str]) -> Goodbye | None:
    """The reason when the record is a goodbye; one of a newer sender counts as off."""
    if fields.get("hinomi") != "goodbye":
        return None
    try:
        return Goodbye(fields.get("reason", ""))
    except ValueError:
        return Goodbye.OFF


def try_name(letters: str) -> str:
    """The name of a try from `TRY_LENGTH` letters of `TRY_LETTERS` that somebody drew."""
    return _TRY_PREFIX + letters


def is_try_name(text: str) -> bool:
    """Whether this is a try's name and nothing else."""
    return _TRY.fullmatch(text) is not None


def try_names_in(raw: bytes) -> list[str]:
    """Names of tries that stand in a record. Almost no record has one, so most cost a look."""
    if b"shiken-" not in raw and b"SHIKEN-" not in raw and b"Shiken-" not in raw:
        return []
    return [found.lower() for found in _TRY.findall(raw.decode("ascii", "replace"))]

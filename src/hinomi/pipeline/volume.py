"""Is a source sending far more than it usually does? Four states with hysteresis. Pure.

Counted in windows of ten minutes of receive time. While there is too much nothing is learned: a
flood must not become what is usual. What this cannot see: a source that floods from its first hour.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.store.health_rows import Volume

WINDOW_S = 600
LEARNED = 6  # windows before "usual" means anything
_UNLEARNED_FLOOD = 300_000  # 500 a second for ten minutes is too much for any small company
_WEIGHT = 1 / 36  # of a new window: about six hours are remembered
_CALM = 3  # windows in a row that end a flood
# Floors, so that a source that usually sends three records is not "high" at thirty.
_HIGH = (5.0, 1_000)
_FLOOD = (20.0, 10_000)
_CALM_BELOW = 3.0
_RANK: Mapping[str, int] = {"normal": 0, "recovering": 1, "high": 2, "flood": 3}


def window_of(moment: datetime) -> int:
    """The number of the window in which a moment lies."""
    return int(moment.timestamp()) // WINDOW_S


def heard(volume: Volume, *, window: int, records: int) -> Volume:
    """The volume after so many more records in a window. A window that is over by more than one
    behind (a clock that was ahead) begins anew; one just behind counts with the present one."""
    if window > volume.window or window < volume.window - 1:
        volume = replace(_closed(volume, next_window=window), window=window, records=0)
    volume = replace(volume, records=volume.records + records)
    found = _level(volume)
    if _RANK[found] > _RANK[volume.level]:
        return _at(volume, found)
    return volume


def _closed(volume: Volume, *, next_window: int) -> Volume:
    """The window is over: learn from it, or come down a step."""
    found = _level(volume)
    if found == "normal" and volume.level == "normal":
        return _with_learned(volume)
    is_calm = volume.records <= max(_HIGH[1], _CALM_BELOW * volume.usual)
    calm = volume.calm + 1 if is_calm else 0
    calm += max(0, next_window - volume.window - 1)  # windows without a record are calm
    if not calm:
        return replace(volume, calm=0)
    if calm >= _CALM:
        return replace(_at(volume, "normal"), calm=0)
    return replace(_at(volume, "recovering"), calm=calm)


def _with_learned(volume: Volume) -> Volume:
    weight = max(_WEIGHT, 1 / (volume.learned + 1))
    usual = volume.usual + (volume.records - volume.usual) * weight
    return replace(volume, usual=usual, learned=volume.learned + 1, calm=0)


def _level(volume: Volume) -> str:
    if volume.learned < LEARNED:
        return "flood" if volume.records > _UNLEARNED_FLOOD else "normal"
    for level, (times, floor) in (("flood", _FLOOD), ("high", _HIGH)):
        if volume.records > max(floor, times * volume.usual):
            return level
    return "normal"


def _at(volume: Volume, level: str) -> Volume:
    if level == volume.level:
        return volume
    since = datetime.fromtimestamp(volume.window * WINDOW_S, UTC)
    return replace(volume, level=level, since=since, calm=0)

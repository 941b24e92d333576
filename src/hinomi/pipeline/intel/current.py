"""The set of indicators in use, for who matches: which file the directory names, mapped."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from hinomi.core.errors import StoreDamaged
from hinomi.detect.intel import Finder, PackedSet
from hinomi.pipeline.intel.looks import look_of

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.store.directory import DirectoryStore

FOLDER = "intel"  # in DATA
logger = logging.getLogger(__name__)


class IndicatorKeeper:
    """For the worker: follows what the directory names, without stopping the stream."""

    def __init__(self, directory: DirectoryStore, *, data: Path) -> None:
        self._directory, self._data = directory, data
        self._generation = -1
        self._name = ""
        self._finder: Finder | None = None

    def at(self, generation: int) -> Finder | None:
        """The finder of this generation; looks at the directory only when it is a new one."""
        if generation != self._generation:
            self._generation = generation
            name = self._directory.load().indicators
            if name != self._name:
                self._name, self._finder = name, finder_named(name, data=self._data)
        return self._finder


def finder_named(name: str, *, data: Path) -> Finder | None:
    """None when the directory names no set, or one that cannot be read: that is reported, and the
    rules go on without it."""
    if not name:
        return None
    path = data / FOLDER / name
    try:
        known = PackedSet(path)
    except (StoreDamaged, OSError) as error:
        logger.error("the indicators cannot be used: %s", error)
        return None
    logger.info("indicators in use: %d (%s)", len(known), name[:16])
    return Finder(known, look_of)

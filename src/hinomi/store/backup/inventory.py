"""What lies in a data folder beside the stores: rules, indicators, hunts and what else rooms keep.

Whatever is not left out by name goes into a backup, so a new room cannot be forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The lake goes by its manifest, the log by its segments; why the others stay: contents.LEFT_OUT.
_ELSEWHERE = frozenset({"keys", "run", "lake", "log"})
_COMPANIONS = ("-wal", "-shm", "-journal", ".tmp", ".lock", ".draft")


def other_files(data: Path) -> list[str]:
    """Paths relative to `data`.

    Small notes before large files: a note says how much of the large file counts (store/hunts), so
    a copy of the note may be older, never newer.
    """
    found = [
        str(path.relative_to(data))
        for entry in sorted(data.iterdir())
        if entry.name not in _ELSEWHERE
        for path in _files(entry)
    ]
    return sorted(found, key=lambda path: (not path.endswith(".json"), path))


def _files(entry: Path) -> Iterator[Path]:
    if entry.name.startswith(".") or entry.name.endswith(_COMPANIONS) or entry.is_symlink():
        return
    if entry.is_file():
        yield entry
    elif entry.is_dir():
        for each in sorted(entry.iterdir()):
            yield from _files(each)

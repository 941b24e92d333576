"""Is a backup still what was written? Reads every byte and compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.store.backup.copies import hash_stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.store.backup.contents import Entry
    from hinomi.store.backup.shelf import Kept


def faults_of(kept: Kept) -> Iterator[str]:
    """One sentence per file that is missing or changed, as they are read."""
    for entry in kept.contents.files:
        fault = _fault(kept, entry)
        if fault:
            yield fault


def _fault(kept: Kept, entry: Entry) -> str:
    try:
        with kept.open(entry.path) as file:
            found = hash_stream(file)
    except OSError as error:
        return f"{entry.path}: {error.strerror or 'missing'}"
    return "" if found == (entry.sha256, entry.size_bytes) else f"{entry.path}: changed or torn"

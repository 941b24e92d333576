"""How one file gets into a backup or out of it: whole, on disk, and with its hash."""

from __future__ import annotations

import hashlib
import os
from contextlib import closing
from typing import TYPE_CHECKING, BinaryIO

from hinomi.core.errors import Place, StoreDamaged
from hinomi.store.durable import sync
from hinomi.store.sqlite import connect, copy_whole, schema_version

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = 1 << 20


def copy_database(source: Path, target: Path) -> int:
    """SQLite's own online backup: one moment of a store others are writing. Its schema version.

    Raises StoreDamaged when the copy does not pass SQLite's own examination.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with closing(connect(source, read_only=True)) as store:
        copy_whole(store, target)
    with closing(connect(target, read_only=True)) as copy:
        found = [str(line) for (line,) in copy.execute("PRAGMA integrity_check(3)")]
        if found != ["ok"]:
            raise StoreDamaged(
                f"the store is damaged: {'; '.join(found)[:300]}",
                place=Place(str(source)),
                advice="Go back to an earlier backup; keep this folder as it is.",
            )
        version = schema_version(copy)
    sync(target)
    return version


def copy_stream(source: BinaryIO, target: Path) -> tuple[str, int]:
    """Write all that can be read to a new file, on disk; (SHA-256, bytes)."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as file:
        while block := source.read(_BLOCK):
            digest.update(block)
            size += len(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def hash_stream(source: BinaryIO) -> tuple[str, int]:
    """(SHA-256, bytes) of all that can be read."""
    digest, size = hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


def link(source: Path, target: Path) -> bool:
    """One file under a second name; False where the file system cannot."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        target.hardlink_to(source)
    except OSError:
        return False
    return True

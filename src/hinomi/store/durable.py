"""What is on disk for certain: bytes and names that a power cut does not take back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def sync_tree(folder: Path) -> None:
    """Make the names in a folder and all below it durable."""
    for parent, _, _ in os.walk(folder):
        sync(parent)


def sync(path: Path | str) -> None:
    """Make one file, or the names in one folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Installation secrets: 256 random bits each, one file per purpose under DATA/keys (mode 0600)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from hinomi.core.errors import StartRefused
from hinomi.store.key_files import SIZE_BYTES, drawn, path_of

if TYPE_CHECKING:
    from pathlib import Path


def read_or_draw(data: Path, *, name: str) -> bytes:
    """The stored key, or one that lives only as long as this process (type checks, tests)."""
    path = path_of(data, name=name)
    if not path.exists():
        return secrets.token_bytes(SIZE_BYTES)
    return _checked(path.read_bytes(), path)


def make(data: Path, *, name: str) -> bytes:
    """The stored key, drawn and stored on first use. Two processes starting at once agree."""
    return _checked(drawn(data, name=name), path_of(data, name=name))


def _checked(key: bytes, path: Path) -> bytes:
    if len(key) != SIZE_BYTES:
        raise StartRefused(f"{path} is damaged.", advice="Restore it from your key backup.")
    return key

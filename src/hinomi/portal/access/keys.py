"""Installation secrets: 256 random bits each, one file per purpose under DATA/keys (mode 0600)."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from hinomi.core.errors import StartRefused

if TYPE_CHECKING:
    from pathlib import Path

_SIZE_BYTES = 32


def read_or_draw(data: Path, *, name: str) -> bytes:
    """The stored key, or one that lives only as long as this process (type checks, tests)."""
    path = _path(data, name)
    return _read(path) if path.exists() else secrets.token_bytes(_SIZE_BYTES)


def make(data: Path, *, name: str) -> bytes:
    """The stored key, drawn and stored on first use. Two processes starting at once agree."""
    path = _path(data, name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _store_once(path)
    return _read(path)


def _path(data: Path, name: str) -> Path:
    return data / "keys" / f"{name}.key"


def _read(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != _SIZE_BYTES:
        raise StartRefused(f"{path} is damaged.", advice="Restore it from your key backup.")
    return key


def _store_once(path: Path) -> None:
    """Write aside, then link: the name appears with its whole content or not at all."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_SIZE_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # another process was first; its key is the one
    finally:
        aside.unlink()

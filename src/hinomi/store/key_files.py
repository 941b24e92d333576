"""Keys of this installation: 256 random bits each, one file per purpose under DATA/keys (0600)."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SIZE_BYTES = 32


def path_of(data: Path, *, name: str) -> Path:
    """Where the key of this name lies, or will lie."""
    return data / "keys" / f"{name}.key"


def drawn(data: Path, *, name: str) -> bytes:
    """The stored key, drawn and stored on first use. Two processes starting at once agree."""
    path = path_of(data, name=name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _store_once(path)
    return path.read_bytes()


def _store_once(path: Path) -> None:
    """Write aside, then link: the name appears with its whole content or not at all."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(SIZE_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # another process was first; its key is the one
    finally:
        aside.unlink()

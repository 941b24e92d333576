"""Which engine holds a data folder's stores: SQLite files in it, or one PostgreSQL that it names.

DATA/database.url decides, not the environment of whoever comes by: a command started without the
variable would otherwise make second, empty stores beside the real ones.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hinomi.config import DATABASE_FILE
from hinomi.store import sqlite

if TYPE_CHECKING:
    from pathlib import Path
    from sqlite3 import Connection


def server_of(data: Path) -> str:
    """The PostgreSQL of a data folder, "" for SQLite."""
    try:
        return (data / DATABASE_FILE).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def choose_server(data: Path, url: str) -> None:
    """Say once, before there is any store, that this folder's stores are in PostgreSQL."""
    descriptor = os.open(
        data / DATABASE_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600
    )  # a password
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{url}\n")
        file.flush()
        os.fsync(file.fileno())


def connect(path: Path, *, read_only: bool = False) -> Connection:
    """Open the store that is DATA/<name>.sqlite, or the schema of that name in PostgreSQL.

    Either way in autocommit mode, for one thread at a time. Read-only: FileNotFoundError when the
    store was never made.
    """
    url = server_of(path.parent)
    if not url:
        return sqlite.connect(path, read_only=read_only)
    from hinomi.store import postgres  # an extra that only its users install

    return postgres.connect(url, schema=f"hinomi_{path.stem}", read_only=read_only)


def is_made(path: Path) -> bool:
    """Whether the store was ever made; commands on a folder of yesterday ask before they read."""
    if not server_of(path.parent):
        return path.exists()
    try:
        connect(path, read_only=True).close()
    except FileNotFoundError:
        return False
    return True

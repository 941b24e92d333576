"""`backup.json`: what a backup holds, what it left out, and the hash of every file.

It is written last, so a folder without it is a backup that never ended and counts as none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - read at run time when a stored backup is decoded

import msgspec

from hinomi.core.errors import HinomiError

NAME = "backup.json"
FORMAT = 1
LEFT_OUT = {
    "keys/": "secrets stay out of backups: keep a copy of this folder in another place",
    "run/": "what lives only while the tower runs",
    "log/quarantine/, lake/quarantine/": "damaged pieces set apart",
}


class BackupFailed(HinomiError):
    """No backup was made, or this one cannot be used. Nothing half stays behind."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. `path` is the same in the backup and in the data folder."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Contents:
    """All that acted before `taken_at` is in. `schemas`: store → schema version.

    `faults` are files of the tower that were already missing or damaged when it was taken.
    """

    hinomi: str
    taken_at: datetime
    finished_at: datetime
    files: tuple[Entry, ...]
    schemas: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=lambda: dict(LEFT_OUT))
    format: int = FORMAT

    @property
    def size_bytes(self) -> int:
        """Of all files together, linked ones too."""
        return sum(entry.size_bytes for entry in self.files)


def encode(contents: Contents) -> bytes:
    """JSON for people too."""
    return msgspec.json.format(msgspec.json.encode(contents), indent=1)


def decode(body: bytes, *, where: str) -> Contents:
    """Raises BackupFailed when it is no `backup.json` of ours, or a newer one."""
    try:
        contents = msgspec.json.decode(body, type=Contents)
    except msgspec.MsgspecError as error:
        raise BackupFailed(f"{where}: {NAME} cannot be read: {error}") from error
    if contents.format > FORMAT:
        raise BackupFailed(
            f"{where} was made by hinomi {contents.hinomi}, in a form this one does not know.",
            advice=f"Use hinomi {contents.hinomi} or newer.",
        )
    return contents

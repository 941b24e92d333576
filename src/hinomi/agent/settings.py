"""What an enrolled agent knows: where to, as whom, what to watch. Only root may read it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError, Place, UsageError
from hinomi.store.uplink import checked_address

if TYPE_CHECKING:
    from pathlib import Path

FILE = "agent.json"
STATE = "state.json"
SPOOL_BYTES = 256 << 20
# Where an intruder stays behind, and where a home page lives.
FOLDERS = (
    "/etc", "/root", "/usr/local/bin", "/usr/local/sbin", "/lib/systemd/system",
    "/var/spool/cron", "/var/www",
)  # fmt: skip
LOGS = ("/var/log/auth.log", "/var/log/secure")


class NotEnrolled(HinomiError):
    """There is no agent in this folder."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`authority`: PEM file of the tower's certificate where it is its own, "" otherwise."""

    endpoint: str
    token: str = field(repr=False)
    authority: str = ""
    folders: tuple[str, ...] = FOLDERS
    logs: tuple[str, ...] = LOGS
    spool_bytes: int = SPOOL_BYTES


def checked(settings: Settings) -> Settings:
    """The settings, or UsageError for an address or token that cannot be one."""
    checked_address(settings.endpoint)
    if not settings.token or not settings.token.isascii() or not settings.token.isprintable():
        raise UsageError("This is no token.", advice="Copy it whole, on one line.")
    return settings


def write_settings(folder: Path, settings: Settings) -> None:
    """Replace the file in one step; nobody else may ever read the token."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f"{FILE}.draft"
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(asdict(settings), stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(folder / FILE)


def read_settings(folder: Path) -> Settings:
    """Raises NotEnrolled when there are none, or none that can be read."""
    path = folder / FILE
    try:
        found = json.loads(path.read_text("utf-8"))
        return Settings(
            endpoint=str(found["endpoint"]),
            token=str(found["token"]),
            authority=str(found.get("authority", "")),
            folders=tuple(map(str, found.get("folders", FOLDERS))),
            logs=tuple(map(str, found.get("logs", LOGS))),
            spool_bytes=int(found.get("spool_bytes", SPOOL_BYTES)),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotEnrolled(
            "This machine is not enrolled.",
            place=Place(str(path)),
            advice="`hinomi agent enrol ENDPOINT --token-file FILE`, as root.",
        ) from error

"""What a relay keeps in its folder beside the spool: who it is, and what it listens to."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from hinomi.core.errors import Place, UsageError
from hinomi.store.durable import sync

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DISCOVERY = "discovery"  # the kind of the source that the relay itself is: what it hears around
FILE = "relay.json"
LISTENING = "listening.json"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Who this relay is. `ingest` is the address it brings records to, `authority` a file of
    certificates to believe besides the system's, "" for none."""

    relay: str
    ingest: str
    token: str = field(repr=False)
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """A source whose records the relay brings, and its own port here (0: by serial alone)."""

    id: str
    name: str
    kind: str
    port: int = 0
    serials: tuple[str, ...] = ()
    awaited_try: str = ""


@dataclass(frozen=True, slots=True)
class Listening:
    """What the tower last said. `mark` is its ETag, `awaited_try` the name of the try (試験) that a
    person waits for; `awaits_consent`: the company agreed to nothing, so nothing is heard. Kept so
    that a start without a line listens."""

    relay: str
    name: str
    sources: tuple[Brought, ...] = ()
    mark: str = ""
    awaited_try: str = ""
    awaits_consent: bool = False

    @property
    def discovery(self) -> Brought | None:
        """The source whose records the relay makes itself; None when nobody agreed to that."""
        return next((each for each in self.sources if each.kind == DISCOVERY), None)


def enrolled(data: Path) -> Enrolled:
    """UsageError when the folder was never enrolled."""
    path = data / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Enrolled)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(
            "this folder holds no enrolled relay.",
            place=Place(str(path)),
            advice="Ask the provider for a code: hinomi relay enrol URL CODE --data DIR",
        ) from error


def keep_enrolled(data: Path, found: Enrolled) -> None:
    """For its owner's eyes only: it holds the token."""
    data.mkdir(parents=True, exist_ok=True)
    _write(data / FILE, msgspec.json.encode(found), mode=0o600)


def listening(data: Path) -> Listening | None:
    """What the tower said before the last stop; None when it was never heard."""
    try:
        return msgspec.json.decode((data / LISTENING).read_bytes(), type=Listening)
    except (OSError, msgspec.DecodeError):
        return None


def keep_listening(data: Path, found: Listening) -> None:
    """For the next start."""
    _write(data / LISTENING, msgspec.json.encode(found), mode=0o600)


def tell_ready(data: Path, told: Mapping[str, object]) -> None:
    """DATA/run/relay.json, for who started the process."""
    (data / "run").mkdir(parents=True, exist_ok=True)
    _write(data / "run" / FILE, json.dumps({**told, "pid": os.getpid()}).encode(), mode=0o644)


def _write(path: Path, body: bytes, *, mode: int) -> None:
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync(path.parent)

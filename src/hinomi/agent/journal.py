"""Sign-ins where no text log is written: systemd's journal, asked each quarter of a minute.

The place reached is journalctl's own cursor; ours is moved on once its lines are in the spool.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from typing import TYPE_CHECKING

from hinomi.agent.collector import Told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_EVERY_S = 15.0
_TIMEOUT_S = 10
_MOST_LINES = 20_000  # after days without us; the newest are shown then
_MOST_LINE = 16 << 10
_QUESTION = (
    "journalctl", "--quiet", "--no-pager", "--utc", "--output=short-iso",
    "--facility=auth,authpriv", f"--lines={_MOST_LINES}",
)  # fmt: skip
_UNREAD = "ログインの記録（systemdのジャーナル）を読めません。"


class JournalCollector:
    """`places`: a file of ours for the cursor. Without one, what comes from now on."""

    name = "journal"

    def __init__(
        self,
        *,
        places: Path,
        ask: Callable[[Sequence[str]], bytes | None] | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._places, self._ask, self._wall = places, ask or _asked, wall
        self._ahead = places.with_suffix(".ahead")
        self._since = f"--since=@{int(wall())}"
        self._next = 0.0
        self._is_read = True
        self._ahead.unlink(missing_ok=True)
        if places.exists():
            shutil.copyfile(places, self._ahead)

    def fileno(self) -> int | None:
        """Asked, not waited for."""
        return None

    def read(self) -> Sequence[Told]:
        """Lines since the last time."""
        now = self._wall()
        if 0 <= self._next - now <= _EVERY_S:
            return []
        self._next = now + _EVERY_S
        has_place = self._ahead.exists() and self._ahead.stat().st_size
        start = () if has_place else (self._since,)
        said = self._ask((*_QUESTION, f"--cursor-file={self._ahead}", *start))
        self._is_read = said is not None
        lines = (line.strip(b"\r\x00 ")[:_MOST_LINE] for line in (said or b"").split(b"\n"))
        # A line that looks like one of our own records must not be taken for one.
        return [Told("log", line) for line in lines if line and line[:1] not in (b"{", b"-")]

    def broken(self) -> Sequence[str]:
        """That the journal does not answer."""
        return [] if self._is_read else [_UNREAD]

    def lost(self) -> int:
        """Nothing that can be counted."""
        return 0

    def keep_place(self) -> None:
        """Called once what was read is in the spool."""
        if self._ahead.exists():
            draft = self._places.with_suffix(".draft")
            shutil.copyfile(self._ahead, draft)
            draft.replace(self._places)

    def close(self) -> None:
        """Nothing was changed."""


def _asked(command: Sequence[str]) -> bytes | None:
    """What it says; None when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None

"""What only this machine knows: names of users, what a parent process is, hashes of programs.

Every answer comes from a bounded memory where it can. Hashing has a budget, so that a compiler run
does not become our CPU time.
"""

from __future__ import annotations

import hashlib
import pwd
import time
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_USERS_KEPT_S = 300.0
_MOST_PARENTS = 4_096
_MOST_HASHES = 1_024
_LARGEST = 32 << 20
_BYTES_PER_S = 1 << 20
_BUDGET = 64 << 20  # what may be hashed at once after a quiet time
_MOST_COMMAND = 2_000


class MachineLookups:
    """One thread."""

    def __init__(
        self, *, proc: Path = Path("/proc"), monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._proc, self._monotonic = proc, monotonic
        self._users: dict[str, str] = {}
        self._users_since = monotonic()
        self._parents: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._hashes: OrderedDict[tuple[int, int, int, int], str] = OrderedDict()
        self._budget, self._budget_at = float(_BUDGET), monotonic()

    def user(self, uid: str) -> str:
        """From the system's list of users, asked anew every five minutes."""
        if self._monotonic() - self._users_since > _USERS_KEPT_S or len(self._users) > 1_000:
            self._users, self._users_since = {}, self._monotonic()
        if uid not in self._users:
            self._users[uid] = _user_named(uid)
        return self._users[uid]

    def parent(self, ppid: str) -> tuple[str, str]:
        """Remembered from its own start, else as /proc says now."""
        known = self._parents.get(ppid)
        if known is not None:
            self._parents.move_to_end(ppid)
            return known
        found = self._ask(ppid)
        if found[0]:
            self.note(ppid, *found)
        return found

    def note(self, pid: str, image: str, command: str) -> None:
        """The newest process of this number is the one that counts."""
        self._parents[pid] = (image, command[:_MOST_COMMAND])
        self._parents.move_to_end(pid)
        if len(self._parents) > _MOST_PARENTS:
            self._parents.popitem(last=False)

    def sha256(self, path: str) -> str:
        """Once per file as it is; "" for what is gone, too large or beyond the budget."""
        try:
            stat = Path(path).stat()
            key = (stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if key in self._hashes:
                self._hashes.move_to_end(key)
                return self._hashes[key]
            if stat.st_size > _LARGEST or not self._may_hash(stat.st_size):
                return ""
            with Path(path).open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest().upper()
        except (OSError, ValueError):
            return ""
        self._hashes[key] = found
        if len(self._hashes) > _MOST_HASHES:
            self._hashes.popitem(last=False)
        return found

    def _may_hash(self, size: int) -> bool:
        now = self._monotonic()
        self._budget = min(_BUDGET, self._budget + (now - self._budget_at) * _BYTES_PER_S)
        self._budget_at = now
        if size > self._budget:
            return False
        self._budget -= size
        return True

    def _ask(self, pid: str) -> tuple[str, str]:
        if not pid.isdecimal():
            return "", ""
        try:
            command = (self._proc / pid / "cmdline").read_bytes()[: 2 * _MOST_COMMAND]
            image = str((self._proc / pid / "exe").readlink())
        except OSError:
            return "", ""
        words = command.decode("utf-8", "backslashreplace").split("\x00")
        return image, " ".join(filter(None, words))


def _user_named(uid: str) -> str:
    try:
        return pwd.getpwuid(int(uid)).pw_name
    except (KeyError, ValueError, OverflowError):
        return uid

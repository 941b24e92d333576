"""The way to see started programs where the audit cannot be used: looking at /proc each second.

What ends within a second is missed; the agent says so.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.agent import sysmon
from hinomi.agent.collector import told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hinomi.agent.collector import Told

_EVERY_S = 1.0
_MOST_COMMAND = 64 << 10
_MOST_NEW = 500  # at one look


class ProcCollector:
    """`why`: what the customer's page says about it, "" when another collector says it already."""

    name = "proc"

    def __init__(
        self,
        *,
        lookups: sysmon.Lookups,
        own_pid: int,
        why: str = "",
        proc: Path = Path("/proc"),
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._lookups, self._own, self._why = lookups, str(own_pid), why
        self._proc, self._wall = proc, wall
        self._next = 0.0
        self._known = self._running()

    def fileno(self) -> int | None:
        """Nothing to wait on."""
        return None

    def read(self) -> Sequence[Told]:
        """Processes that were not there a second ago."""
        now = self._wall()
        if 0 <= self._next - now <= _EVERY_S:
            return []
        self._next = now + _EVERY_S
        running = self._running()
        new, self._known = running - self._known, running
        found = [self._told(pid, now) for pid in sorted(new, key=int)[:_MOST_NEW]]
        return [each for each in found if each is not None]

    def broken(self) -> Sequence[str]:
        """That this way misses what is short."""
        return [self._why] if self._why else []

    def lost(self) -> int:
        """Nobody can count what was never seen."""
        return 0

    def close(self) -> None:
        """Nothing was changed."""

    def _running(self) -> frozenset[str]:
        try:
            return frozenset(each.name for each in self._proc.iterdir() if each.name.isdecimal())
        except OSError:
            return frozenset()

    def _told(self, pid: str, now: float) -> Told | None:
        folder = self._proc / pid
        try:
            image = str((folder / "exe").readlink())
            command = (folder / "cmdline").read_bytes()[:_MOST_COMMAND]
            status = (folder / "status").read_text("utf-8", "backslashreplace")
            directory = str((folder / "cwd").readlink())
        except OSError:
            return None
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        ppid = facts.get("PPid", "")
        if self._own in (pid, ppid):
            return None
        words = [each for each in command.decode("utf-8", "backslashreplace").split("\x00") if each]
        parent_image, parent_command = self._lookups.parent(ppid)
        line = sysmon.joined(words)
        self._lookups.note(pid, image, line)
        sent: sysmon.Sent = {
            "hinomi": "process",
            "EventID": "1",
            "UtcTime": sysmon.utc(int(now * 1000)),
            "Image": image.removesuffix(" (deleted)"),
            "CommandLine": line,
            "CurrentDirectory": directory,
            "ProcessId": pid,
            "ParentProcessId": ppid,
            "ParentImage": parent_image,
            "ParentCommandLine": parent_command,
            "User": self._lookups.user(facts.get("Uid", "").split("\t")[0]),
            "seen": "polled",
        }
        return told({name: value for name, value in sent.items() if value != ""})

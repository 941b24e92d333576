"""Puts the records of one serial together: the call, its arguments, its paths, its address.

Pure. Only calls that somebody wants are begun, so that the rest costs one look each. Bounded: who
floods the machine makes the oldest events end early, and memory does not grow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.agent.audit_records import Record

MOST_OPEN = 512
MOST_PARTS = 64
CLOSED_AFTER_MS = 2_000
_END = "EOE"
_PARTS = frozenset({"EXECVE", "CWD", "PATH", "PROCTITLE", "SOCKADDR"})


@dataclass(slots=True)
class Whole:
    """All records of one serial, by kind; the call itself under SYSCALL."""

    serial: str
    at_ms: int
    call: dict[str, str]
    parts: dict[str, list[Record]] = field(default_factory=dict)
    count: int = 0

    def first(self, kind: str) -> Record | None:
        """The first record of this kind."""
        found = self.parts.get(kind)
        return found[0] if found else None


@dataclass(slots=True)
class Joiner:
    """`wants` says by the call's own record whether the rest is of interest."""

    wants: Callable[[dict[str, str]], bool]
    _open: dict[str, Whole] = field(default_factory=dict)

    def add(self, record: Record) -> list[Whole | Record]:
        """What this record completed. Records that stand alone come back as they are."""
        done: list[Whole | Record] = []
        if record.kind == "SYSCALL":
            done += self._begin(record)
        elif record.kind in _PARTS:
            self._put(record)
        elif record.kind == _END:
            done += [found] if (found := self._open.pop(record.serial, None)) else []
        else:
            done.append(record)
        return done

    def overdue(self, *, now_ms: int) -> list[Whole]:
        """Events whose end never came, after two seconds."""
        late = [each for each in self._open.values() if now_ms - each.at_ms > CLOSED_AFTER_MS]
        for each in late:
            del self._open[each.serial]
        return late

    def _begin(self, record: Record) -> list[Whole]:
        call = record.fields()
        if not self.wants(call):
            return []
        full = [self._open.pop(next(iter(self._open)))] if len(self._open) >= MOST_OPEN else []
        self._open[record.serial] = Whole(record.serial, record.at_ms, call)
        return full

    def _put(self, record: Record) -> None:
        whole = self._open.get(record.serial)
        if whole is not None and whole.count < MOST_PARTS:
            whole.count += 1
            whole.parts.setdefault(record.kind, []).append(record)

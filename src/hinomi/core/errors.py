"""What can go wrong, with its place and what to do next. Callers branch on type, never on text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is wrong. `line` and `column` count from 1; None means unknown."""

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part)


class HinomiError(Exception):
    """Root of all expected failures: what failed, where, and what to do next."""

    def __init__(self, message: str, *, place: Place | None = None, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.advice = advice

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        then = f"\n  → {self.advice}" if self.advice else ""
        return f"{where}{self.message}{then}"


class UsageError(HinomiError):
    """The command was asked for something it does not offer (exit code 2)."""


class UnreadableFile(HinomiError):
    """A file as a whole cannot be read; other files go on."""


class NotThisFormat(HinomiError):
    """The reader does not apply to this input; try the next one."""


class RuleRefused(HinomiError):
    """A rule uses something we do not support or is not well formed; `place` says where."""


class StartRefused(HinomiError):
    """The process must not start like this (unsafe SQLite, open address without TLS …)."""


class StoreDamaged(HinomiError):
    """Stored bytes do not match their checksum; they are set apart and the rest goes on."""


class LeaseLost(HinomiError):
    """Another worker owns this partition now: stop and write nothing."""

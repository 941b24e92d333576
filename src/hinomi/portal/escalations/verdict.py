"""The auditor's newest verdict, as its file says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "verdict.json"
OLD_AFTER = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was proved, when, and what was wrong."""

    at: datetime
    troubles: tuple[str, ...]
    escalations: int
    steps: int

    @property
    def is_good(self) -> bool:
        """True when nothing was wrong."""
        return not self.troubles


def read_verdict(data: Path) -> Verdict | None:
    """The newest verdict; None when there is none, or its file cannot be read."""
    try:
        told = json.loads((data / "run" / FILE_NAME).read_text("utf-8"))
        return Verdict(
            at=datetime.fromisoformat(told["at"]),
            troubles=tuple(map(str, told["troubles"])),
            escalations=int(told["escalations"]),
            steps=int(told["steps"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_verdict(data: Path, verdict: Verdict) -> None:
    """All or nothing: a reader never sees half of it."""
    path = data / "run" / FILE_NAME
    body = {
        "at": verdict.at.isoformat(),
        "is_good": verdict.is_good,
        "troubles": list(verdict.troubles),
        "escalations": verdict.escalations,
        "steps": verdict.steps,
    }
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps(body, ensure_ascii=False), "utf-8")
    aside.replace(path)

"""Named places where a crash test may kill this very process. Does nothing unless armed.

A process arms itself from its own `--crash-at NAME[:N]` argument; nothing else can reach this.
"""

from __future__ import annotations

import os
import signal

_armed: dict[str, int] = {}  # name → passages left before the kill


def arm(spec: str | None) -> None:
    """`NAME` or `NAME:N`: die at the Nth passage (default the first). None or "" disarms."""
    _armed.clear()
    if spec:
        name, _, count = (
            spec.rpartition(":") if spec.rpartition(":")[2].isdigit() else (spec, "", "1")
        )
        _armed[name] = int(count)


def point(name: str) -> None:
    """Die here by SIGKILL when armed for this name: no handler, no flush, no goodbye."""
    if name not in _armed:
        return
    _armed[name] -= 1
    if _armed[name] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)

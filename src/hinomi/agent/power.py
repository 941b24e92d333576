"""Why we are told to end: the machine goes off, restarts, or somebody stopped only us.

Who stops the agent on a running machine must not look like a machine that was switched off: silence
after that is told.
"""

from __future__ import annotations

import subprocess

from hinomi.core.signals import Goodbye

_TIMEOUT_S = 3
_RESTARTS = ("reboot.target", "kexec.target", "soft-reboot.target")


def reason_to_end() -> Goodbye:
    """OFF only when the machine itself is going down."""
    if _output("is-system-running").strip() != "stopping":
        return Goodbye.RESTART
    jobs = _output("list-jobs", "--no-legend")
    return Goodbye.RESTART if any(name in jobs for name in _RESTARTS) else Goodbye.OFF


def _output(*words: str) -> str:
    try:
        done = subprocess.run(
            ["systemctl", *words], capture_output=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")

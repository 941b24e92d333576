"""A try (試験) without a person: a harmless program starts under the try's name, and must come back
to the tower by the very way by which an attacker's program would.

Nothing is reported in its stead: where this machine records no programs, the try stays out and is
asked for on the company's page.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.core.signals import is_try_name

if TYPE_CHECKING:
    from collections.abc import Callable

AGAIN_S = 3_600.0  # what was lost on the way is shown once more
_PATIENCE_S = 5.0
# Two seconds, so that who looks each second sees it; one removed from the agent, whose own children
# are not recorded. The name is an argument, never part of what a shell reads.
_LINUX = ("/bin/sh", "-c", '/bin/sh -c "sleep 2; :" "$0" &')
_WINDOWS = ("cmd.exe", "/c", "rem")


def show(name: str) -> None:
    """Start the program. Whether it was seen tells the tower."""
    command = _WINDOWS if sys.platform == "win32" else _LINUX
    quiet = subprocess.DEVNULL
    subprocess.run(
        [*command, name], stdin=quiet, stdout=quiet, stderr=quiet, timeout=_PATIENCE_S, check=False
    )


@dataclass(slots=True)
class Tries:
    """Which try was shown, and when."""

    show: Callable[[str], None] = show
    _shown: tuple[str, float] = field(default=("", float("-inf")))

    def answer(self, name: str, *, now_s: float) -> bool:
        """Show the try that the tower waits for, unless that was done just now; whether it was."""
        known, at_s = self._shown
        if not is_try_name(name) or (name == known and 0 <= now_s - at_s < AGAIN_S):
            return False
        self._shown = (name, now_s)
        try:
            self.show(name)
        except (OSError, subprocess.SubprocessError):
            return False  # said by nobody: it does not come back, and that is told
        return True

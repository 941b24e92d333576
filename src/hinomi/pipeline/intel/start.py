"""Starts the look back for late indicators. Apart from it, so that a page need not load it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from hinomi.store.pipeline import FILE_NAME

if TYPE_CHECKING:
    from pathlib import Path

# Nobody's child: it goes on when the command or page that started it is gone, and leaves no zombie.
_DETACH = "import os, sys\nif os.fork() == 0: os.setsid(); os.execv(sys.argv[1], sys.argv[1:])"


def start_look_back(data: Path) -> bool:
    """Start the process and do not wait; False when there is no lake yet to look into."""
    if not (data / FILE_NAME).exists():
        return False
    own = [sys.executable, "-m", "hinomi.cli.main", "intel", "look-back", "--data", str(data)]
    folder = data / "run"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "look-back.log").open("ab") as log:
        subprocess.run(
            [sys.executable, "-S", "-c", _DETACH, *own],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=True,
        )
    return True

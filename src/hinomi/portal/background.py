"""Work of minutes that the bell has done by a command in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from hinomi.portal.access.time import configuration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_STOP_TIMEOUT_S = 5.0  # such a command looks at its orders every second
Process = subprocess.Popen[bytes]


class Background:
    """One process at a time. A bell that dies leaves it running; the next bell finds out by the
    lock of what it works on."""

    def __init__(self, name: str, start: Callable[[Sequence[str]], Process] | None = None) -> None:
        """What the process says goes to DATA/run/`name`.log; `start` is for tests."""
        self._name = name
        self._start = start or self._open
        self._process: Process | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process that this object started lives."""
        return self._process is not None and self._process.poll() is None

    def begin(self, *words: str) -> None:
        """Run `hinomi WORDS --data DATA`."""
        command = [sys.executable, "-m", "hinomi.cli.main", *words]
        self._process = self._start([*command, "--data", str(configuration().data)])

    def stop(self) -> None:
        """The tower stops: what was begun goes on at the next start."""
        if self._process is None or not self.is_running:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _open(self, command: Sequence[str]) -> Process:
        folder = configuration().data / "run"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{self._name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )

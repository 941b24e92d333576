"""Says commands to one data folder through a standing `hinomi-portal batch`: a process each would
cost a second, and a town needs dozens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import weakref
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PATIENCE_S = 10.0


@dataclass(slots=True, weakref_slot=True)
class Clerk:
    """Of one data folder. The process starts with the first command and ends with this object."""

    data: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None
    _lock: Lock = field(default_factory=Lock)  # one command at a time

    def ask(self, *words: str, typed: str = "") -> Any:  # noqa: ANN401 - JSON from our own command
        """The answer of one command, decoded. `typed` is its standard input. Raises HinomiError."""
        with self._lock:
            told = self._said(json.dumps({"words": words, "input": typed}))
        if told["exit"]:
            raise HinomiError(f"`hinomi {' '.join(words)}` failed: {told['error']}")
        return told.get("answer")

    def _said(self, line: str) -> dict[str, Any]:
        process = self._standing()
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):  # then it says nothing, below
            process.stdin.write(f"{line}\n")
            process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise HinomiError(f"hinomi batch ended with {process.wait(_PATIENCE_S)}.")
        return dict(json.loads(answer))

    def _standing(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-m", "hinomi.portal.manage", "batch", "--go-on"]
            self._process = subprocess.Popen(
                [*command, "--data", str(self.data)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, **self.environment},
            )
            weakref.finalize(self, _end, self._process)
        return self._process


def _end(process: subprocess.Popen[str]) -> None:
    """It ends by itself when nothing more can be said to it."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

"""Programs that Debian packages: installed, or unpacked somewhere.

rsyslog and syslog-ng exclude each other there. `apt-get download` and `dpkg -x PACKAGE FOLDER` put
one beside the other; SENDERS_ROOT names that folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BESIDE = "Debian has it instead of rsyslog; `make programs` unpacks it beside when root"
_STOP_S = 10.0
_PLACES = ("usr/sbin", "usr/bin")
_LIBRARIES = ("usr/lib/syslog-ng", "usr/lib", "lib", "usr/lib/*-linux-gnu", "lib/*-linux-gnu")


def root() -> Path | None:
    """Where packages were unpacked."""
    named = os.environ.get("SENDERS_ROOT", "")
    return Path(named) if named else None


def program(name: str) -> Path | None:
    """The program, None where there is none."""
    if found := shutil.which(name) or shutil.which(name, path="/usr/sbin"):
        return Path(found)
    here = [folder / place / name for folder in _roots() for place in _PLACES]
    return next((path for path in here if path.exists()), None)


def files(pattern: str) -> list[Path]:
    """Files of installed or unpacked packages, e.g. modules; the pattern is from the root."""
    return [path for folder in [Path("/"), *_roots()] for path in sorted(folder.glob(pattern))]


def needs(name: str, package: str, module: str = "") -> str:
    """Why a sender cannot run here, "" when it can."""
    if program(name) is None or (module and not files(module)):
        how = _BESIDE if name == "syslog-ng" else "`make programs` installs it when root"
        return f"not installed (package {package}: {how})"
    return ""


@contextmanager
def running(command: Sequence[str], *, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The program, ended by SIGTERM when left, as its service would end it. RuntimeError when it
    was not there any more."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, env=_environment()
        )
    try:
        yield process
        if process.poll() is not None:
            raise RuntimeError(f"{command[0]} ended by itself: {log.read_text()[-2000:]}")
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _roots() -> list[Path]:
    found = root()
    return [found] if found else []


def _environment() -> dict[str, str]:
    libraries = [path for pattern in _LIBRARIES for r in _roots() for path in r.glob(pattern)]
    if not libraries:
        return dict(os.environ)
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, libraries))}

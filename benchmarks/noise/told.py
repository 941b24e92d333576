"""What programs tell the system's log: the socket /dev/log of the stage, and its lines as rsyslog
would write them."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

HOST = "office"
# glibc leaves the host out: it knows that the receiver is on the same machine.
_LOCAL = re.compile(r"(<\d+>)?(\w{3} [ \d]\d \d\d:\d\d:\d\d) ")


class SystemLog:
    """Listens at `path` while the job runs; `lines` afterwards."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines: list[str] = []

    def __enter__(self) -> SystemLog:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._path))
        self._path.chmod(0o666)
        self._socket.settimeout(0.2)
        self._is_open = True
        self._reader = threading.Thread(target=self._read, name="log", daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_open = False
        self._reader.join(2)
        self._socket.close()
        self._path.unlink()

    def _read(self) -> None:
        """Until nothing comes any more after the end."""
        while True:
            with suppress(TimeoutError):
                text = self._socket.recv(64 << 10).rstrip(b"\0\n").decode("utf-8", "replace")
                self.lines.append(_LOCAL.sub(rf"\2 {HOST} ", text, count=1))
                continue
            if not self._is_open:
                return

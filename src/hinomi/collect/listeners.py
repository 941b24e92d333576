"""Which syslog ports are open: the shared one, and those the directory says, opened and closed."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from hinomi.collect.syslog import SyslogPort

if TYPE_CHECKING:
    from hinomi.collect.intake import Intake
    from hinomi.core.directory import Source

_TRY_AGAIN_S = 5.0
logger = logging.getLogger(__name__)


class Listeners:
    """All syslog ports of the process. `is_private`: peer addresses on the shared one identify."""

    def __init__(self, intake: Intake, *, host: str, is_private: bool) -> None:
        self._intake = intake
        self._host = host
        self._is_private = is_private
        self._shared: SyslogPort | None = None
        self._own: dict[int, SyslogPort] = {}
        self._failed: dict[int, tuple[str, float]] = {}  # port → why, when

    async def open_shared(self, port: int) -> int:
        """Open the shared listener; returns its port number."""
        self._shared = SyslogPort(self._intake, self._by_content, self._host, port)
        await self._shared.open()
        return self._shared.port

    async def follow(self) -> None:
        """Open and close own ports so that they are those of the directory. Cheap to repeat."""
        wanted = set(self._intake.identities.ports)
        for port in set(self._own) - wanted:
            await self._own.pop(port).close()
        self._failed = {port: why for port, why in self._failed.items() if port in wanted}
        for port in sorted(wanted - set(self._own)):
            if time.monotonic() - self._failed.get(port, ("", -_TRY_AGAIN_S))[1] >= _TRY_AGAIN_S:
                await self._open_own(port)

    def warnings(self) -> list[str]:
        """A sentence for each port that should be open and is not."""
        contested = sorted(self._intake.identities.contested_ports)
        return [
            *(f"Port {port} is not open: {why}." for port, (why, _) in self._failed.items()),
            *(f"Port {port} is not open: two sources claim it." for port in contested),
        ]

    def ports(self) -> list[int]:
        """All open port numbers."""
        shared = [self._shared.port] if self._shared else []
        return [*shared, *self._own]

    async def close(self) -> None:
        """Stop listening; what was read is handed in."""
        for port in [*([self._shared] if self._shared else []), *self._own.values()]:
            await port.close()
        self._shared, self._own = None, {}

    async def _open_own(self, port: int) -> None:
        def identify(_: bytes, __: str) -> Source | None:
            return self._intake.identities.by_port(port)

        listener = SyslogPort(self._intake, identify, self._host, port)
        try:
            await listener.open()
        except OSError as error:
            if port not in self._failed:
                logger.error("port %d cannot be opened: %s", port, error)
            self._failed[port] = (error.strerror or str(error), time.monotonic())
            return
        self._failed.pop(port, None)
        self._own[port] = listener

    def _by_content(self, raw: bytes, peer: str) -> Source | None:
        return self._intake.identities.by_content(
            raw, peer=peer, is_private=self._is_private, find_serial=self._intake.find_serial
        )

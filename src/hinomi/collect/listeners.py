"""Which ports of sources are open: the shared one, and those the directory says."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from hinomi.collect.datagrams import take_or_drop
from hinomi.collect.flows import Flows
from hinomi.collect.identity import canonical_address
from hinomi.collect.port import Port, Shared
from hinomi.collect.streams import Held

if TYPE_CHECKING:
    from hinomi.collect.framing import Frame
    from hinomi.collect.intake import Intake
    from hinomi.collect.tls import ServerTls
    from hinomi.core.directory import Source

_TRY_AGAIN_S = 5.0
_GELF = "gelf"
_MOVED = (
    "Address {address} seems to have moved to another company's device: what does not name itself"
    " there is nobody's. Give its source a serial, a certificate or its own port."
)
logger = logging.getLogger(__name__)


class Listeners:
    """All ports of the process. `is_private`: peer addresses on the shared one identify.

    Without `tls` the ports take plain text only; with it, ports that are not private take nothing
    else.
    """

    def __init__(
        self, intake: Intake, *, host: str, is_private: bool, tls: ServerTls | None = None
    ) -> None:
        self._intake = intake
        self._host = host
        self._is_private = is_private
        self._tls = tls
        self.flows = Flows(monotonic=time.monotonic)
        held = Held(most=intake.limits.held_bytes)
        is_public = tls is not None and not is_private
        self._common = Shared(intake, self.flows, held, tls, is_public)
        self._shared: Port | None = None
        self._own: dict[int, Port] = {}
        self._failed: dict[int, tuple[str, float]] = {}  # port → why, when

    async def open_shared(self, port: int) -> int:
        """Open the shared listener; returns its port number."""
        self._shared = Port(self._common, self._by_content, self._host, port)
        await self._shared.open()
        return self._shared.port

    async def follow(self) -> None:
        """Open and close own ports so that they are those of the directory. Cheap to repeat."""
        self._follow_certificates()
        wanted = self._intake.identities.ports
        for port in set(self._own) - set(wanted):
            await self._own.pop(port).close()
        for port in sorted(set(wanted) - set(self._own)):
            if time.monotonic() - self._failed.get(port, ("", -_TRY_AGAIN_S))[1] >= _TRY_AGAIN_S:
                await self._open_own(port)
        self._keep_late_flows()

    def warnings(self) -> list[str]:
        """A sentence for each port that should be open and is not, and for our certificate."""
        contested = sorted(self._intake.identities.contested_ports)
        return [
            *(f"Port {port} is not open: {why}." for port, (why, _) in self._failed.items()),
            *(f"Port {port} is not open: two sources claim it." for port in contested),
            *(_MOVED.format(address=each) for each in self._intake.acquainted.doubted()),
            *([self._tls.trouble] if self._tls is not None and self._tls.trouble else []),
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
        def identify(_: bytes, __: str, mark: str) -> Source | None:
            source = self._intake.identities.by_port(port)
            named = self._intake.identities.by_certificate(mark)
            return source if named is None or named == source else None

        def is_gelf() -> bool:
            source = self._intake.identities.by_port(port)
            return source is not None and source.kind == _GELF

        listener = Port(self._common, identify, self._host, port, is_gelf=is_gelf)
        try:
            await listener.open()
        except OSError as error:
            if port not in self._failed:
                logger.error("port %d cannot be opened: %s", port, error)
            self._failed[port] = (error.strerror or str(error), time.monotonic())
            return
        self._failed.pop(port, None)
        self._own[port] = listener

    def _by_content(self, raw: bytes, peer: str, mark: str) -> Source | None:
        """A certificate is an identity; without one the record, or a declared address, is."""
        identities = self._intake.identities
        if mark:
            return identities.by_certificate(mark)
        source = identities.by_content(
            raw, peer=peer, is_private=self._is_private, find_serial=self._intake.find_serial
        )
        declared = identities.declared(peer) if self._is_private else None
        return source if declared is None else self._at_declared(raw, peer, declared, source)

    def _at_declared(
        self, raw: bytes, peer: str, declared: Source, source: Source | None
    ) -> Source | None:
        """From an address that a company declared: does what is known of its devices agree?
        `source` None: the serial in the record is another company's."""
        name, now = self._intake.find_name(raw), self._intake.clock.now()
        acquainted, address = self._intake.acquainted, canonical_address(peer)
        if source is None:
            acquainted.contradict(name or "", address=address, source=declared, now=now)
            return None
        if source.id != declared.id:  # by its own registered serial
            acquainted.prove(name or "", address=address, source=declared)
            return source
        is_theirs = acquainted.is_theirs(name, address=address, source=declared, now=now)
        return source if is_theirs else None

    def _follow_certificates(self) -> None:
        if self._tls is not None:
            self._tls.follow(self._intake.identities.trusted)

    def _keep_late_flows(self) -> None:
        """Flows whose template did not come are kept as they are, and set aside by the reader."""
        known = self._intake.identities.by_id
        late: dict[str, list[Frame]] = {}
        for source_id, frame in self.flows.late():
            late.setdefault(source_id, []).append(frame)
        for source_id, frames in late.items():
            if source := known(source_id):
                take_or_drop(self._intake, frames, source=source, peer="")

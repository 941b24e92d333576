"""What the relay says of itself: its minute's record for the tower, and the state for its page."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi import __version__
from hinomi.core.signals import Goodbye, goodbye_record
from hinomi.pipeline.relay.sending import microseconds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hinomi.pipeline.relay.discovery.ear import Hearing
    from hinomi.pipeline.relay.hearing import Heard
    from hinomi.pipeline.relay.place import Listening
    from hinomi.pipeline.relay.sending import Line
    from hinomi.store.spool import SpoolState


@dataclass(frozen=True, slots=True)
class State:
    """All there is to say of a relay at one moment."""

    now: datetime
    listening: Listening
    spool: SpoolState
    spool_limit_bytes: int
    line: Line
    heard: Mapping[str, Heard]
    strangers: Mapping[str, datetime]  # address → last heard
    shared_port: int
    uptime_s: float
    clock_offset_s: float
    udp_overflow: int
    is_open: bool
    warnings: tuple[str, ...] = ()
    discovery: Hearing | None = None  # None: it does not hear what is around it


def heartbeat(state: State) -> bytes:
    """The minute's record. Numbers are text nowhere: the reader makes them so."""
    oldest = state.spool.oldest_at
    told = {
        "hinomi": "relay",
        "version": __version__,
        "waiting": state.spool.records,
        "waiting_bytes": state.spool.size_bytes,
        "oldest": oldest.isoformat() if oldest else "",
        "dropped": state.spool.dropped,
        "damaged": state.spool.damaged,
        "udp_overflow": state.udp_overflow,
        "uptime_s": round(state.uptime_s),
        "clock_offset_s": round(state.clock_offset_s, 1),
        "sources_heard": len(state.heard),
        "unknown_senders": len(state.strangers),
        "warnings": list(state.warnings),
        "time": state.now.isoformat(),
    }
    return own_line(state.listening.relay, state.now, told)


def goodbye(relay: str, reason: Goodbye, *, now: datetime) -> bytes:
    """The last record before the process ends."""
    return own_line(relay, now, {**goodbye_record(reason), "time": now.isoformat()})


def answered_try(source: str, name: str, *, now: datetime) -> bytes:
    """What proves to a person who began a try (試験) that the whole way works."""
    return own_line(source, now, {"hinomi": "try", "name": name, "time": now.isoformat()})


def own_line(relay: str, now: datetime, told: Mapping[str, object]) -> bytes:
    """A record of the relay itself, as the tower takes it."""
    raw = json.dumps(told, ensure_ascii=False).encode()
    line = {"s": relay, "t": microseconds(now), "b": base64.b64encode(raw).decode()}
    return json.dumps(line).encode() + b"\n"

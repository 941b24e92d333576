"""Finds a source a port of its own, free for UDP and TCP."""

from __future__ import annotations

import hashlib
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

from hinomi.config import Config
from hinomi.core.errors import HinomiError
from hinomi.portal.access.time import configuration
from hinomi.portal.sources.models import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRIES = 5_000
_STRETCH = 100  # ports per data folder before two towers on one machine can meet


class NoFreePort(HinomiError):
    """Every port in the range is taken."""


def free_port() -> int:
    """The first port nobody has: no source of ours and no program on this machine."""
    taken = set(
        Source.objects.across_all(reason="ports belong to the machine")
        .filter(revoked_at=None)
        .exclude(port=None)
        .values_list("port", flat=True)
    )
    for port in _candidates(configuration()):
        if port not in taken and _can_bind(port):
            return port
    raise NoFreePort(
        "No free port for a new source.", advice="Set HINOMI_FIRST_SOURCE_PORT to another range."
    )


def _candidates(config: Config) -> Iterator[int]:
    """Upwards from the setting. Where it was left at its default, each data folder starts at a
    place of its own below the system's outgoing ports (32768), so that two towers on one machine
    do not hand out the same port before either has opened it."""
    first = config.first_source_port
    if first == Config.first_source_port:
        digest = hashlib.sha256(str(config.data).encode()).digest()
        first += int.from_bytes(digest[:2], "big") % 100 * _STRETCH
    return iter(range(first, min(first + _TRIES, 65_536)))


def _can_bind(port: int) -> bool:
    # Every address of the machine: collect may listen on another than loopback.
    with ExitStack() as stack:
        try:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                stack.enter_context(socket.socket(socket.AF_INET, kind)).bind(("", port))
        except OSError:
            return False
    return True

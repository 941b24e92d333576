"""Ports for what a test starts and tells its port beforehand."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack
from itertools import count

_FIRST, _STRETCH = 10_000, 500
_numbers = count(_FIRST + os.getpid() % 18 * _STRETCH)  # the suite's workers are processes


def free_port() -> int:
    """Free for UDP and TCP, never the same twice, and below those that the system gives away itself
    (32768): else it may hand the port to somebody else before the program under test opens it."""
    return next(port for port in _numbers if _can_bind(port))


def _can_bind(port: int) -> bool:
    with ExitStack() as stack:
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                stack.enter_context(socket.socket(socket.AF_INET, kind)).bind(("", port))
        except OSError:
            return False
    return True

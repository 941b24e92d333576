"""Binding sockets, and how an address is written down."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

_BUFFER_BYTES = 32 * 1024 * 1024
_SO_RCVBUFFORCE = 33  # Linux, root only: goes past net.core.rmem_max
_BACKLOG = 2_048


def bind_pair(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """(UDP, TCP) on one number. With port 0 a few numbers are tried: UDP may be taken."""
    for attempt in range(20 if port == 0 else 1):
        tcp = bind_stream(host, port)
        try:
            udp = bind_datagrams(host, tcp.getsockname()[1])
        except OSError:
            tcp.close()
            if port or attempt == 19:
                raise
            continue
        return udp, tcp
    raise AssertionError("unreachable")


def bind_stream(host: str, port: int) -> socket.socket:
    """A listening TCP socket that does not block."""
    sock = _bind(socket.SOCK_STREAM, host, port)
    sock.listen(_BACKLOG)
    return sock


def bind_datagrams(host: str, port: int) -> socket.socket:
    """A UDP socket with the largest buffer the kernel grants."""
    return _bind(socket.SOCK_DGRAM, host, port)


def shown(address: tuple[Any, ...]) -> str:
    """`host:port`, IPv6 in brackets; for records and messages."""
    host, port = str(address[0]), address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _bind(kind: socket.SocketKind, host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = found[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setblocking(False)
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            _widen(sock)
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock


def _widen(sock: socket.socket) -> None:
    """A burst must fit the kernel's buffer while we commit; the kernel may grant less."""
    for option in (_SO_RCVBUFFORCE, socket.SO_RCVBUF):
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
            return

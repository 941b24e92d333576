"""Connections that do nothing must not keep others out: endless heads, bodies nobody wants."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from hinomi.collect.connection import GuardedProtocol
from hinomi.collect.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.collect.conftest import Collect

    Connect = Callable[[], socket.socket]

pytestmark = pytest.mark.sockets

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers at once, but on /slow only after the whole body."""
    while scope["path"] == "/slow" and (await receive()).get("more_body"):
        pass
    headers = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


@contextlib.contextmanager
def serving(limits: Limits) -> Iterator[Connect]:
    """Gives a function that opens a connection; they are closed at the end."""
    guarded: Any = partial(GuardedProtocol, limits=limits)
    server = uvicorn.Server(
        uvicorn.Config(app, http=guarded, lifespan="off", log_config=None, ws="none")
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        thread = threading.Thread(
            target=lambda: asyncio.run(server._serve(sockets=[listening])), daemon=True
        )
        thread.start()
        while not server.started:
            time.sleep(0.01)
        with contextlib.ExitStack() as opened:
            yield lambda: opened.enter_context(socket.create_connection(address, timeout=5))
        server.should_exit = True
        thread.join(5)


def said(sock: socket.socket) -> bytes:
    """What comes until the other side closes."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while part := sock.recv(4096):
            found += part
    return found


def trickle(sock: socket.socket, *, seconds: float) -> None:
    """A byte now and then, until the other side has had enough."""
    ends = time.monotonic() + seconds
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < ends:
            sock.send(b"X")
            time.sleep(0.05)


def test_a_head_that_never_ends_is_cut_off_however_it_trickles() -> None:
    with serving(Limits(head_s=0.2)) as connect:
        sock = connect()
        sock.sendall(HEAD)
        trickle(sock, seconds=1)
        assert said(sock) == b""


def test_the_rest_of_a_body_nobody_wants_holds_no_connection() -> None:
    with serving(Limits(head_s=0.2)) as connect:
        sock = connect()
        sock.sendall(HEAD + b"Content-Length: 1000000\r\n\r\n")
        assert sock.recv(15) == b"HTTP/1.1 200 OK"
        began = time.monotonic()
        trickle(sock, seconds=5)
        assert time.monotonic() - began < 4


def test_a_head_without_measure_is_refused() -> None:
    with serving(Limits(head_bytes=1_000)) as connect:
        sock = connect()
        for _ in range(11):
            sock.sendall(b"X: " + b"a" * 97 if _ else HEAD)
            time.sleep(0.01)
        assert said(sock).startswith(b"HTTP/1.1 400")


def test_one_connection_too_many_pushes_out_the_one_that_waited_longest() -> None:
    with serving(Limits(http_connections=3)) as connect:
        first, second, third = held = [connect() for _ in range(3)]
        for sock in held:
            sock.sendall(b"POST")
            time.sleep(0.05)
        fourth = connect()
        fourth.sendall(HEAD + b"Connection: close\r\n\r\n")
        assert said(fourth).startswith(b"HTTP/1.1 200")
        assert said(first) == b""
        for sock in (second, third):
            sock.sendall(b" / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert said(sock).startswith(b"HTTP/1.1 200")


def test_when_all_are_at_work_the_next_is_asked_to_come_again() -> None:
    with serving(Limits(http_connections=2)) as connect:
        at_work = [connect() for _ in range(2)]
        for sock in at_work:
            sock.sendall(b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
        time.sleep(0.1)
        late = connect()
        late.sendall(HEAD + b"\r\n")
        answer = said(late)
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 2" in answer
        for sock in at_work:
            sock.sendall(b"defghi")
            assert sock.recv(15) == b"HTTP/1.1 200 OK"


def test_a_thousand_silent_connections_keep_nobody_out(collect: Collect) -> None:
    host, port = collect.endpoints["ingest"].split("/")[2].rsplit(":", 1)
    with contextlib.ExitStack() as stack:
        for _ in range(1_050):
            sock = stack.enter_context(socket.create_connection((host, int(port)), 5))
            sock.sendall(b"POST /ingest")
        assert collect.post(b"a record")[0] == 200

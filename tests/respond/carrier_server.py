"""A carrier on loopback: records what it is asked, and answers as it is told."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Asked:
    """One request as it came over the line."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is answered. `instead`: does something ruder with the open line."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    instead: Callable[[CarrierServer, socket.socket], None] | None = None


class CarrierServer:
    """`answers` are given in turn; when none are left, `usual`."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: deque[Answer] = deque()
        self.usual = Answer()
        self.tokens = 0
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                if self.path == "/token":
                    outer.tokens += 1
                    self._answer(Answer(body=b'{"access_token":"tok-1","expires_in":"86400"}'))
                    return
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.asked.append(Asked("POST", self.path, headers, body))
                self._answer(outer.answers.popleft() if outer.answers else outer.usual)

            do_GET = do_POST

            def _answer(self, answer: Answer) -> None:
                if answer.instead is not None:
                    self.close_connection = True
                    answer.instead(outer, self.connection)
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

            def handle(self) -> None:
                with contextlib.suppress(OSError):  # the caller went away: some tests do that
                    super().handle()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def never(server: CarrierServer, _: socket.socket) -> None:
    """Answers nothing."""
    server.released.wait(20)


def cut(_: CarrierServer, line: socket.socket) -> None:
    """Half an answer, then the line breaks."""
    line.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"id":')
    _reset(line)


def reset(_: CarrierServer, line: socket.socket) -> None:
    """The line breaks at once."""
    _reset(line)


def garbage(_: CarrierServer, line: socket.socket) -> None:
    """Something that is not HTTP."""
    line.sendall(b"\x00\xff SSH-2.0-what\r\n\r\n")


def drip(server: CarrierServer, line: socket.socket) -> None:
    """A letter now and then, for ever."""
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
    while not server.released.wait(0.05):
        line.sendall(b"x")


def endless(server: CarrierServer, line: socket.socket) -> None:
    """More than anybody wants to read."""
    line.sendall(b"HTTP/1.1 500 No\r\n\r\n")
    while not server.released.is_set():
        line.sendall(b"x" * 65536)


def _reset(line: socket.socket) -> None:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()

"""A tower that keeps records once per key, as the real one does, and answers as it is told."""

from __future__ import annotations

import gzip
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "hnm_test"


@dataclass
class Tower:
    """Keeps records once per key, as the real one does. `answers` are given first, then 200."""

    answers: list[int] = field(default_factory=list)
    retry_after: str = ""
    refused: bytes = b""
    has_consent: bool = True
    paused_s_ago: tuple[int, int] | None = None
    bodies: list[int] = field(default_factory=list)
    taken: dict[str, list[bytes]] = field(default_factory=dict)
    requests: int = 0
    url: str = ""

    def records(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.lines() if line[:1] == b"{"]

    def lines(self) -> list[bytes]:
        return [line for lines in list(self.taken.values()) for line in lines]

    def of(self, kind: str) -> list[dict[str, object]]:
        return [each for each in self.records() if each["hinomi"] == kind]


@contextmanager
def standing(tower: Tower) -> Iterator[Tower]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            tower.bodies.append(len(body))
            body = gzip.decompress(body)
            tower.requests += 1
            status = tower.answers.pop(0) if tower.answers else 200
            is_known = self.headers["Authorization"] == f"Bearer {TOKEN}"
            status = status if is_known and tower.has_consent else 401
            word = b'{"error":"no_consent"}' if is_known and status == 401 else b"{}"
            if status == 200 and tower.paused_s_ago and not body:
                word = json.dumps({"accepted": 0, "paused_s_ago": tower.paused_s_ago}).encode()
            lines = body.split(b"\n")
            key = self.headers["Idempotency-Key"]
            if tower.refused and tower.refused in body:
                status = 400
            elif tower.taken.get(key, lines) != lines:
                status = 422
            if status in (200, 599) and key:  # 599: taken, and the answer is lost on the way
                tower.taken.setdefault(key, lines)
            if status == 599:
                self.close_connection = True
                return
            self.send_response(status)
            if tower.retry_after:
                self.send_header("Retry-After", tower.retry_after)
            self.send_header("Content-Length", str(len(word)))
            self.end_headers()
            self.wfile.write(word)

        def log_message(self, *unused: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tower.url = f"http://127.0.0.1:{server.server_port}/ingest/v1/events"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield tower
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

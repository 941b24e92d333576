"""The relay's own page, read only, for people on its network: /, and /status.json for programs."""

from __future__ import annotations

import ipaddress
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from hinomi.core.errors import StartRefused
from hinomi.pipeline.relay.page import page_of, told_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.pipeline.relay.telling import State

_HEADERS = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    ("Referrer-Policy", "no-referrer"),
)


class StatusPage:
    """Serves until `close`. Only peers with private addresses are answered."""

    def __init__(self, host: str, port: int, state: Callable[[], State]) -> None:
        class Handler(_Handler):
            now = staticmethod(state)

        try:
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError as error:
            raise StartRefused(
                f"the status page's port {host}:{port} cannot be opened:"
                f" {error.strerror or error}.",
                advice="Choose another --status-port.",
            ) from error
        self._server.daemon_threads = True
        self.address = f"http://{host}:{self._server.server_address[1]}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(1.0,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    now: Callable[[], State]
    timeout = 10.0

    def do_GET(self) -> None:
        """The page, or its figures."""
        if not ipaddress.ip_address(self.client_address[0]).is_private:
            self.send_error(403)
            return
        make = _PAGES.get(self.path.partition("?")[0])
        if make is None:
            self.send_error(404)
            return
        content_type, body = make(type(self).now())
        self.send_response(200)
        for name, value in (("Content-Type", content_type), *_HEADERS):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Who looks at the page is nobody's business."""

    def version_string(self) -> str:
        """Says nothing of versions."""
        return "hinomi"


_PAGES: dict[str, Callable[[State], tuple[str, bytes]]] = {
    "/": lambda state: ("text/html; charset=utf-8", page_of(state).encode()),
    "/status.json": lambda state: (
        "application/json",
        json.dumps(told_of(state), ensure_ascii=False).encode(),
    ),
}

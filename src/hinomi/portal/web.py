"""`hinomi-portal web`: the screens, served by granian as one process with threads.

Granian keeps the socket in this process and runs Django in a child of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import json
import os
import signal
import ssl
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

if TYPE_CHECKING:
    import argparse
    from wsgiref.types import WSGIApplication

_THREADS = 4
_PR_SET_PDEATHSIG = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the supervisor passes on."""
    parser.add_argument("--host", default="127.0.0.1", help="address to bind")
    parser.add_argument("--port", type=int, default=8420, help="port of the screens")
    parser.add_argument("--certificate", type=Path, help="TLS certificate, PEM")
    parser.add_argument("--key", type=Path, help="TLS key, PEM")
    parser.add_argument("--behind-proxy", default="", help="address of the TLS proxy before us")


def serve(arguments: argparse.Namespace, *, data: Path) -> None:
    """Blocks until SIGTERM. DATA/run/web.json tells the supervisor that pages are answered."""
    os.environ["HINOMI_DATA"] = str(data)
    if arguments.behind_proxy:
        os.environ["HINOMI_BEHIND_PROXY"] = arguments.behind_proxy
    server = Granian(
        "hinomi.portal.wsgi:application",  # loaded by `_load`
        address=arguments.host,
        port=arguments.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=_THREADS,
        websockets=False,
        ssl_cert=arguments.certificate,
        ssl_key=arguments.key,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
    )
    server.serve(target_loader=partial(_load, arguments, data), wrap_loader=False)


def _load(arguments: argparse.Namespace, data: Path) -> WSGIApplication:
    """The WSGI application, in granian's child; it dies with its parent, never holds the port.

    By SIGKILL: without its parent granian's child does not always end on SIGTERM, and every write
    of the portal is a transaction. Our thread starts here and not in the parent: what a thread
    locks while granian forks (an import, say) would stay locked in the child for ever.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    from hinomi.portal.wsgi import application

    threading.Thread(target=_tell_when_ready, args=(arguments, data), daemon=True).start()
    return application


def _tell_when_ready(arguments: argparse.Namespace, data: Path) -> None:
    while not _answers(arguments):
        time.sleep(0.1)
    path = data / "run" / "web.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps({"pid": os.getppid(), "port": arguments.port}))
    temporary.replace(path)


def _answers(arguments: argparse.Namespace) -> bool:
    host = "127.0.0.1" if arguments.host == "0.0.0.0" else arguments.host  # noqa: S104
    if arguments.certificate:
        context = ssl._create_unverified_context()  # noqa: S323 - asks only itself
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, arguments.port, timeout=5, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, arguments.port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()

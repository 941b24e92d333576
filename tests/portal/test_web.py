"""The web process is forked by granian, so nothing of ours may run beside that fork."""

from __future__ import annotations

import argparse
import json
import os
import threading
from typing import TYPE_CHECKING

from hinomi.portal import web

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from wsgiref.types import WSGIApplication

    import pytest


class _Granian:
    """Loads the application where granian's child would, and notes the threads before that."""

    threads: tuple[str, ...] = ()

    def __init__(self, *_: object, **__: object) -> None: ...

    def serve(self, *, target_loader: Callable[[], WSGIApplication], wrap_loader: bool) -> None:
        assert not wrap_loader
        type(self).threads = tuple(thread.name for thread in threading.enumerate())
        assert callable(target_loader())


def test_no_thread_of_ours_runs_while_granian_forks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A thread that imports at that moment leaves its import locked in the child: mails about
    accounts then wait for ever, and nobody is told."""
    monkeypatch.setattr(web, "Granian", _Granian)
    monkeypatch.setattr(web.ctypes, "CDLL", _no_library)
    monkeypatch.setattr(web, "_answers", lambda _: True)
    monkeypatch.setenv("HINOMI_DATA", str(tmp_path))
    before = tuple(thread.name for thread in threading.enumerate())
    arguments = argparse.Namespace(
        host="127.0.0.1", port=1, certificate=None, key=None, behind_proxy=""
    )
    web.serve(arguments, data=tmp_path)
    assert _Granian.threads == before
    for thread in threading.enumerate():
        if thread.name not in before:
            thread.join(5)
    told = json.loads((tmp_path / "run" / "web.json").read_text())
    assert told == {"pid": os.getppid(), "port": 1}


def _no_library(_: object) -> None:
    raise OSError  # this test must not die with its parent

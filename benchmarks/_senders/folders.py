"""`hinomi watch`: lines and CSV rows that a program writes into a folder, saved event logs."""

from __future__ import annotations

import csv
import io
import json
import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from benchmarks._senders.pairs import Pair, Promise
from benchmarks._senders.programs import running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks._senders.pairs import Sender, Way


@contextmanager
def watch(way: Way, *, name: str) -> Iterator[Sender]:
    """The command, and the program whose file it watches."""
    drop = way.folder / "drop"
    drop.mkdir()
    token = way.folder / "token"
    token.write_text(way.token)
    command = [sys.executable, "-m", "hinomi.cli.main", "watch", str(drop), "--every", "0.2"]
    command += ["--endpoint", way.ingest, "--token-file", str(token)]
    command += ["--authority", str(way.authority)] if way.authority else []
    with running(command, log=way.folder / "log"), (drop / name).open("a") as file:
        if name.endswith(".csv"):
            file.write("日時,内容\n")

        def write(texts: Sequence[str]) -> Sequence[str]:
            file.write("".join(_line(text, name) for text in texts))
            file.flush()
            return ()

        yield write


def _line(text: str, name: str) -> str:
    if not name.endswith(".csv"):
        return f"{text}\n"
    row = io.StringIO()
    csv.writer(row, lineterminator="\n").writerow(["2026-11-21", text])
    return row.getvalue()


def cell(raw: bytes) -> str:
    """Of a CSV row."""
    return str(json.loads(raw).get("内容", ""))


PAIRS = (
    Pair(
        "hinomi watch",
        "folder, lines",
        "http",
        Promise.ONCE,
        partial(watch, name="app.log"),
        bytes.decode,
    ),
    Pair(
        "hinomi watch",
        "folder, CSV",
        "http",
        Promise.ONCE,
        partial(watch, name="list.csv"),
        cell,
    ),
)

"""Finds the record that kills its reader: a child process reads records one by one.

Used only after two deaths at the same place. The child does exactly what the worker does with a
record and answers one byte; no answer means that this record is the killer.
"""

from __future__ import annotations

import select
import struct
import subprocess
from typing import IO, TYPE_CHECKING, cast

from hinomi.core.errors import HinomiError
from hinomi.core.records import Event
from hinomi.store.log.chunks import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hinomi.core.transport import LoggedRecord
    from hinomi.pipeline.worker_engine import Engine

READY_TIMEOUT_S = 120.0  # it loads all rules first
RECORD_TIMEOUT_S = 10.0
_READY, _SURVIVED = b"R", b"."
_LENGTH = struct.Struct(">I")


class ProbeFailed(HinomiError):
    """The child did not even start; the records are not to blame."""


def find_killers(
    records: Iterable[LoggedRecord],
    *,
    command: Sequence[str],
    ready_timeout_s: float = READY_TIMEOUT_S,
    record_timeout_s: float = RECORD_TIMEOUT_S,
) -> Iterator[tuple[LoggedRecord, str]]:
    """The records that kill or hang the child, each with what happened, as soon as it is known.

    `command` starts the child (`serve` with an engine like the worker's own).
    """
    child: subprocess.Popen[bytes] | None = None
    try:
        for logged in records:
            child = child or _start(command, timeout_s=ready_timeout_s)
            if _survives(child, logged, timeout_s=record_timeout_s):
                continue
            child.kill()
            yield logged, _cause(child.wait())
            _close(child)
            child = None
    finally:
        if child is not None:
            child.kill()
            child.wait()
            _close(child)


def serve(engine: Engine, *, requests: IO[bytes], answers: IO[bytes]) -> None:
    """The child: read and match each record it is given, answer one byte, until the end."""
    _answer(answers, _READY)
    while head := requests.read(_LENGTH.size):
        payload = requests.read(_LENGTH.unpack(head)[0])
        (logged,) = unpack(payload, partition=0, first_offset=1)
        record = engine.read(logged.record)
        if isinstance(record, Event):
            engine.find([record])
        _answer(answers, _SURVIVED)


def _answer(answers: IO[bytes], byte: bytes) -> None:
    answers.write(byte)
    answers.flush()


def _start(command: Sequence[str], *, timeout_s: float) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    if _hear(child, timeout_s=timeout_s) != _READY:
        child.kill()
        child.wait()
        _close(child)
        raise ProbeFailed(
            "The process that looks for a crashing record did not start.",
            advice="See its message above; the worker tries again.",
        )
    return child


def _survives(child: subprocess.Popen[bytes], logged: LoggedRecord, *, timeout_s: float) -> bool:
    payload = pack([logged.record])
    try:
        cast("IO[bytes]", child.stdin).write(_LENGTH.pack(len(payload)) + payload)
    except BrokenPipeError:
        return False
    return _hear(child, timeout_s=timeout_s) == _SURVIVED


def _hear(child: subprocess.Popen[bytes], *, timeout_s: float) -> bytes:
    """One byte; b"" when the child died or stayed silent."""
    answers = cast("IO[bytes]", child.stdout)
    readable, _, _ = select.select([answers], [], [], timeout_s)
    return answers.read(1) if readable else b""


def _close(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()


def _cause(code: int) -> str:
    """-9 is our own kill after the time limit, unless the kernel was faster (memory)."""
    if code == -9:
        return f"no answer within {RECORD_TIMEOUT_S:.0f} s, or killed for its memory"
    return f"killed by signal {-code}" if code < 0 else f"ended its process with code {code}"

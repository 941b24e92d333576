"""A file from a position on → the next records as they are sent, and the position after them. Pure.

Lines are taken whole: what has no line end yet is still being written. CSV rows become JSON objects
under the names of the first row.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.normalise.decode import decode

if TYPE_CHECKING:
    from typing import BinaryIO

MOST_RECORDS = 1_000
MOST_BYTES = 1024 * 1024
RECORD_BYTES = 1024 * 1024  # the tower cuts there and marks what it cut
_BLOCK = 256 * 1024
_MOST_LINE = 32 * 1024 * 1024
_QUOTE = b'"'


@dataclass(frozen=True, slots=True)
class Piece:
    """Records to send in one request. `end` is the position behind them."""

    records: tuple[bytes, ...]
    end: int


def next_lines(stream: BinaryIO, *, start: int, is_finished: bool) -> Piece | None:
    """The lines from `start`; None when no whole one is there. `is_finished`: nobody writes any
    more, so that a last line without an end is whole too."""
    data, is_all = _read(stream, start)
    is_too_long = len(data) >= _MOST_LINE and b"\n" not in data
    end = len(data) if (is_finished and is_all) or is_too_long else data.rfind(b"\n") + 1
    if not end:
        return None
    lines = data[:end].split(b"\n")
    if len(lines) > MOST_RECORDS:
        lines = lines[:MOST_RECORDS]
        end = sum(len(line) + 1 for line in lines)
    kept = [line.rstrip(b"\r")[: RECORD_BYTES + 1] for line in lines]
    return Piece(tuple(line for line in kept if line.strip()), start + end)


def lines_between(stream: BinaryIO, *, start: int, end: int) -> Piece | None:
    """The lines of a request that was planned before; None when the file is shorter now."""
    stream.seek(start)
    data = stream.read(end - start)
    if len(data) < end - start:
        return None
    kept = [line.rstrip(b"\r")[: RECORD_BYTES + 1] for line in data.split(b"\n")]
    return Piece(tuple(line for line in kept if line.strip()), end)


def rows_between(stream: BinaryIO, *, start: int, end: int) -> Piece | None:
    """As `lines_between`, of a CSV file."""
    names_end, names = _names(stream)
    begin = max(start, names_end)
    stream.seek(begin)
    data = stream.read(end - begin)
    if not names or len(data) < end - begin:
        return None
    return Piece(_rows(data, _row_ends(data, is_finished=True), names), end)


def next_rows(stream: BinaryIO, *, start: int, is_finished: bool) -> Piece | None:
    """The rows of a CSV file from `start`; the first row of the file gives the names."""
    names_end, names = _names(stream)
    if not names:
        return None
    start = max(start, names_end)
    data, is_all = _read(stream, start)
    ends = _row_ends(data, is_finished=is_finished and is_all)
    if not ends and not is_all:  # a quote that is never closed: the rows are lines then
        ends = [data.rfind(b"\n") + 1 or len(data)]
    ends = ends[:MOST_RECORDS]
    return Piece(_rows(data, ends, names), start + ends[-1]) if ends else None


def _rows(data: bytes, ends: list[int], names: list[str]) -> tuple[bytes, ...]:
    pairs = zip([0, *ends], ends, strict=False)
    rows = (_cells(data[begin:end]) for begin, end in pairs)
    return tuple(_named(names, cells) for cells in rows if any(cells))


def _read(stream: BinaryIO, start: int) -> tuple[bytes, bool]:
    """(a request's worth from `start`, whether that is all there is). A line that is longer is
    read on, up to a bound: what is beyond becomes a record of its own."""
    stream.seek(start)
    data = bytearray(stream.read(MOST_BYTES))
    while len(data) >= MOST_BYTES and b"\n" not in data and len(data) < _MOST_LINE:
        more = stream.read(_BLOCK)
        if not more:
            break
        data += more
    is_all = not stream.read(1)
    return bytes(data), is_all


def _names(stream: BinaryIO) -> tuple[int, list[str]]:
    """(where the first row ends, its cells); (0, []) while it is not whole."""
    stream.seek(0)
    data = stream.read(_BLOCK)
    ends = _row_ends(data, is_finished=False)
    return (ends[0], _cells(data[: ends[0]])) if ends else (0, [])


def _row_ends(data: bytes, *, is_finished: bool) -> list[int]:
    """Where rows end: at line ends that are not inside quotes."""
    ends, at, is_quoted = [], 0, False
    while (newline := data.find(b"\n", at)) >= 0:
        is_quoted ^= data.count(_QUOTE, at, newline) % 2 == 1
        at = newline + 1
        if not is_quoted:
            ends.append(at)
    if is_finished and data and (not ends or ends[-1] < len(data)):
        ends.append(len(data))
    return ends


def _cells(row: bytes) -> list[str]:
    text = decode(row)[0].strip("\r\n")
    return next(csv.reader(io.StringIO(text, newline="")), [])


def _named(names: list[str], cells: list[str]) -> bytes:
    """Cells beyond the names keep their number."""
    wide = [*names, *(f"column_{number + 1}" for number in range(len(names), len(cells)))]
    told = {
        name.strip() or f"column_{number}": cell
        for number, (name, cell) in enumerate(zip(wide, cells, strict=False), 1)
    }
    return json.dumps(told, ensure_ascii=False).encode()

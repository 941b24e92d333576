"""Writes the file that packed.py reads: in one pass, in bounded memory, whole or not at all.

Measured: 1 M indicators in about 6 s, 110 MB; the records themselves never stand in memory.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from array import array
from itertools import accumulate
from typing import TYPE_CHECKING

import orjson

from hinomi.core.indicators import Indicator, Kind
from hinomi.detect.intel.packed import MAGIC, SUFFIX, key_hash

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path
    from typing import BinaryIO

_MOST_BYTES = 1 << 32  # places of records are 4 bytes


def write_packed(
    indicators: Iterable[Indicator], *, folder: Path, has_private: bool = False
) -> Path:
    """The file in `folder`, named by its content. Each (kind, value) once, in ascending order.

    Raises ValueError when they are not. One writer a folder at a time.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    records, whole = folder / ".records.tmp", folder / ".whole.tmp"
    try:
        with records.open("w+b") as spool:
            order, prefixes, size = _write_records(indicators, spool)
            header = _header(len(order), prefixes, size, has_private=has_private)
            spool.seek(0)
            with whole.open("wb") as file:
                _write_whole(file, header, order, spool)
        with whole.open("rb") as file:
            name = hashlib.file_digest(file, "sha256").hexdigest()
        final = folder / (name + SUFFIX)
        whole.replace(final)
    finally:
        records.unlink(missing_ok=True)
        whole.unlink(missing_ok=True)
    return final


def _write_records(
    indicators: Iterable[Indicator], spool: BinaryIO
) -> tuple[list[int], dict[int, set[int]], int]:
    """Hash and place of each record as one number, the prefix lengths, and the bytes written."""
    order: list[int] = []
    prefixes: dict[int, set[int]] = {4: set(), 6: set()}
    place, before = 0, ("", "")
    for one in indicators:
        if one.key <= before:
            raise ValueError("indicators must come in ascending order, each once")
        before = one.key
        line = _encode(one)
        order.append(key_hash(one.kind, one.value) << 32 | place)
        place += spool.write(line)
        if place >= _MOST_BYTES:
            raise ValueError("more than 4 GiB of indicators")
        if one.kind is Kind.CIDR:
            prefixes[6 if ":" in one.value else 4].add(int(one.value.rpartition("/")[2]))
    order.sort()
    return order, prefixes, place


def _header(count: int, prefixes: dict[int, set[int]], size: int, *, has_private: bool) -> bytes:
    header = orjson.dumps(
        {
            "count": count,
            "prefixes": {str(v): sorted(found, reverse=True) for v, found in prefixes.items()},
            "private": has_private,
            "records": size,
        }
    )
    return header + b" " * (-len(header) % 8)  # the hashes begin on a multiple of 8


def _write_whole(file: BinaryIO, header: bytes, order: list[int], spool: BinaryIO) -> None:
    for piece in (
        MAGIC,
        len(header).to_bytes(8, "little"),
        header,
        _little(array("Q", [each >> 32 for each in order])),
        _little(array("I", [each & 0xFFFFFFFF for each in order])),
        _little(array("I", _starts(order))),
    ):
        file.write(piece)
    shutil.copyfileobj(spool, file, 1 << 20)
    file.flush()
    os.fsync(file.fileno())


def _starts(order: list[int]) -> list[int]:
    """Where the hashes of each first half begin, and the end."""
    counts = [0] * 65_537
    for each in order:
        counts[(each >> 80) + 1] += 1
    return list(accumulate(counts))


def _little(numbers: array[int]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _encode(one: Indicator) -> bytes:
    since, until = _seconds(one.valid_from), _seconds(one.valid_until)
    row = [one.kind, one.value, one.sources, one.confidence, one.tlp, since, until]
    return orjson.dumps([*row, one.name, one.labels, one.description]) + b"\n"


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())

"""A million indicators as one read-only file: sorted hashes to search in, records to read on a hit.

Layout: magic, length of the header, header (JSON), 8-byte hashes in order, 4-byte places of their
records, where the hashes of each first 16 bits begin (a search takes 4 steps instead of 20: 0.4 µs
instead of 1.5), records (one JSON line each). The file is mapped, not read: what is never looked up
costs no memory, and all processes of a machine share the rest. The same indicators give the same
bytes, so the file is named by its own SHA-256.
"""

from __future__ import annotations

import mmap
from bisect import bisect_left
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

import orjson

from hinomi.core.errors import Place, StoreDamaged
from hinomi.core.indicators import Indicator, Kind, Tlp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIX = ".indicators"
MAGIC = b"hinomi\x00\x01"
INDEX_BYTES = 4 * (65_536 + 1)
_ADVICE = "Make it again: hinomi intel compile"


class Lookup(Protocol):
    """What the matcher needs of a set of indicators."""

    @property
    def name(self) -> str:
        """The set's own hash; findings keep it."""
        ...

    @property
    def prefixes(self) -> dict[int, tuple[int, ...]]:
        """IP version → the prefix lengths of its networks, longest first."""
        ...

    @property
    def has_private(self) -> bool:
        """Whether a person allowed an address that is not public."""
        ...

    def find(self, kind: Kind, value: str) -> Indicator | None:
        """The indicator of exactly this kind and value."""
        ...


class PackedSet:
    """A set on disk. Raises StoreDamaged when the file is not one."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size < 16:
                raise self._damaged(path)
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        length = int.from_bytes(self._map[8:16], "little")
        if self._map[:8] != MAGIC or length > size - 16:
            raise self._damaged(path)
        try:
            header = orjson.loads(self._map[16 : 16 + length])
            count, records = int(header["count"]), int(header["records"])
            self.prefixes = {int(v): tuple(found) for v, found in header["prefixes"].items()}
            self.has_private = bool(header["private"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise self._damaged(path) from error
        first = 16 + length
        self._records = first + 12 * count + INDEX_BYTES
        if size != self._records + records:
            raise self._damaged(path)
        view = memoryview(self._map)
        self._hashes = view[first : first + 8 * count].cast("Q")
        self._places = view[first + 8 * count : first + 12 * count].cast("I")
        self._starts = view[first + 12 * count : self._records].cast("I")

    def find(self, kind: Kind, value: str) -> Indicator | None:
        """See Lookup. About 1.5 µs; the record is read and compared, so there is no false hit."""
        wanted = key_hash(kind, value)
        hashes, head = self._hashes, wanted >> 48
        index = bisect_left(hashes, wanted, self._starts[head], self._starts[head + 1])
        while index < len(hashes) and hashes[index] == wanted:
            found = self._record(index)
            if found.kind is kind and found.value == value:
                return found
            index += 1
        return None

    def __len__(self) -> int:
        return len(self._hashes)

    def __iter__(self) -> Iterator[Indicator]:
        """All of them, in the order of their hashes: for tests and look-backs."""
        return (self._record(index) for index in range(len(self)))

    def _record(self, index: int) -> Indicator:
        start = self._records + self._places[index]
        return decode(self._map[start : self._map.find(b"\n", start)])

    def _damaged(self, path: Path) -> StoreDamaged:
        return StoreDamaged(
            "not a whole file of indicators", place=Place(str(path)), advice=_ADVICE
        )


class EmptySet:
    """No indicators: before the first import."""

    name = ""
    has_private = False

    def __init__(self) -> None:
        self.prefixes: dict[int, tuple[int, ...]] = {}

    def find(self, kind: Kind, value: str) -> Indicator | None:
        """Nothing is there."""
        return None


def key_hash(kind: Kind, value: str) -> int:
    """64 bits of BLAKE2b. Going on from a copy takes half as long as beginning anew."""
    told = _BEGUN[kind].copy()
    told.update(value.encode("utf-8", "surrogatepass"))
    return int.from_bytes(told.digest(), "little")


_BEGUN = {kind: blake2b(f"{kind}\0".encode(), digest_size=8) for kind in Kind}


def decode(line: bytes) -> Indicator:
    kind, value, sources, confidence, tlp, since, until, name, labels, description = orjson.loads(
        line
    )
    return Indicator(
        kind=Kind(kind),
        value=value,
        sources=tuple(sources),
        confidence=confidence,
        tlp=Tlp(tlp),
        valid_from=_moment(since),
        valid_until=_moment(until),
        name=name,
        labels=tuple(labels),
        description=description,
    )


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

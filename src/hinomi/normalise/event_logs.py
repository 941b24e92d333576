"""Windows event logs (EVTX), whole or cut."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hinomi.core.errors import NotThisFormat, UnreadableFile
from hinomi.core.words import SetAsideReason
from hinomi.normalise.reading import FileProblem, FileRecord, raw_record
from hinomi.normalise.record import read_tree, set_aside
from hinomi.normalise.scanners.tree import load_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.core.records import Event, RawRecord, SetAside
    from hinomi.normalise.archives import Member
    from hinomi.normalise.reading import Reading

EVTX_MAGIC = b"ElfFile\x00"
_EVTX_HEADER, _EVTX_CHUNK = 4096, 65536
_CHUNK_MAGIC = b"ElfChnk\x00"
_LINK = struct.Struct("<I")
_HEADS_AT, _HEADS = 128, struct.Struct("<96I")  # chains of 64 groups of names and 32 of templates
MAX_PACKED_EVTX_BYTES = 512 << 20


def read_evtx(
    member: Member, identity: str, reading: Reading
) -> Iterator[FileRecord | FileProblem]:
    """Every record; one that is damaged is set aside and the next is read."""
    from evtx import PyEvtxParser  # only here: collect and worker never open event log files

    number = 0
    source, lack = _evtx_source(member)
    try:
        records = PyEvtxParser(source).records_json()
    except (RuntimeError, ValueError, OSError) as error:
        raise UnreadableFile(f"The event log is damaged at its start: {error}") from error
    while True:
        try:
            record = next(records, None)
        except (RuntimeError, ValueError, OSError) as error:
            number += 1
            raw = raw_record(identity, number, b"", reading)
            note = set_aside(raw, SetAsideReason.BROKEN_RECORD, str(error)[:300])
            yield FileRecord(member.path, number, raw, note)
            continue
        if record is None:
            break
        number += 1
        raw = raw_record(identity, number, record["data"].encode(), reading)
        yield FileRecord(member.path, number, raw, _read(raw, record["data"]))
    if lack:
        yield FileProblem(member.path, f"{lack} {number:,} records were read.")


def _read(raw: RawRecord, text: str) -> Event | SetAside:
    """The library writes broken JSON for some broken records."""
    try:
        return read_tree(raw, load_object(text))
    except NotThisFormat as error:
        return set_aside(raw, SetAsideReason.BROKEN_RECORD, error.message)


def _evtx_source(member: Member) -> tuple[str | io.BytesIO, str]:
    """What the reader opens, and what it lacks, "" when it is whole.

    The reader gives up a chunk that was cut; filled up with zeros, its records before the cut are
    read (many logs have one chunk only).
    """
    if member.file and not _missing_part(*_header_and_size(Path(member.file))):
        with Path(member.file).open("rb") as stream:
            if not any(_loops(chunk) for chunk in _chunks_of(stream)):
                return member.file, ""
    data = _whole(member)
    lack = _missing_part(data[:48], len(data))
    filled = bytes(-(len(data) - _EVTX_HEADER) % _EVTX_CHUNK) if len(data) > _EVTX_HEADER else b""
    return io.BytesIO(_without_loops(data + filled if lack else data)), lack


def _chunks_of(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(_EVTX_HEADER)
    while chunk := stream.read(_EVTX_CHUNK):
        yield chunk


def _without_loops(data: bytes) -> bytes:
    """Every chain of names and templates with an end. The library follows a chain of a damaged
    chunk that bites its own tail for ever, and nothing can stop it from outside."""
    places = [
        _EVTX_HEADER + number * _EVTX_CHUNK + place
        for number, chunk in enumerate(_chunks_of(io.BytesIO(data)))
        for place in _loops(chunk)
    ]
    if not places:
        return data
    mended = bytearray(data)
    for place in places:
        mended[place : place + _LINK.size] = bytes(_LINK.size)
    return bytes(mended)


def _loops(chunk: bytes) -> list[int]:
    """Where a chunk's chains lead back into themselves: the last link of each that does."""
    if not chunk.startswith(_CHUNK_MAGIC) or len(chunk) < _HEADS_AT + _HEADS.size:
        return []
    last = len(chunk) - _LINK.size
    known: set[int] = set()  # each link stands in one chain only, so the walk is short
    found = []
    for following in filter(None, _HEADS.unpack_from(chunk, _HEADS_AT)):
        chain: dict[int, None] = {}
        while 0 < following <= last and following not in known and following not in chain:
            chain[following] = None
            (following,) = _LINK.unpack_from(chunk, following)
        if following in chain:
            found.append(next(reversed(chain)))
        known.update(chain)
    return found


def _whole(member: Member) -> bytes:
    """An event log that is cut, or inside an archive, has to be in memory to be read."""
    data = member.stream.read(MAX_PACKED_EVTX_BYTES + 1)
    if len(data) > MAX_PACKED_EVTX_BYTES:
        raise UnreadableFile("An event log over 512 MB that is cut, or inside an archive.")
    return data


def _header_and_size(file: Path) -> tuple[bytes, int]:
    with file.open("rb") as stream:
        return stream.read(48), file.stat().st_size


def _missing_part(header: bytes, size: int) -> str:
    """An EVTX says in its header how many 64 KiB chunks it has; fewer bytes mean it was cut."""
    chunks = int.from_bytes(header[42:44], "little")
    missing = _EVTX_HEADER + chunks * _EVTX_CHUNK - size
    return f"The event log was cut: {missing:,} bytes are missing." if missing > 0 else ""

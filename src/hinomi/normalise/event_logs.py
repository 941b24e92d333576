"""Windows event logs (EVTX), whole or cut."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import UnreadableFile
from hinomi.core.words import SetAsideReason
from hinomi.normalise.reading import FileProblem, FileRecord, raw_record
from hinomi.normalise.record import read_tree, set_aside
from hinomi.normalise.scanners.tree import load_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.normalise.archives import Member
    from hinomi.normalise.reading import Reading

EVTX_MAGIC = b"ElfFile\x00"
_EVTX_HEADER, _EVTX_CHUNK = 4096, 65536
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
        yield FileRecord(member.path, number, raw, read_tree(raw, load_object(record["data"])))
    if lack:
        yield FileProblem(member.path, f"{lack} {number:,} records were read.")


def _evtx_source(member: Member) -> tuple[str | io.BytesIO, str]:
    """What the reader opens, and what it lacks, "" when it is whole.

    The reader gives up a chunk that was cut; filled up with zeros, its records before the cut are
    read (many logs have one chunk only).
    """
    if member.file and not _missing_part(*_header_and_size(Path(member.file))):
        return member.file, ""
    data = _whole(member)
    lack = _missing_part(data[:48], len(data))
    filled = bytes(-(len(data) - _EVTX_HEADER) % _EVTX_CHUNK) if len(data) > _EVTX_HEADER else b""
    return io.BytesIO(data + filled if lack else data), lack


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

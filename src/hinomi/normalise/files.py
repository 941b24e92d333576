"""Records out of files: EVTX, NDJSON, JSON, plain logs, folders, zip and gz, standard input.

Streams, whatever the size; a damaged file gives what can be read and then a `FileProblem`.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import UnreadableFile
from hinomi.core.ids import scan_event_id
from hinomi.core.records import Event, RawRecord, SetAside
from hinomi.core.words import SetAsideReason
from hinomi.normalise.archives import LineSource, Member, open_members
from hinomi.normalise.record import MAX_RECORD_BYTES, read_record, read_tree, set_aside
from hinomi.normalise.scanners.tree import load_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

EVTX_MAGIC = b"ElfFile\x00"
# A pretty-printed document or a JSON array is read whole; larger ones must come as NDJSON.
_EVTX_HEADER, _EVTX_CHUNK = 4096, 65536
_ZIP_MAGIC = b"PK\x03\x04"
MAX_DOCUMENT_BYTES = 64 << 20
MAX_PACKED_EVTX_BYTES = 512 << 20
_XML_EVENT = re.compile(rb"<Event[ >].*?</Event>", re.DOTALL)
_PIECE_BYTES = 256 << 10
_PROGRESS_BYTES = 64 << 10
KEPT_OF_TOO_LARGE = 64 << 10  # how much of a record over the limit stays with its note


@dataclass(slots=True)
class FileRecord:
    """One record of a file. `path` names it (archive members as `outer.zip!inner`); from 1."""

    path: str
    number: int
    raw: RawRecord
    result: Event | SetAside


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A file, or the rest of one, that cannot be read; `detail` says why, in a sentence."""

    path: str
    detail: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How the records of a run are read: the settings they share."""

    receive_time: datetime
    kind: str = "auto"
    timezone: str = "Asia/Tokyo"
    organisation: str = "-"
    source: str = "-"


def read_path(
    path: str | Path,
    *,
    timezone: str = "Asia/Tokyo",
    receive_time: datetime,
    kind: str = "auto",
    progress: Callable[[int], None] | None = None,
) -> Iterator[FileRecord | FileProblem]:
    """All records of a file or folder, in order. `progress` gets the bytes newly consumed."""
    reading = Reading(receive_time=receive_time, kind=kind, timezone=timezone)
    root = Path(path)
    if not root.exists():
        yield FileProblem(str(path), "There is no such file or folder.")
        return
    for file in files_under(root):
        yield from _read_file(file, reading, progress or (lambda count: None))


def read_lines(
    stream: LineSource, *, timezone: str, receive_time: datetime, kind: str, name: str = "-"
) -> Iterator[FileRecord]:
    """Standard input: a record is a line, never more and never less."""
    reading = Reading(receive_time=receive_time, kind=kind, timezone=timezone)
    for number, (line, is_cut) in enumerate(split_lines(stream), 1):
        identity = hashlib.sha256(line).hexdigest()
        yield _record(name, number, identity, line, reading, is_cut=is_cut)


def files_under(root: Path) -> Iterator[Path]:
    """The file itself, or every regular file below the folder, sorted; links are not followed."""
    if not root.is_dir():
        yield root
        return
    for child in sorted(root.iterdir()):
        if child.name.startswith(".") or child.is_symlink():
            continue
        if child.is_dir():
            yield from files_under(child)
        elif child.is_file():
            yield child


def total_bytes(root: Path) -> int:
    """The size of everything `read_path` will consume, for a progress bar."""
    return sum(file.stat().st_size for file in files_under(root) if file.exists())


def split_lines(stream: LineSource) -> Iterator[tuple[bytes, bool]]:
    """Lines without their end; True when the line passed the limit and was cut.

    Cut out of large pieces, which takes a third of the time of `readline`; a pipe gives its lines
    as soon as they are there.
    """
    rest = b""
    while piece := stream.read1(_PIECE_BYTES):
        if len(rest) > MAX_RECORD_BYTES + 1:  # too long already: only its end is of interest
            _, end, piece = piece.partition(b"\n")
            if not end:
                continue
            yield rest[:KEPT_OF_TOO_LARGE], True
            rest = b""
        *lines, rest = (rest + piece).split(b"\n") if rest else piece.split(b"\n")
        for line in lines:
            if len(line) > MAX_RECORD_BYTES + 1:
                yield line[:KEPT_OF_TOO_LARGE], True
            else:
                yield line.rstrip(b"\r"), False
    if len(rest) > MAX_RECORD_BYTES:
        yield rest[:KEPT_OF_TOO_LARGE], True
    elif rest:
        yield rest.rstrip(b"\r"), False


def _read_file(
    file: Path, reading: Reading, progress: Callable[[int], None]
) -> Iterator[FileRecord | FileProblem]:
    try:
        identity = _hash(file)
        for member in open_members(file):
            yield from _read_member(member, f"{identity}{member.suffix}", reading, progress)
    except UnreadableFile as error:
        yield FileProblem(str(file), error.message)
    except (OSError, EOFError) as error:
        yield FileProblem(str(file), f"Reading stopped: {error}")


def _read_member(
    member: Member, identity: str, reading: Reading, progress: Callable[[int], None]
) -> Iterator[FileRecord | FileProblem]:
    if member.suffix:
        identity = hashlib.sha256(identity.encode()).hexdigest()
    try:
        head = member.stream.peek(8192)[:8192]
        if member.suffix and head.startswith(_ZIP_MAGIC):
            yield FileProblem(member.path, "An archive inside an archive; unpack it first.")
        elif head.startswith(EVTX_MAGIC):
            yield from _read_evtx(member, identity, reading)
        elif head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            yield from _read_wide(member, identity, reading)
        elif _is_xml(head):
            yield from _read_xml(member, identity, reading)
        elif _is_document(head):
            yield from _read_document(member, identity, reading)
        else:
            yield from _read_text(member, member.stream, identity, reading, progress)
            return
    except UnreadableFile as error:
        yield FileProblem(member.path, error.message)
    except (OSError, EOFError) as error:
        yield FileProblem(member.path, f"Reading stopped: {error}")
    progress(member.size)


def _read_text(
    member: Member,
    stream: LineSource,
    identity: str,
    reading: Reading,
    progress: Callable[[int], None],
) -> Iterator[FileRecord | FileProblem]:
    number = consumed = 0
    try:
        for number, (line, is_cut) in enumerate(split_lines(stream), 1):
            yield _record(member.path, number, identity, line, reading, is_cut=is_cut)
            consumed += len(line) + 1
            if consumed >= _PROGRESS_BYTES:
                progress(consumed)
                consumed = 0
        progress(consumed)
    except UnreadableFile as error:
        yield FileProblem(member.path, f"{error.message} {number:,} records were read.")
    except (OSError, EOFError) as error:
        yield FileProblem(member.path, f"Reading stopped after {number:,} records: {error}")


def _read_wide(member: Member, identity: str, reading: Reading) -> Iterator[FileRecord]:
    """UTF-16, as PowerShell and the event viewer save it."""
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    number, rest = 0, ""
    while chunk := member.stream.read(1 << 16):
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        rest = rest[: 2 * MAX_RECORD_BYTES]  # longer than the limit already; keep memory bounded
        for line in lines:
            number += 1
            yield _record(member.path, number, identity, line.rstrip("\r").encode(), reading)
    if rest:
        yield _record(member.path, number + 1, identity, rest.encode(), reading)


def _is_document(head: bytes) -> bool:
    """A JSON array, or an object that goes on in the next line."""
    start = head.lstrip()
    if start[:1] == b"[":
        return start[1:].lstrip()[:1] in (b"{", b"]", b"")
    first_line, line_end, _ = start.partition(b"\n")
    return start[:1] == b"{" and bool(line_end) and first_line.strip() in (b"{", b"{}")


def _is_xml(head: bytes) -> bool:
    """An export of the event viewer or wevtutil: events over several lines, or all in one."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith((b"<?xml", b"<Event", b"<Events")):
        return False
    first_line = start.partition(b"\n")[0].rstrip()
    return not first_line.endswith(b"</Event>") or first_line.count(b"</Event>") > 1


def _read_xml(member: Member, identity: str, reading: Reading) -> Iterator[FileRecord]:
    """Each <Event>…</Event> is a record; a document without any is one record."""
    data = member.stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise UnreadableFile("An XML document over 64 MB; export it as EVTX.")
    events = _XML_EVENT.findall(data) or [data]
    for number, item in enumerate(events, 1):
        yield _record(member.path, number, identity, item, reading)


def _read_document(member: Member, identity: str, reading: Reading) -> Iterator[FileRecord]:
    data = member.stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise UnreadableFile("A JSON document over 64 MB; save it as one object per line.")
    number = 0
    for number, item in enumerate(_documents(data.decode("utf-8", "replace")), 1):
        yield _record(member.path, number, identity, item, reading)


def _documents(text: str) -> Iterator[bytes]:
    """Top-level objects one after the other; the elements of an array one by one."""
    decoder, place = json.JSONDecoder(), 0
    while place < len(text):
        if text[place].isspace() or text[place] == ",":
            place += 1
            continue
        try:
            item, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            yield text[place : place + KEPT_OF_TOO_LARGE].encode()
            return
        for element in item if isinstance(item, list) else [item]:
            yield json.dumps(element, ensure_ascii=False).encode("utf-8", "replace")


def _read_evtx(
    member: Member, identity: str, reading: Reading
) -> Iterator[FileRecord | FileProblem]:
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
            raw = _raw(identity, number, b"", reading)
            note = set_aside(raw, SetAsideReason.BROKEN_RECORD, str(error)[:300])
            yield FileRecord(member.path, number, raw, note)
            continue
        if record is None:
            break
        number += 1
        raw = _raw(identity, number, record["data"].encode(), reading)
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


def _record(
    path: str,
    number: int,
    identity: str,
    line: bytes,
    reading: Reading,
    *,
    is_cut: bool = False,
) -> FileRecord:
    raw = _raw(identity, number, line, reading)
    if is_cut:
        limit = f"The record is longer than {MAX_RECORD_BYTES:,} bytes; its start is kept."
        return FileRecord(path, number, raw, set_aside(raw, SetAsideReason.TOO_LARGE, limit))
    return FileRecord(path, number, raw, read_record(raw))


def _raw(identity: str, number: int, line: bytes, reading: Reading) -> RawRecord:
    return RawRecord(
        event_id=scan_event_id(content_sha256=identity, record=number),
        organisation=reading.organisation,
        source=reading.source,
        kind=reading.kind,
        timezone=reading.timezone,
        receive_time=reading.receive_time,
        raw=line,
    )


def _hash(file: Path) -> str:
    if not file.is_file():
        return hashlib.sha256(str(file).encode()).hexdigest()  # a pipe can be read only once
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

"""Records out of files: EVTX, NDJSON, JSON, plain logs, folders, zip and gz, standard input.

Streams, whatever the size; a damaged file gives what can be read and then a `FileProblem`.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.envelopes import Entry, begins_envelope, entries_of
from hinomi.core.errors import UnreadableFile
from hinomi.normalise import zeek_tables
from hinomi.normalise.archives import LineSource, Member, open_members
from hinomi.normalise.event_logs import EVTX_MAGIC, read_evtx
from hinomi.normalise.reading import (
    FileProblem,
    FileRecord,
    Reading,
    raw_record,
    record_of_line,
)
from hinomi.normalise.record import MAX_RECORD_BYTES, read_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    _Reader = Callable[[Member, str, Reading], Iterator[FileRecord | FileProblem]]

# A pretty-printed document or a JSON array is read whole; larger ones must come as NDJSON.
_ZIP_MAGIC = b"PK\x03\x04"
_GZIP_MAGIC = b"\x1f\x8b"
_HEAD_BYTES = 8192
MAX_DOCUMENT_BYTES = 64 << 20
_XML_EVENT = re.compile(rb"<Event[ >].*?</Event>", re.DOTALL)
_PIECE_BYTES = 256 << 10
_PROGRESS_BYTES = 64 << 10
KEPT_OF_TOO_LARGE = 64 << 10  # how much of a record over the limit stays with its note


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
        yield from read_file(file, reading, progress or (lambda count: None))


def read_lines(
    stream: LineSource, *, timezone: str, receive_time: datetime, kind: str, name: str = "-"
) -> Iterator[FileRecord]:
    """Standard input: a record is a line, never more and never less."""
    reading = Reading(receive_time=receive_time, kind=kind, timezone=timezone)
    for number, (line, is_cut) in enumerate(split_lines(stream), 1):
        identity = hashlib.sha256(line).hexdigest()
        yield record_of_line(name, number, identity, line, reading, is_cut=is_cut)


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


def is_lines(file: Path) -> bool:
    """Whether the file is read line by line, so that it may be read in runs of lines. Records of
    the Linux audit belong together over several lines: no run may begin among them."""
    try:
        with file.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError:
        return False
    is_packed = head.startswith((_ZIP_MAGIC, _GZIP_MAGIC))
    return not is_packed and b" msg=audit(" not in head and _reader_of(head) is None


def read_run_of_lines(
    file: Path,
    reading: Reading,
    progress: Callable[[int], None],
    *,
    identity: str,
    start: int,
    end: int,
    first_number: int,
) -> Iterator[FileRecord | FileProblem]:
    """Part of a file that is `is_lines`, from `start` to `end`, where lines begin."""
    try:
        with file.open("rb") as stream:
            stream.seek(start)
            run = _Run(stream, end - start)
            yield from _read_text(str(file), run, identity, reading, progress, first_number)
    except OSError as error:
        yield FileProblem(str(file), f"Reading stopped: {error}")


class _Run:
    """A stream that ends after so many bytes."""

    def __init__(self, stream: LineSource, size: int) -> None:
        self._stream = stream
        self._left = size

    def read1(self, size: int = -1, /) -> bytes:
        """What is there already, up to `size` bytes and to the end of the run."""
        wanted = self._left if size < 0 else min(size, self._left)
        piece = self._stream.read1(wanted) if wanted else b""
        self._left -= len(piece)
        return piece


def read_file(
    file: Path, reading: Reading, progress: Callable[[int], None]
) -> Iterator[FileRecord | FileProblem]:
    """All records of one file, or of what is in it when it is an archive."""
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
        head = member.stream.peek(_HEAD_BYTES)[:_HEAD_BYTES]
        if member.suffix and head.startswith(_ZIP_MAGIC):
            yield FileProblem(member.path, "An archive inside an archive; unpack it first.")
        elif read := _reader_of(head):
            yield from read(member, identity, reading)
        else:
            yield from _read_text(member.path, member.stream, identity, reading, progress, 1)
            return
    except UnreadableFile as error:
        yield FileProblem(member.path, error.message)
    except (OSError, EOFError) as error:
        yield FileProblem(member.path, f"Reading stopped: {error}")
    progress(member.size)


def _reader_of(head: bytes) -> _Reader | None:
    """How a file that begins so is read as a whole; None: line by line."""
    if head.startswith(EVTX_MAGIC):
        return read_evtx
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _read_wide
    if _is_xml(head):
        return _read_xml
    if head.startswith(zeek_tables.MARK):
        return _read_zeek
    return _read_document if _is_document(head) else None


def _read_text(
    path: str,
    stream: LineSource,
    identity: str,
    reading: Reading,
    progress: Callable[[int], None],
    first_number: int,
) -> Iterator[FileRecord | FileProblem]:
    number = consumed = 0
    try:
        for number, (line, is_cut) in enumerate(split_lines(stream), first_number):
            yield record_of_line(path, number, identity, line, reading, is_cut=is_cut)
            consumed += len(line) + 1
            if consumed >= _PROGRESS_BYTES:
                progress(consumed)
                consumed = 0
        progress(consumed)
    except UnreadableFile as error:
        yield FileProblem(path, f"{error.message} {number:,} records were read.")
    except (OSError, EOFError) as error:
        yield FileProblem(path, f"Reading stopped after {number:,} records: {error}")


def _read_wide(member: Member, identity: str, reading: Reading) -> Iterator[FileRecord]:
    """UTF-16, as PowerShell and the event viewer save it."""
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    number, rest = 0, ""
    while chunk := member.stream.read(1 << 16):
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        rest = rest[: 2 * MAX_RECORD_BYTES]  # longer than the limit already; keep memory bounded
        for line in lines:
            number += 1
            yield record_of_line(member.path, number, identity, line.rstrip("\r").encode(), reading)
    if rest:
        yield record_of_line(member.path, number + 1, identity, rest.encode(), reading)


def _read_zeek(member: Member, identity: str, reading: Reading) -> Iterator[FileRecord]:
    lines = (line for line, _ in split_lines(member.stream))
    for number, row in enumerate(zeek_tables.rows_of(lines), 1):
        yield record_of_line(member.path, number, identity, row, reading)


def _is_document(head: bytes) -> bool:
    """A JSON array, an object that goes on in the next line, or a list in its envelope."""
    start = head.lstrip()
    if begins_envelope(start):
        return True
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
        yield record_of_line(member.path, number, identity, item, reading)


def _read_document(member: Member, identity: str, reading: Reading) -> Iterator[FileRecord]:
    data = member.stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise UnreadableFile("A JSON document over 64 MB; save it as one object per line.")
    for number, entry in enumerate(_documents(data.decode("utf-8", "replace")), 1):
        raw = raw_record(identity, number, entry.raw, reading)
        raw.frame_fault = entry.fault
        yield FileRecord(member.path, number, raw, read_record(raw))


def _documents(text: str) -> Iterator[Entry]:
    """Top-level objects one after the other; the elements of an array or an envelope one by one."""
    decoder, place = json.JSONDecoder(), 0
    while place < len(text):
        if text[place].isspace() or text[place] == ",":
            place += 1
            continue
        begun = place
        try:
            item, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            yield from _of_broken(text[place:].encode())
            return
        if isinstance(item, list):
            yield from (Entry(_dumped(element)) for element in item)
        elif begins_envelope(text[begun : begun + _HEAD_BYTES].encode()):
            yield from entries_of(_dumped(item), most=len(text)) or [Entry(_dumped(item))]
        else:
            yield Entry(_dumped(item))


def _of_broken(rest: bytes) -> list[Entry]:
    """What can be told apart of a document that ends early or has a fault in it."""
    entries = entries_of(rest, most=len(rest)) or [Entry(rest)]
    return [Entry(entry.raw[:KEPT_OF_TOO_LARGE], entry.fault) for entry in entries]


def _dumped(item: object) -> bytes:
    return json.dumps(item, ensure_ascii=False).encode("utf-8", "replace")


def _hash(file: Path) -> str:
    if not file.is_file():
        return hashlib.sha256(str(file).encode()).hexdigest()  # a pipe can be read only once
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

"""Families of the wires: what senders' protocols are split into, and the records inside."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from benchmarks.fuzz import senders
from benchmarks.fuzz.damage import BINARY, TEXT
from benchmarks.fuzz.family import Family, Sample
from benchmarks.fuzz.records import all_lines, notation_of, read_frames
from hinomi.collect.body import TooLarge, Unreadable, Unsupported, decompress, split_body
from hinomi.collect.dialects.bulk import read_bulk
from hinomi.collect.dialects.concatenated import split_events
from hinomi.collect.dialects.otlp_json import logs_of_json
from hinomi.collect.dialects.otlp_protobuf import logs_of_protobuf
from hinomi.collect.flows import Flows, looks_like_flows
from hinomi.collect.framing import Frame, StreamFramer, frame_datagram
from hinomi.collect.gelf_chunks import CHUNK, GelfChunks, plain
from hinomi.collect.limits import Limits
from hinomi.collect.lumberjack import BrokenStream, Event, Frames, begins_like_lumberjack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.fuzz.family import Case

_LIMITS = Limits()
_CAP = _LIMITS.frame_bytes
_REFUSED = (Unreadable, TooLarge, Unsupported)
_MOST_READ = 8  # records of one body that are read as well; the families of records read more


def _texts() -> list[bytes]:
    """A few lines of each notation, for what a sender puts inside."""
    by_notation: dict[str, list[bytes]] = {}
    for sample in all_lines():
        by_notation.setdefault(notation_of(sample.raw), []).append(sample.raw)
    return [line for lines in by_notation.values() for line in lines[:: len(lines) // 6 + 1]]


def _documents() -> list[bytes]:
    return [sample.raw for sample in all_lines() if sample.raw[:1] == b"{"][::9]


def _batches(lines: Sequence[bytes], size: int = 3) -> Iterator[list[bytes]]:
    for at in range(0, len(lines), size):
        yield list(lines[at : at + size])


def _flow_samples() -> list[Sample]:
    alone = [Sample("one", datagram) for datagram in senders.flows()]
    return alone + [Sample("two", datagram) for datagram in senders.flows()[2:]]


def _read_flows(case: Case) -> None:
    """Damaged templates first, then whole datagrams of the same sender, and what waited too long.

    "two": the whole datagrams came first, so that damaged flows meet known templates."""
    now = 0.0
    flows = Flows(monotonic=lambda: now)
    whole = senders.flows()[2:]
    order = [case.raw, *whole[:2]] if case.form == "one" else [*whole, case.raw]
    frames: list[Frame] = []
    for datagram in order:
        if looks_like_flows(datagram):
            frames += flows.feed(datagram, source="s1", peer="192.0.2.1:2055")
    again = Flows(monotonic=lambda: now)
    again.recall(flows.templates())
    now = 61.0
    frames += [frame for _, frame in flows.late()]
    read_frames(frames[:_MOST_READ])


def _stream_samples() -> list[Sample]:
    lines = [b"<13>Nov 20 10:12:05 gw1 " + line for line in _texts()]
    counted = [b"".join(b"%d %s" % (len(line), line) for line in few) for few in _batches(lines)]
    ended = [end.join([*few, b""]) for few in _batches(lines) for end in (b"\n", b"\0", b"\r\n")]
    return [Sample("stream", raw) for raw in (*counted, *ended)]


def _pieces(case: Case) -> Iterator[bytes]:
    """As a network cuts a stream."""
    dice = random.Random(case.number)
    at = 0
    while at < len(case.raw):
        size = dice.choice((1, 3, 40, 1_400, 65_536))
        size = max(size, len(case.raw) // 200)
        yield case.raw[at : at + size]
        at += size


def _read_stream(case: Case) -> None:
    framer, frames, size = StreamFramer(cap=_CAP), [], 0
    for piece in _pieces(case):
        frames += framer.feed(piece)
        assert framer.held_bytes <= _CAP + 32 + 65_536
    frames += framer.close()
    size = sum(len(frame.raw) for frame in frames)
    assert size <= len(case.raw)
    read_frames(frames[:_MOST_READ])


def _gelf_samples() -> list[Sample]:
    texts = [line.decode("utf-8", "replace") for line in _texts()]
    messages = [senders.gelf(text, number) for number, text in enumerate(texts)]
    zipped = [senders.packed(message) for message in messages[::3]]
    chunked = [_joined(senders.gelf_chunks(each, size=300)) for each in (messages + zipped)[::4]]
    alone = [Sample("datagram", each) for each in messages + zipped]
    return alone + [Sample("chunks", each) for each in chunked]


def _joined(datagrams: Sequence[bytes]) -> bytes:
    return b"\r\n--\r\n".join(datagrams)


def _read_gelf(case: Case) -> None:
    """Datagrams as the port takes them: chunks gathered, then unpacked, then read; and a stream."""
    chunks = GelfChunks(monotonic=lambda: 0.0, lost=lambda count: None)
    frames: list[Frame] = []
    datagrams = case.raw.split(b"\r\n--\r\n") if case.form == "chunks" else [case.raw]
    for datagram in datagrams[:200]:
        whole: bytes | None = datagram
        if datagram.startswith(CHUNK):
            whole = chunks.feed(datagram, peer="192.0.2.1:12201")
        if whole:
            frame = plain(whole, cap=_CAP) or frame_datagram(whole, cap=_CAP)
            frames += [frame] if frame else []
    framer = StreamFramer(cap=_CAP, nul_framed=True)
    frames += framer.feed(case.raw + b"\0") + framer.close()
    read_frames(frames[:_MOST_READ])


def _lumberjack_samples() -> list[Sample]:
    found = []
    for few in _batches(_documents()):
        events = [senders.event(number, raw) for number, raw in enumerate(few, 1)]
        inside = senders.compressed(b"".join(events[1:]))
        found += [b"".join([senders.window(len(few)), *events]),
                  b"".join([senders.window(len(few)), events[0], inside])]  # fmt: skip
    return [Sample("stream", raw) for raw in found]


def _read_lumberjack(case: Case) -> None:
    begins_like_lumberjack(case.raw)
    frames, found = Frames(cap=_LIMITS.record_bytes), []
    try:
        for piece in _pieces(case):
            found += [item.frame for item in frames.feed(piece) if isinstance(item, Event)]
            assert frames.held_bytes <= len(case.raw)
    except BrokenStream:
        pass
    read_frames(found[:_MOST_READ])


def _hec_samples() -> list[Sample]:
    texts = [line.decode("utf-8", "replace") for line in _texts()]
    events = [senders.hec(text, number) for number, text in enumerate(texts)]
    between = (b"\n", b"", b" \r\n", b",")
    return [
        Sample("events", between[number % 4].join(few))
        for number, few in enumerate(_batches(events))
    ]


def _read_hec(case: Case) -> None:
    try:
        frames, bad = split_events(case.raw, limits=_LIMITS)
    except TooLarge:
        return
    assert bad is None or bad.number == len(frames)
    read_frames(frames[:_MOST_READ])


def _bulk_samples() -> list[Sample]:
    return [Sample("bulk", senders.bulk(few)) for few in _batches(_documents())]


def _read_bulk(case: Case) -> None:
    try:
        bulk = read_bulk(case.raw, limits=_LIMITS)
    except _REFUSED:
        return
    read_frames(bulk.frames[:_MOST_READ])


def _otlp_samples() -> list[Sample]:
    texts = [line.decode("utf-8", "replace") for line in _texts()]
    batches = [texts[at : at + 2] for at in range(0, len(texts), 2)]
    binary = [Sample("protobuf", senders.otlp(few)) for few in batches]
    return binary + [Sample("json", senders.otlp_json(few)) for few in batches]


def _read_otlp(case: Case) -> None:
    """Now and then by the other reader than it was written for."""
    is_json = (case.form == "json") != (case.number % 16 == 0)
    try:
        logs = (logs_of_json if is_json else logs_of_protobuf)(case.raw, limits=_LIMITS)
    except _REFUSED:
        return
    read_frames([Frame(raw) for raw in logs.records[:_MOST_READ]])


def _body_samples() -> list[Sample]:
    documents, texts = _documents(), _texts()
    lines = [Sample("application/json", b"\n".join(few)) for few in _batches(documents)]
    lists = [Sample("", b"[" + b",\n".join(few) + b"]") for few in _batches(documents)]
    names = (b"records", b"value", b"Records")
    wrapped = [
        Sample("application/json", b'{"%s":[%s]}' % (names[number % 3], b",".join(few)))
        for number, few in enumerate(_batches(documents))
    ]
    plain_texts = [Sample("text/plain", b"\r\n".join(few)) for few in _batches(texts)]
    bodies = lines + lists + wrapped + plain_texts
    return bodies + [Sample(f"{form} gzip", senders.packed(raw)) for form, raw in bodies[::3]]


def _read_body(case: Case) -> None:
    media_type, _, coding = case.form.partition(" ")
    try:
        body = decompress(case.raw, coding=coding, limits=_LIMITS)
        frames = split_body(body, media_type=media_type, limits=_LIMITS)
    except _REFUSED:
        return
    read_frames(frames[:_MOST_READ])


FAMILIES = (
    Family("flows", "NetFlow v5, v9 and IPFIX datagrams", _flow_samples, _read_flows, BINARY),
    Family("streams", "syslog over TCP: counted, by line, by NUL", _stream_samples, _read_stream),
    Family("gelf", "GELF datagrams, chunks and streams", _gelf_samples, _read_gelf,
           (*TEXT, *BINARY)),
    Family("lumberjack", "Lumberjack v2 (Beats)", _lumberjack_samples, _read_lumberjack,
           (*TEXT, *BINARY)),
    Family("hec", "Splunk HEC bodies", _hec_samples, _read_hec),
    Family("bulk", "Elasticsearch _bulk bodies", _bulk_samples, _read_bulk),
    Family("otlp", "OTLP logs, protobuf and JSON", _otlp_samples, _read_otlp, (*TEXT, *BINARY)),
    Family("bodies", "bodies of /ingest/v1/events, gzip too", _body_samples, _read_body,
           (*TEXT, *BINARY)),
)  # fmt: skip

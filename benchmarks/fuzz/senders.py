"""What senders write: flows, Lumberjack, GELF chunks, OTLP and HTTP bodies, archives."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CREATE = b'{"create":{"_index":"logs"}}\n'


def a_set(number: int, body: bytes) -> bytes:
    """A set of a v9 or IPFIX datagram."""
    return struct.pack(">HH", number, 4 + len(body)) + body


def v5(*records: bytes) -> bytes:
    """A NetFlow v5 datagram; a record has 48 bytes."""
    head = struct.pack(">HHIIIIBBH", 5, len(records), 1000, 1_700_000_000, 9, 5, 1, 2, 100)
    return head + b"".join(records)


def v9(*sets: bytes, domain: int = 7) -> bytes:
    """A NetFlow v9 datagram."""
    return struct.pack(">HHIIII", 9, len(sets), 1000, 1_700_000_000, 5, domain) + b"".join(sets)


def ipfix(*sets: bytes, domain: int = 7) -> bytes:
    """An IPFIX datagram."""
    body = b"".join(sets)
    return struct.pack(">HHIII", 10, 16 + len(body), 1_700_000_000, 5, domain) + body


def template(number: int, fields: Sequence[tuple[int, int]]) -> bytes:
    """A template of (element, length)."""
    pairs = b"".join(struct.pack(">HH", *field) for field in fields)
    return struct.pack(">HH", number, len(fields)) + pairs


def window(count: int) -> bytes:
    """Lumberjack: so many events follow."""
    return b"2W" + struct.pack(">I", count)


def event(sequence: int, raw: bytes) -> bytes:
    """Lumberjack: one JSON event."""
    return b"2J" + struct.pack(">II", sequence, len(raw)) + raw


def compressed(inner: bytes) -> bytes:
    """Lumberjack: events in a compressed frame."""
    packed = zlib.compress(inner)
    return b"2C" + struct.pack(">I", len(packed)) + packed


def gelf_chunks(message: bytes, *, name: bytes = b"12345678", size: int = 100) -> list[bytes]:
    """A GELF message as the datagrams it is cut into."""
    parts = [message[at : at + size] for at in range(0, len(message), size)]
    return [
        b"\x1e\x0f" + name + bytes([number, len(parts)]) + part for number, part in enumerate(parts)
    ]


def flows() -> list[bytes]:
    """Datagrams one behind the other, each with its length before it: templates, then flows."""
    plain = [(8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (1, 4), (2, 4), (21, 4), (22, 4)]
    modern = [(27, 16), (28, 16), (152, 8), (153, 8), (6, 2), (10, 4), (82, 8), (225, 4), (61, 1)]
    record = bytes(range(1, 1 + sum(length for _, length in plain)))
    wide = bytes(range(sum(length for _, length in modern)))
    options = struct.pack(">HHHHHHH", 257, 4, 4, 1, 4, 34, 4)
    ipfix_options = struct.pack(">HHHHHHH", 258, 2, 1, 149, 4, 34, 4)
    own = struct.pack(">HHHHIHHHH", 300, 3, 0x8000 | 95, 0xFFFF, 9, 8, 4, 8, 4)
    named = b"\x02hi" + b"\1\2\3\4\5\6\7\x08" + b"\xff\0\x05names" + b"\1\2\3\4\5\6\7\x08"
    return [
        v5(bytes(range(48))),
        v5(*[bytes(range(n, n + 48)) for n in range(30)]),
        v9(a_set(0, template(256, plain)), a_set(256, record * 3 + b"\0\0")),
        v9(a_set(256, record), a_set(0, template(256, plain) + template(259, modern))),
        v9(a_set(1, options), a_set(257, b"\0\0\0\1\0\0\0\x64")),
        ipfix(a_set(2, template(256, modern)), a_set(256, wide * 2)),
        ipfix(a_set(2, own), a_set(300, named)),
        ipfix(a_set(3, ipfix_options), a_set(258, b"\0\0\0\1\0\0\0\x64"), a_set(256, wide)),
        ipfix(a_set(2, template(400, [(96, 0xFFFF), (371, 0xFFFF)])), a_set(400, b"\x03web\x01u")),
    ]


def otlp(lines: Sequence[str]) -> bytes:
    """An ExportLogsServiceRequest in protobuf with a record for each line."""
    sender = _message((1, _pair("host.name", "pc-1")), (1, _pair("service.name", "office")))
    records = [
        (2, _message((5, _text(line)), (3, b"WARN"), (6, _pair("log.file.path", "/var/log/x")),
                     (6, _tree("of", line)), (9, b"\x01" * 16)))
        for line in lines
    ]  # fmt: skip
    scope = _message((1, _message((1, b"receiver"), (2, b"1.0"))), *records)
    return _message((1, _message((1, sender), (2, scope))))


def otlp_json(lines: Sequence[str]) -> bytes:
    """The same in JSON."""
    records = [
        {
            "timeUnixNano": "1795110253000000000",
            "severityNumber": 13,
            "body": {"kvlistValue": {"values": [
                {"key": "line", "value": {"stringValue": line}},
                {"key": "count", "value": {"intValue": "-7"}},
                {"key": "all", "value": {"arrayValue": {"values": [{"boolValue": True}]}}}]}},
            "attributes": [{"key": "raw", "value": {"bytesValue": "AQ=="}}],
        }
        for line in lines
    ]  # fmt: skip
    resource = {"attributes": [{"key": "host.name", "value": {"stringValue": "pc-1"}}]}
    scopes = [{"scope": {"name": "receiver"}, "logRecords": records}]
    logs = {"resourceLogs": [{"resource": resource, "scopeLogs": scopes}]}
    return json.dumps(logs, ensure_ascii=False).encode()


def gelf(line: str, number: int) -> bytes:
    """One GELF message."""
    told = {"version": "1.1", "host": "gw-1", "short_message": line, "timestamp": 1795110253.25,
            "level": number % 8, "_facility": "auth", "_pid": number}  # fmt: skip
    return json.dumps(told, ensure_ascii=False).encode()


def hec(line: str, number: int) -> bytes:
    """One event of Splunk's collector; every third holds a tree."""
    event: object = {"line": line, "n": [number]} if number % 3 == 0 else line
    told = {"event": event, "host": "pc-1", "time": 1795110253.5, "sourcetype": "syslog"}
    return json.dumps(told, ensure_ascii=False).encode()


def bulk(documents: Sequence[bytes]) -> bytes:
    """A `_bulk` body: create, index, update and delete."""
    actions = (CREATE, b'{"index":{"_index":"a","_id":"7"}}\n', b'{"update":{"_id":1}}\n')
    pairs = [actions[n % 3] + document + b"\n" for n, document in enumerate(documents)]
    return b"".join([*pairs, b'{"delete":{"_id":"9"}}\n'])


def packed(body: bytes) -> bytes:
    """As most shippers send it."""
    return gzip.compress(body, mtime=0)


def unzipped(raw: bytes) -> dict[str, bytes]:
    """The members of a zip by name."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {item.filename: archive.read(item) for item in archive.infolist()}


def zipped(members: dict[str, bytes]) -> bytes:
    """Not compressed, so that what is damaged is what is read."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _message(*fields: tuple[int, bytes]) -> bytes:
    return b"".join(bytes([number << 3 | 2]) + _size(data) + data for number, data in fields)


def _text(text: str) -> bytes:
    return _message((1, text.encode()))


def _pair(key: str, value: str) -> bytes:
    return _message((1, key.encode()), (2, _text(value)))


def _tree(key: str, value: str) -> bytes:
    inner = _message((6, _message((1, _pair("line", value)), (1, _pair("b", "2")))))
    return _message((1, key.encode()), (2, _message((5, _message((1, inner), (1, _text("x")))))))


def _size(data: bytes) -> bytes:
    left, out = len(data), bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes(out) + bytes([left])

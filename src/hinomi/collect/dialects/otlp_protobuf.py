"""OTLP logs in protobuf → one JSON record per log record, and the answers' few bytes. Pure.

A reader of our own: the protobuf runtime would cost collect 20 MB for four message types. It reads
what opentelemetry-proto 1.x defines and passes over fields it does not know.
"""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING

import msgspec

from hinomi.collect.body import Unreadable
from hinomi.collect.dialects.otlp_json import MAX_DEPTH, Broken, Json, Logs, with_origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hinomi.collect.limits import Limits

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_DOUBLE = struct.Struct("<d")
_UINT64 = struct.Struct("<Q")
_UINT32 = struct.Struct("<I")
Value = int | bytes


def logs_of_protobuf(body: bytes, *, limits: Limits) -> Logs:
    """Unreadable when the frames around the log records are broken; a broken record is counted."""
    logs = Logs(limits)
    try:
        for number, resource_logs in _fields(body):
            if number == 1:
                _add_resource(_bytes(resource_logs), logs)
    except Broken as error:
        raise Unreadable(
            f"the body is no ExportLogsServiceRequest: {error}",
            advice="Send OTLP logs as protobuf, whole.",
        ) from error
    return logs


def partial_success(rejected: int, message: str) -> bytes:
    """ExportLogsServiceResponse with its partial_success."""
    inner = b"\x08" + _varint(rejected) + _text_field(2, message)
    return b"\x0a" + _varint(len(inner)) + inner


def status(code: int, message: str) -> bytes:
    """google.rpc.Status."""
    return b"\x08" + _varint(code) + _text_field(2, message)


def _add_resource(data: bytes, logs: Logs) -> None:
    resource: dict[str, Json] = {}
    scopes: list[bytes] = []
    for number, value in _fields(data):
        if number == 1:
            resource = _described(_bytes(value), {1: ""})
        elif number == 2:
            scopes.append(_bytes(value))
    for scope_logs in scopes:
        _add_scope(scope_logs, resource, logs)


def _add_scope(data: bytes, resource: dict[str, Json], logs: Logs) -> None:
    scope: dict[str, Json] = {}
    records: list[bytes] = []
    for number, value in _fields(data):
        if number == 1:
            scope = _described(_bytes(value), {1: "name", 2: "version", 3: ""})
        elif number == 2:
            records.append(_bytes(value))
    for record in records:
        try:
            logs.add(with_origin(_record(record), resource, scope))
        except (Broken, msgspec.EncodeError):
            logs.rejected += 1


def _described(data: bytes, names: dict[int, str]) -> dict[str, Json]:
    """A resource or a scope; the field called "" holds its attributes."""
    plain: dict[str, Json] = {}
    attributes: dict[str, Json] = {}
    for number, value in _fields(data):
        name = names.get(number)
        if name == "":
            attributes |= _pair(_bytes(value), 0)
        elif name:
            plain[name] = _text(value)
    return ({"attributes": attributes} if attributes else {}) | plain


# LogRecord: number → (name in OTLP's JSON, how it is written there)
_RECORD: dict[int, tuple[str, Callable[[Value], Json]]] = {
    1: ("timeUnixNano", lambda value: str(_number(value))),
    2: ("severityNumber", lambda value: _number(value)),
    3: ("severityText", lambda value: _text(value)),
    5: ("body", lambda value: _any(_bytes(value), 0)),
    8: ("flags", lambda value: _number(value)),
    9: ("traceId", lambda value: _bytes(value).hex()),
    10: ("spanId", lambda value: _bytes(value).hex()),
    11: ("observedTimeUnixNano", lambda value: str(_number(value))),
    12: ("eventName", lambda value: _text(value)),
}


def _record(data: bytes) -> dict[str, Json]:
    plain: dict[str, Json] = {}
    attributes: dict[str, Json] = {}
    for number, value in _fields(data):
        if number == 6:
            attributes |= _pair(_bytes(value), 0)
        elif number in _RECORD:
            name, read = _RECORD[number]
            plain[name] = read(value)
    return ({"attributes": attributes} if attributes else {}) | plain


def _pair(data: bytes, depth: int) -> dict[str, Json]:
    key, value = "", b""
    for number, part in _fields(data):
        if number == 1:
            key = _text(part)
        elif number == 2:
            value = _bytes(part)
    return {key: _any(value, depth + 1)}


def _any(data: bytes, depth: int) -> Json:
    if depth > MAX_DEPTH:
        raise Broken("values nested too deeply")
    found: Json = None
    for number, value in _fields(data):
        if number == 1:
            found = _text(value)
        elif number == 2:
            found = bool(_number(value))
        elif number == 3:
            found = _signed(value)
        elif number == 4:
            found = _double(value)
        elif number == 5:
            found = [_any(_bytes(each), depth + 1) for n, each in _fields(_bytes(value)) if n == 1]
        elif number == 6:
            found = {}
            for inner, pair in _fields(_bytes(value)):
                found |= _pair(_bytes(pair), depth) if inner == 1 else {}
        elif number == 7:
            found = base64.b64encode(_bytes(value)).decode()
    return found


def _fields(data: bytes) -> Iterator[tuple[int, Value]]:
    """(field number, value) in order; fixed numbers as unsigned, lengths checked."""
    at, end = 0, len(data)
    while at < end:
        tag, at = _read_varint(data, at)
        kind = tag & 7
        if kind == _BYTES:
            size, at = _read_varint(data, at)
            if size > end - at:
                raise Broken("a length reaches past the end")
            yield tag >> 3, data[at : at + size]
            at += size
        elif kind == _VARINT:
            value, at = _read_varint(data, at)
            yield tag >> 3, value
        elif kind in (_FIXED64, _FIXED32):
            layout = _UINT64 if kind == _FIXED64 else _UINT32
            if layout.size > end - at:
                raise Broken("a number reaches past the end")
            yield tag >> 3, layout.unpack_from(data, at)[0]
            at += layout.size
        else:
            raise Broken(f"wire type {kind}")


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70 and at < len(data):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
    raise Broken("a number without an end")


def _bytes(value: Value) -> bytes:
    if isinstance(value, bytes):
        return value
    raise Broken("bytes were expected")


def _text(value: Value) -> str:
    """Senders do put other bytes into texts; they stay visible."""
    return _bytes(value).decode("utf-8", "backslashreplace")


def _number(value: Value) -> int:
    if isinstance(value, int):
        return value
    raise Broken("a number was expected")


def _signed(value: Value) -> int:
    number = _number(value)
    return number - (1 << 64) if number >> 63 else number


def _double(value: Value) -> float:
    return float(_DOUBLE.unpack(_UINT64.pack(_number(value)))[0])


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _text_field(number: int, text: str) -> bytes:
    data = text.encode()
    return _varint(number << 3 | _BYTES) + _varint(len(data)) + data

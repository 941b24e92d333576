"""OTLP logs in JSON → one JSON record per log record. Pure.

Attributes, which OTLP writes as lists of typed pairs, become plain objects: `"attributes":
{"host.name": "pc-1"}`. Times stay as they are written, in nanoseconds.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from hinomi.collect.body import TooLarge, Unreadable

if TYPE_CHECKING:
    from hinomi.collect.limits import Limits

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
MAX_DEPTH = 24
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, object]).decode


@dataclass(slots=True)
class Logs:
    """What a request held: readable records as JSON, and how many were not."""

    limits: Limits
    records: list[bytes] = field(default_factory=list)
    rejected: int = 0
    _bytes: int = 0

    def add(self, record: dict[str, Json]) -> None:
        """TooLarge beyond the limits: each record repeats its resource, which may be large."""
        raw = _encode(record)
        self._bytes += len(raw)
        if len(self.records) == self.limits.body_records or self._bytes > self.limits.queue_bytes:
            raise TooLarge("too many log records in one request", advice="Send smaller batches.")
        self.records.append(raw)


class Broken(ValueError):
    """This part is not what OTLP says it is."""


def logs_of_json(body: bytes, *, limits: Limits) -> Logs:
    """Unreadable when the body is no ExportLogsServiceRequest."""
    logs = Logs(limits)
    try:
        for resource_logs in _list(_decode(body or b"{}"), "resourceLogs"):
            _add_resource(_object(resource_logs), logs)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Broken) as error:
        raise Unreadable(
            f"the body is no ExportLogsServiceRequest: {error}", advice="Send OTLP logs as JSON."
        ) from error
    return logs


def _add_resource(resource_logs: dict[str, object], logs: Logs) -> None:
    resource = _described(_object(resource_logs.get("resource") or {}))
    for scope_logs in _list(resource_logs, "scopeLogs"):
        scope = _described(_object(_object(scope_logs).get("scope") or {}))
        for record in _list(_object(scope_logs), "logRecords"):
            try:
                logs.add(with_origin(_plain_record(_object(record)), resource, scope))
            except (Broken, msgspec.EncodeError):
                logs.rejected += 1


def with_origin(
    record: dict[str, Json], resource: dict[str, Json], scope: dict[str, Json]
) -> dict[str, Json]:
    """The record with where it comes from; what is empty is left out."""
    origin: dict[str, Json] = {"resource": resource} if resource else {}
    return record | origin | ({"scope": scope} if scope else {})


def _described(thing: dict[str, object]) -> dict[str, Json]:
    """A resource or a scope."""
    plain: dict[str, Json] = {
        name: _value_as_it_is(value) for name, value in thing.items() if name != "attributes"
    }
    attributes = _attributes(thing.get("attributes"))
    return ({"attributes": attributes} if attributes else {}) | plain


def _plain_record(record: dict[str, object]) -> dict[str, Json]:
    plain = _described({name: value for name, value in record.items() if name != "body"})
    if record.get("body") is not None:
        plain["body"] = _any(_object(record["body"]), 0)
    return plain


def _value_as_it_is(value: object) -> Json:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise Broken("a plain value was expected")


def _attributes(pairs: object, depth: int = 0) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for pair in _list({"": pairs}, ""):
        key = _object(pair).get("key")
        if not isinstance(key, str):
            raise Broken("an attribute without a key")
        found[key] = _any(_object(_object(pair).get("value") or {}), depth + 1)
    return found


def _any(value: dict[str, object], depth: int) -> Json:
    if depth > MAX_DEPTH:
        raise Broken("values nested too deeply")
    for name, inner in value.items():
        if name == "arrayValue":
            return [_any(_object(each), depth + 1) for each in _list(_object(inner), "values")]
        if name == "kvlistValue":
            return _attributes(_object(inner).get("values"), depth)
        if name == "bytesValue":
            return _checked_base64(inner)
        if name == "intValue":
            return _whole(inner)
        return _value_as_it_is(inner)
    return None


def _whole(value: object) -> Json:
    """64-bit numbers come as text."""
    try:
        return int(value) if isinstance(value, str) else _value_as_it_is(value)
    except ValueError as error:
        raise Broken("intValue is no number") from error


def _checked_base64(value: object) -> Json:
    try:
        base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Broken("bytesValue is no base64") from error
    return str(value)


def _list(thing: dict[str, object], name: str) -> list[object]:
    value = thing.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Broken(f"{name} is no list")
    return value


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Broken("an object was expected")
    return value

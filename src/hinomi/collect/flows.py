"""NetFlow v5, v9 and IPFIX datagrams → one record per flow. Framing only: nothing is named here.

A v9 or IPFIX datagram cannot be split without the templates its sender sent earlier, so these are
kept here, per source, sender and observation domain; a record then carries everything needed to
read it alone: {"netflow": 9, "export_time": …, "fields": {"8": "c0000201", …}}, element number →
bytes in hex. Flows that come before their template wait for it; after a minute, or when too many
wait, they are kept as they are, to be set aside where they are seen.
"""

from __future__ import annotations

import json
import struct
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.collect.framing import Frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_V5_HEAD = struct.Struct(">HHIIIIBBH")
_V5_RECORD = 48
_V9_HEAD = struct.Struct(">HHIIII")
_IPFIX_HEAD = struct.Struct(">HHIII")
_SET_HEAD = struct.Struct(">HH")
_PAIR = struct.Struct(">HH")
_OPTIONS_HEAD = struct.Struct(">HHH")
_ENTERPRISE = 0x8000
_VARIABLE = 0xFFFF
_FIRST_DATA_SET = 256
_WAIT_S = 60.0
_MOST_TEMPLATES = 512  # per source and sender
_MOST_EXPORTERS = 2_000
_MOST_WAITING = 256 * 1024  # bytes of sets without a template, per source and sender

Template = tuple[tuple[str, int], ...]  # (element, length) in order; 65535: the record tells
# source, sender, version, domain, number, (element, length) in order
Learnt = tuple[str, str, int, int, int, list[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class _Head:
    """What a record repeats of its datagram's header."""

    version: int
    told: dict[str, int]
    domain: int


@dataclass(frozen=True, slots=True)
class _Waiting:
    head: _Head
    template: int
    data: bytes
    since: float


@dataclass(slots=True)
class _Exporter:
    """What one sender of one source taught, and what waits for more."""

    templates: dict[tuple[int, int, int], Template] = field(default_factory=dict)
    waiting: deque[_Waiting] = field(default_factory=deque)
    waiting_bytes: int = 0


class Broken(ValueError):
    """The datagram is not what its version says."""


def looks_like_flows(datagram: bytes) -> bool:
    """Version and length agree. No text begins with a zero byte."""
    if len(datagram) < 20 or datagram[0] != 0:
        return False
    version, count = int.from_bytes(datagram[:2]), int.from_bytes(datagram[2:4])
    if version == 5:
        return len(datagram) == _V5_HEAD.size + count * _V5_RECORD and count > 0
    return version == 9 or (version == 10 and count == len(datagram))


class Flows:
    """Templates of all senders. `monotonic` gives seconds."""

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._exporters: dict[tuple[str, str], _Exporter] = {}
        self.changes = 0  # grows with each template learnt

    def feed(self, datagram: bytes, *, source: str, peer: str) -> list[Frame]:
        """The flows that can be told apart now. A broken datagram is kept whole besides."""
        frames: list[Frame] = []
        try:
            for frame in self._read(datagram, source, peer):
                frames.append(frame)  # those before the fault must not be lost
        except (Broken, struct.error):
            frames.append(_frame({"netflow": datagram[1], "datagram": datagram.hex()}))
        return frames

    def templates(self) -> list[Learnt]:
        """All that was taught, to be kept over a restart: exporters repeat it only now and then."""
        return [
            (source, peer, *key, list(template))
            for (source, peer), exporter in self._exporters.items()
            for key, template in exporter.templates.items()
        ]

    def recall(self, templates: Iterable[Learnt]) -> None:
        """What `templates` gave before."""
        for source, peer, version, domain, number, template in templates:
            exporter = self._exporter(source, peer)
            exporter.templates[version, domain, number] = tuple(
                (element, length) for element, length in template
            )

    def late(self) -> Iterator[tuple[str, Frame]]:
        """(source, record) of sets whose template did not come."""
        horizon = self._monotonic() - _WAIT_S
        for (source, _), exporter in self._exporters.items():
            while exporter.waiting and exporter.waiting[0].since <= horizon:
                yield source, _give_up(exporter)

    def _read(self, datagram: bytes, source: str, peer: str) -> Iterator[Frame]:
        version = datagram[1]
        if version == 5:
            yield from _read_v5(datagram)
            return
        exporter = self._exporter(source, peer)
        if version == 9:
            _, _, uptime, seconds, sequence, domain = _V9_HEAD.unpack_from(datagram)
            told = {"uptime_ms": uptime, "export_time": seconds, "sequence": sequence}
            at = _V9_HEAD.size
        else:
            _, _, seconds, sequence, domain = _IPFIX_HEAD.unpack_from(datagram)
            told = {"export_time": seconds, "sequence": sequence}
            at = _IPFIX_HEAD.size
        head = _Head(version, told, domain)
        while at + _SET_HEAD.size <= len(datagram):
            number, length = _SET_HEAD.unpack_from(datagram, at)
            if length < _SET_HEAD.size or at + length > len(datagram):
                raise Broken("a set reaches past the end")
            body = datagram[at + _SET_HEAD.size : at + length]
            yield from self._read_set(exporter, head, number, body)
            at += length

    def _read_set(
        self, exporter: _Exporter, head: _Head, number: int, body: bytes
    ) -> Iterator[Frame]:
        teach = _TEMPLATES.get((head.version, number))
        if teach is not None:
            for template, fields in teach(body):
                self.changes += _learn(exporter, head, template, fields)
            yield from _no_longer_waiting(exporter)
        elif number >= _FIRST_DATA_SET:
            known = exporter.templates.get((head.version, head.domain, number))
            if known is None:
                waiting = _Waiting(head, number, body, self._monotonic())
                yield from _wait(exporter, waiting)
            else:
                yield from _records(head, number, known, body)

    def _exporter(self, source: str, peer: str) -> _Exporter:
        key = (source, peer)
        exporter = self._exporters.pop(key, None) or _Exporter()
        self._exporters[key] = exporter  # the one unused longest comes first
        if len(self._exporters) > _MOST_EXPORTERS:
            del self._exporters[next(iter(self._exporters))]
        return exporter


def _read_v5(datagram: bytes) -> Iterator[Frame]:
    head = _V5_HEAD.unpack_from(datagram)
    told = {
        "netflow": 5,
        "export_time": head[3],
        "export_nanos": head[4],
        "uptime_ms": head[2],
        "sequence": head[5],
        "engine": head[6] << 8 | head[7],
        "sampling": head[8],
    }
    for at in range(_V5_HEAD.size, len(datagram), _V5_RECORD):
        yield _frame(told | {"record": datagram[at : at + _V5_RECORD].hex()})


def _learn(exporter: _Exporter, head: _Head, number: int, fields: Template) -> bool:
    """True when it says something new."""
    key = (head.version, head.domain, number)
    before = exporter.templates.pop(key, ())
    if fields:  # else it is withdrawn
        exporter.templates[key] = fields
    if len(exporter.templates) > _MOST_TEMPLATES:
        del exporter.templates[next(iter(exporter.templates))]
    return before != fields


def _wait(exporter: _Exporter, waiting: _Waiting) -> Iterator[Frame]:
    exporter.waiting.append(waiting)
    exporter.waiting_bytes += len(waiting.data)
    while exporter.waiting_bytes > _MOST_WAITING:
        yield _give_up(exporter)


def _give_up(exporter: _Exporter) -> Frame:
    waiting = exporter.waiting.popleft()
    exporter.waiting_bytes -= len(waiting.data)
    told = _told(waiting.head, waiting.template)
    return _frame(told | {"without_template": waiting.data.hex()})


def _no_longer_waiting(exporter: _Exporter) -> Iterator[Frame]:
    for _ in range(len(exporter.waiting)):
        waiting = exporter.waiting.popleft()
        key = (waiting.head.version, waiting.head.domain, waiting.template)
        known = exporter.templates.get(key)
        if known is None:
            exporter.waiting.append(waiting)
            continue
        exporter.waiting_bytes -= len(waiting.data)
        yield from _records(waiting.head, waiting.template, known, waiting.data)


def _records(head: _Head, number: int, template: Template, body: bytes) -> Iterator[Frame]:
    """Each record of a set; what is left, shorter than a record, is padding."""
    told = _told(head, number)
    least = sum(length if length != _VARIABLE else 1 for _, length in template)
    at = 0
    while least and len(body) - at >= least:
        fields, at = _fields(template, body, at)
        yield _frame(told | {"fields": fields})


def _fields(template: Template, body: bytes, at: int) -> tuple[dict[str, str], int]:
    fields: dict[str, str] = {}
    for element, length in template:
        if length == _VARIABLE:
            length, at = _variable(body, at)
        if at + length > len(body):
            raise Broken("a record reaches past the end of its set")
        name = element
        while name in fields:  # an element may stand twice, e.g. two MPLS labels
            name += "+"
        fields[name] = body[at : at + length].hex()
        at += length
    return fields, at


def _variable(body: bytes, at: int) -> tuple[int, int]:
    if at >= len(body):
        raise Broken("a length reaches past the end of its set")
    if body[at] < 255:
        return body[at], at + 1
    if at + 3 > len(body):
        raise Broken("a length reaches past the end of its set")
    return int.from_bytes(body[at + 1 : at + 3]), at + 3


def _v9_templates(body: bytes) -> Iterator[tuple[int, Template]]:
    at = 0
    while at + _PAIR.size <= len(body):
        number, count = _PAIR.unpack_from(body, at)
        if number < _FIRST_DATA_SET:
            return  # padding
        at += _PAIR.size
        yield number, _plain_fields(body, at, count)
        at += count * _PAIR.size


def _v9_options(body: bytes) -> Iterator[tuple[int, Template]]:
    at = 0
    while at + _OPTIONS_HEAD.size <= len(body):
        number, scope, options = _OPTIONS_HEAD.unpack_from(body, at)
        if number < _FIRST_DATA_SET:
            return
        at += _OPTIONS_HEAD.size
        scopes = _plain_fields(body, at, scope // _PAIR.size)
        at += scope
        fields = _plain_fields(body, at, options // _PAIR.size)
        at += options
        yield number, (*((f"scope{element}", length) for element, length in scopes), *fields)


def _plain_fields(body: bytes, at: int, count: int) -> Template:
    if at + count * _PAIR.size > len(body):
        raise Broken("a template reaches past the end")
    pairs = (_PAIR.unpack_from(body, at + index * _PAIR.size) for index in range(count))
    return tuple((str(element), length) for element, length in pairs)


def _ipfix_templates(body: bytes) -> Iterator[tuple[int, Template]]:
    at = 0
    while at + _PAIR.size <= len(body):
        number, count = _PAIR.unpack_from(body, at)
        if number < _FIRST_DATA_SET:
            return
        fields, at = _ipfix_fields(body, at + _PAIR.size, count)
        yield number, fields


def _ipfix_options(body: bytes) -> Iterator[tuple[int, Template]]:
    at = 0
    while at + _PAIR.size <= len(body):
        number, count = _PAIR.unpack_from(body, at)
        if number < _FIRST_DATA_SET:
            return
        # A withdrawal has no scope count.
        fields, at = _ipfix_fields(body, at + (_OPTIONS_HEAD.size if count else 4), count)
        yield number, fields


def _ipfix_fields(body: bytes, at: int, count: int) -> tuple[Template, int]:
    fields = []
    for _ in range(count):
        element, length = _PAIR.unpack_from(body, at)
        at += _PAIR.size
        name = str(element)
        if element & _ENTERPRISE:
            name = f"{int.from_bytes(body[at : at + 4])}.{element & ~_ENTERPRISE}"
            at += 4
        fields.append((name, length))
    if at > len(body):
        raise Broken("a template reaches past the end")
    return tuple(fields), at


_TEMPLATES: dict[tuple[int, int], Callable[[bytes], Iterator[tuple[int, Template]]]] = {
    (9, 0): _v9_templates,
    (9, 1): _v9_options,
    (10, 2): _ipfix_templates,
    (10, 3): _ipfix_options,
}


def _told(head: _Head, template: int) -> dict[str, object]:
    return {"netflow": head.version, **head.told, "domain": head.domain, "template": template}


def _frame(told: dict[str, object] | dict[str, int]) -> Frame:
    return Frame(json.dumps(told, separators=(",", ":")).encode())

"""What a shipper wrapped around somebody else's line: Beats, HEC, OTLP, GELF, rsyslog, Fluent.

The line inside is what formats read; host and time outside serve where it has none, and the rest of
the wrapping stays beside it as `carrier.*`. Only known wrappings are taken off: a JSON record of an
application may have a `message` too, and is that application's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import orjson

from hinomi.core.errors import NotThisFormat
from hinomi.normalise.otel_windows import event_of_body
from hinomi.normalise.scanners.tree import flatten, load_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hinomi.normalise.format import Fields
    from hinomi.normalise.scanners.tree import Tree

_PREFIX = "carrier."
_HEC = frozenset({"time", "host", "source", "sourcetype", "index", "event", "fields"})
_OTLP = frozenset({"timeUnixNano", "observedTimeUnixNano", "resource", "scope", "severityNumber"})
_FLUENT = frozenset({"log", "stream", "time", "date", "kubernetes", "_p", "logtag"})


class Carried(NamedTuple):
    """The line inside, and what the outside says of it."""

    text: str
    host: str
    program: str
    time: str
    fields: Fields  # all else, as `carrier.*`


class _Wrapping(NamedTuple):
    """How one shipper wraps: when it did, where the line is, and where host, program and time."""

    applies: Callable[[Tree], bool]
    inside: tuple[str, ...]
    host: tuple[str, ...] = ()
    program: tuple[str, ...] = ()
    time: tuple[str, ...] = ()


_WRAPPINGS = (
    _Wrapping(
        lambda tree: "event" in tree and tree.keys() <= _HEC,
        inside=("event",),
        host=("host",),
        time=("time",),
    ),
    _Wrapping(
        lambda tree: "body" in tree and not _OTLP.isdisjoint(tree),
        inside=("body",),
        host=("resource.attributes.host.name", "attributes.host.name"),
        program=("attributes.process.executable.name",),
        time=("timeUnixNano", "observedTimeUnixNano"),
    ),
    _Wrapping(
        lambda tree: "short_message" in tree and "host" in tree,
        inside=("full_message", "short_message"),
        host=("host",),
        program=("_application_name", "_process_name", "_program"),
        time=("timestamp",),
    ),
    _Wrapping(
        lambda tree: "message" in tree and ("agent" in tree or "beat" in tree),
        inside=("message", "event.original"),
        host=("host.name", "host.hostname", "agent.hostname", "beat.hostname"),
        program=("process.name",),
        time=("@timestamp",),
    ),
    _Wrapping(
        lambda tree: "message" in tree and not {"programname", "syslogtag"}.isdisjoint(tree),
        inside=("message",),
        host=("hostname", "host", "fromhost"),
        program=("programname", "syslogtag"),
        time=("timereported", "timestamp", "@timestamp", "timegenerated"),
    ),
    _Wrapping(lambda tree: "log" in tree and tree.keys() <= _FLUENT, inside=("log",)),
)


def carried(text: str) -> Carried | None:
    """None when the text is no wrapping we know, or nothing is in it."""
    if text[:1] != "{":
        return None
    try:
        tree = load_object(text)
    except NotThisFormat:
        return None
    wrapping = next((each for each in _WRAPPINGS if each.applies(tree)), None)
    return _unwrapped(tree, wrapping) if wrapping else None


def _unwrapped(tree: Tree, wrapping: _Wrapping) -> Carried | None:
    for name in wrapping.inside:
        inner = _at(tree, name)
        inside = inner if isinstance(inner, str) else _as_text(inner)
        if inside.strip():
            outside = flatten({key: value for key, value in tree.items() if key != name})
            fields = {_PREFIX + key: value for key, value in outside.items() if key}
            return Carried(
                text=inside.rstrip("\r\n"),
                host=_first(outside, wrapping.host),
                program=_first(outside, wrapping.program).rstrip(":"),
                time=_first(outside, wrapping.time),
                fields=fields,
            )
    return None


def _at(tree: Tree, name: str) -> object:
    found = tree.get(name)
    if found is None and "." in name:
        head, _, rest = name.partition(".")
        inner = tree.get(head)
        return inner.get(rest) if isinstance(inner, dict) else None
    return found


def _as_text(value: object) -> str:
    if not isinstance(value, dict) or not value:
        return ""
    return orjson.dumps(event_of_body(value) or value).decode()


def _first(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")

"""Proves a definition on its own tests, and makes tests from lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hinomi.core.records import Event, RawRecord
from hinomi.core.words import ThreatKind, TimeNote
from hinomi.normalise.learned.build import build
from hinomi.normalise.learned.definition import Example, Gives
from hinomi.normalise.learned.reader import read_with

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hinomi.core.records import SetAside
    from hinomi.normalise.format import Format
    from hinomi.normalise.learned.definition import Definition

# Tests must give the same in any year: a line without a year is read as if it came then.
_RECEIVED = datetime(2036, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fault:
    """A test that does not give what it must. `test` counts from 1; `name` is the field, or time,
    disposition, verdict, or "" when the line is not read at all."""

    test: int
    name: str
    wanted: str
    got: str


def read_sample(form: Format, line: str, *, receive: datetime = _RECEIVED) -> Event | SetAside:
    """The line as the worker would read it, in Japan's zone."""
    raw = RawRecord(
        "-", "-", "-", form.name, "Asia/Tokyo", receive, line.encode("utf-8", "replace")
    )
    return read_with(form, raw)


def prove(definition: Definition) -> list[Fault]:
    """All faults of all tests; none: the definition gives what it promises."""
    form = build(definition, id="test")
    faults: list[Fault] = []
    for number, example in enumerate(definition.tests, 1):
        faults += _faults(number, example, read_sample(form, example.line))
    return faults


def examples_of(definition: Definition, lines: Iterable[str]) -> tuple[Example, ...]:
    """Tests that say what these lines give now; lines that are not read make none."""
    form = build(definition, id="test")
    events = ((line, read_sample(form, line)) for line in lines)
    return tuple(Example(line, _gives(event)) for line, event in events if isinstance(event, Event))


def coverage(definition: Definition, lines: Sequence[str]) -> tuple[list[Event | SetAside], int]:
    """What each line gives, and how many of a hundred are read."""
    form = build(definition, id="test")
    read = [read_sample(form, line) for line in lines]
    known = sum(isinstance(each, Event) for each in read)
    return read, 100 * known // max(len(read), 1)


def _gives(event: Event) -> Gives:
    fields = {
        name: value
        for name, value in event.fields.items()
        if not name.startswith(("learned.", "verdict."))
    }
    has_time = event.time_note not in (TimeNote.RECEIVED, TimeNote.NO_YEAR, TimeNote.FUTURE)
    kind = event.fields.get("verdict.kind")
    return Gives(
        fields=fields,
        time=event.event_time.isoformat() if has_time else "",
        disposition=event.disposition,
        verdict=ThreatKind(kind) if kind else None,
    )


def _faults(number: int, example: Example, got: Event | SetAside) -> list[Fault]:
    if not isinstance(got, Event):
        return [Fault(number, "", "", got.detail)]
    now, wanted = _gives(got), example.gives
    pairs = [(name, value, now.fields.get(name, "")) for name, value in wanted.fields.items()]
    if wanted.time:
        pairs.append(("time", wanted.time, now.time))
    pairs.append(("disposition", wanted.disposition.value, now.disposition.value))
    pairs.append(("verdict", str(wanted.verdict or ""), str(now.verdict or "")))
    return [Fault(number, name, want, have) for name, want, have in pairs if want != have]

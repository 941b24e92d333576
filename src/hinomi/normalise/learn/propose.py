"""Lines of a device nobody told us about → a definition to look at and correct.

Nothing here is final: what the device's words mean is a proposal until a person confirms it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Line
from hinomi.normalise.header import Header, read_header
from hinomi.normalise.learn.contents import agreed, role_of_values
from hinomi.normalise.learn.labels import role_of_label
from hinomi.normalise.learn.notation import columns_of, layout_of
from hinomi.normalise.learn.sentences import templates_of
from hinomi.normalise.learn.words import (
    disposition_of_sentence,
    disposition_of_value,
    is_threat_name,
    kind_of_text,
)
from hinomi.normalise.learned import times
from hinomi.normalise.learned.build import read_native
from hinomi.normalise.learned.definition import (
    Definition,
    Field,
    Judgement,
    Layout,
    Outcomes,
    Time,
    is_usable,
)
from hinomi.normalise.learned.roles import TIME_ROLE
from hinomi.normalise.learned.template import BadTemplate, read_template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST_LINES = 2_000
_MOST_LAYOUTS = 200
_MOST_FIELDS = 300
_MOST_VALUES = 40
_NOW = datetime(2036, 1, 1, tzinfo=UTC)
_LOOSE = ("reason", "rule")  # free words: what one line says there is no rule for the next
_SPOKEN = ("message", "program")
_DETECTED = re.compile(r"検知|検出|detect(?:ed|ion)|alert", re.IGNORECASE)
_SLASHED = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}\b")
_OUTCOME_ROLES = ("action", "outcome")
_KIND_ROLES = ("category", "event_id", "threat", "rule", "reason")


# Nothing was stopped or let through where something failed or was changed.
_NO_DEED = frozenset({ThreatKind.LOGIN_FAILED, ThreatKind.FAULT, ThreatKind.SETTING_CHANGED})


@dataclass(frozen=True, slots=True)
class Column:
    """What stood in one field of the lines that were read."""

    name: str
    values: tuple[str, ...]

    @property
    def commonest(self) -> list[tuple[str, int]]:
        """Its values with their counts, most frequent first."""
        return Counter(self.values).most_common(_MOST_VALUES)


def propose(lines: Sequence[str], *, name: str) -> Definition:
    """A definition for these lines. Raises NotThisFormat when there is nothing to learn from."""
    kept = [line for line in lines if line.strip()][:MOST_LINES]
    if not kept:
        raise NotThisFormat("No line with text.")
    layouts, roles = _layouts([line_of(text) for text in kept])
    if not layouts:
        raise NotThisFormat("Nothing in these lines stays the same from line to line.")
    bare = Definition(hinomi_format=1, name=name, layouts=tuple(layouts))
    return complete(bare, kept, roles=roles)


def complete(
    definition: Definition, lines: Sequence[str], *, roles: Mapping[str, str]
) -> Definition:
    """The definition with roles, time, outcomes and verdicts proposed anew from these lines.

    `roles` are already known, by native name: they stay.
    """
    columns = columns_of_lines(definition, lines)
    fields, time = _roles(columns, roles)
    known = msgspec.structs.replace(
        definition,
        fields=tuple(Field(name, role) for name, role in fields.items()),
        time=time or definition.time,
    )
    return with_meanings(known, columns)


def with_meanings(definition: Definition, columns: Mapping[str, Column]) -> Definition:
    """Outcomes and verdicts proposed for the fields as they are named now; confirmed by nobody."""
    fields = {field.name: field.role for field in definition.fields}
    verdicts = tuple(_verdicts(columns, fields))
    said = {each.field for each in verdicts if fields.get(each.field) not in _LOOSE}
    tells = not said and any(_DETECTED.match(name.rpartition(".")[2]) for name in columns)
    layouts = tuple(_judged(layout, tells=tells) for layout in definition.layouts)
    return msgspec.structs.replace(
        definition,
        layouts=layouts,
        dispositions=tuple(_outcomes(columns, fields)),
        verdicts=verdicts,
        is_confirmed=False,
    )


def is_heading(definition: Definition, line: str) -> bool:
    """A row of headings is no record."""
    body = line_of(line).header.body.strip().lstrip("\ufeff")
    return any(
        layout.kind == "columns" and layout.between.join(layout.columns) == body
        for layout in definition.layouts
    )


def line_of(text: str) -> Line:
    """A pasted line as the reader sees one."""
    return Line(text=text, encoding="utf-8", header=read_header(text))


def columns_of_lines(definition: Definition, lines: Iterable[str]) -> dict[str, Column]:
    """Native name → what stood there, over all lines that are read."""
    found: dict[str, list[str]] = {}
    for text in lines:
        line = line_of(text)
        try:
            read = read_native(definition, line)
        except NotThisFormat:
            continue
        fields = dict(read.fields)
        if read.layout.kind == "sentence":
            fields.pop("message", None)
        if line.header.program:
            fields.setdefault("program", line.header.program)
        for name, value in fields.items():
            if value.strip() and len(found) < 2_000:
                found.setdefault(name, []).append(value.strip())
    return {name: Column(name, tuple(values)) for name, values in found.items()}


def _layouts(lines: Sequence[Line]) -> tuple[list[Layout], dict[str, str]]:
    """Layouts in the order in which they are tried: the most telling notation first."""
    telling: dict[str, Layout] = {}
    others: list[str] = []
    for line in lines:
        layout = layout_of(line)
        if layout is None:
            others.append(line.header.body.strip())
        else:
            telling.setdefault(layout.id, layout)
    layouts = list(telling.values())
    if others and (rows := columns_of(others)):
        layouts += rows
        headings = rows[0].between.join(rows[0].columns)
        others = [body for body in others if body != headings and not _is_read(layouts, body)]
    roles: dict[str, str] = {}
    for number, found in enumerate(templates_of(others), 1):
        if len(layouts) >= _MOST_LAYOUTS:
            break
        try:
            read_template(found.template)
        except BadTemplate:
            continue
        layouts.append(Layout(kind="sentence", id=f"sentence-{number}", template=found.template))
        roles |= found.roles
    return layouts, roles


def _is_read(layouts: list[Layout], body: str) -> bool:
    bare = Definition(hinomi_format=1, name="-", layouts=tuple(layouts))
    try:
        read_native(bare, Line(text=body, encoding="utf-8", header=Header(body)))
    except NotThisFormat:
        return False
    return True


def _roles(
    columns: Mapping[str, Column], known: Mapping[str, str]
) -> tuple[dict[str, str], Time | None]:
    """Names first, contents after; each role goes to the field that names it best."""
    columns = {name: column for name, column in columns.items() if is_usable(name)}
    found = {name: role for name, role in known.items() if name in columns and role != TIME_ROLE}
    taken = set(found.values())
    times_seen = [name for name, role in known.items() if role == TIME_ROLE and name in columns]
    for name, column in columns.items():
        if name in found or name in times_seen or name in _SPOKEN:
            continue
        role = role_of_label(name)
        if role == TIME_ROLE:
            times_seen.append(name)
            continue
        role = agreed(role, column.values) if role else ""
        if role and role not in taken and len(found) < _MOST_FIELDS:
            found[name] = role
            taken.add(role)
    for name, column in columns.items():
        if name in found or name in times_seen or name in _SPOKEN or not _is_nameless(name):
            continue
        role = _port_beside(name, found, column.values) or role_of_values(column.values, taken)
        if role == TIME_ROLE:
            times_seen.append(name)
        elif role:
            found[name] = role
            taken.add(role)
    time = _time(columns, times_seen)
    return found | dict.fromkeys(time.fields if time else (), TIME_ROLE), time


def _port_beside(name: str, found: Mapping[str, str], values: Sequence[str]) -> str:
    """A column of ports stands right behind its column of addresses."""
    head, mark, number = name.partition("column_")
    if head or not mark or not number.isdecimal() or len(number) > 9:
        return ""
    ports = {"src_ip": "src_port", "dst_ip": "dst_port"}
    role = ports.get(found.get(f"column_{int(number) - 1}", ""), "")
    return agreed(role, values) if role and role not in found.values() else ""


def _is_nameless(name: str) -> bool:
    return name.startswith(("column_", "値")) or not role_of_label(name)


def _time(columns: Mapping[str, Column], names: Sequence[str]) -> Time | None:
    """The field, or the two together, that state a time in nearly every line."""
    candidates: list[tuple[str, ...]] = [(name,) for name in names]
    candidates += [(left, right) for left in names for right in names if left != right][:200]
    best: tuple[float, int] = (0.79, 0)
    chosen: Time | None = None
    for fields in candidates:
        rows = list(zip(*(columns[name].values for name in fields), strict=False))[:200]
        texts = [" ".join(row) for row in rows]
        for pattern in (times.AUTO, *_slashed(texts)):
            share = _stated(texts, pattern)
            score = (share, len(texts))
            if score > best:
                best, chosen = score, Time(fields=fields, pattern=pattern)
    return chosen


def _slashed(texts: Sequence[str]) -> list[str]:
    """`13/02/2026`: the day comes first, which one line with a day past 12 shows."""
    days = [int(text.partition("/")[0]) for text in texts if _SLASHED.match(text)]
    return ["d/M/yyyy HH:mm:ss", "d/M/yy HH:mm:ss"] if days and max(days) > 12 else []


def _stated(texts: Sequence[str], pattern: str) -> float:
    ready = times.read_pattern(pattern)
    known = sum(
        times.stated(text, ready, zone=times.OF_SOURCE, own=UTC, receive=_NOW) is not None
        for text in texts
    )
    # A pattern that was made for these lines goes before one that guesses.
    return known / max(len(texts), 1) + (0.01 if pattern != times.AUTO else 0)


def _outcomes(columns: Mapping[str, Column], roles: Mapping[str, str]) -> list[Outcomes]:
    """What the values of fields that say what was done propose; unknown words are listed too, so
    that a person is asked."""
    found = []
    for wanted in _OUTCOME_ROLES:
        for name, role in roles.items():
            if role != wanted or name not in columns:
                continue
            values = [value for value, _ in columns[name].commonest if len(value) <= 60]
            says = {value: disposition_of_value(value) for value in values}
            if len(says) <= _MOST_VALUES and (wanted == "action" or _says_anything(says)):
                found.append(Outcomes(name, says))
    return found[:20]


def _says_anything(says: Mapping[str, Disposition]) -> bool:
    return any(each is not Disposition.UNKNOWN for each in says.values())


def _verdicts(columns: Mapping[str, Column], roles: Mapping[str, str]) -> list[Judgement]:
    """Values that speak of a threat; at last, any name of a threat at all."""
    found: list[Judgement] = []
    spoken = dict.fromkeys((name for name in _SPOKEN if name in columns), "spoken")
    for wanted in (*_KIND_ROLES, "spoken"):
        for name, role in {**spoken, **roles}.items():
            if role != wanted or name not in columns:
                continue
            by_kind: dict[ThreatKind, list[str]] = {}
            for value, _ in columns[name].commonest:
                if len(value) <= 120 and (kind := kind_of_text(value)):
                    by_kind.setdefault(kind, []).append(value)
            found += [Judgement(kind, name, tuple(values)) for kind, values in by_kind.items()]
    threats = [name for name, role in roles.items() if role == "threat" and name in columns]
    found += [Judgement(_any_threat(columns[name]), name) for name in threats]
    return found[:100]


def _any_threat(column: Column) -> ThreatKind:
    """What a name of a threat means by itself: a virus where it is called or looks like one."""
    is_virus = kind_of_text(column.name) is ThreatKind.MALWARE
    looks = sum(map(is_threat_name, column.values)) * 3 >= len(column.values)
    return ThreatKind.MALWARE if is_virus or looks else ThreatKind.SUSPICIOUS


def _judged(layout: Layout, *, tells: bool) -> Layout:
    """A sentence says by its fixed words what it is and what was done; of other lines only what
    their field names say (`tells`): a list of detections is one of suspicious things."""
    if layout.kind != "sentence":
        kind = ThreatKind.SUSPICIOUS if tells else layout.verdict
        return msgspec.structs.replace(layout, verdict=kind)
    parts = read_template(layout.template).parts
    fixed = " ".join(part.text for part in parts if hasattr(part, "text"))
    kind = kind_of_text(fixed)
    is_deed = kind is not None and kind not in _NO_DEED
    said = disposition_of_sentence(fixed) if is_deed else Disposition.UNKNOWN
    return msgspec.structs.replace(layout, verdict=kind, disposition=said)

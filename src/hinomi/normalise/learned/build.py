"""A definition made ready to read: a Format at run time, of the one learned shape."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition
from hinomi.normalise.ecs_values import is_address
from hinomi.normalise.format import Verdict
from hinomi.normalise.learned import times
from hinomi.normalise.learned.layouts import read_by
from hinomi.normalise.learned.roles import ROLES, TIME_ROLE
from hinomi.normalise.learned.shape import FORMAT, FORMAT_FIELD, LAYOUT_FIELD
from hinomi.normalise.learned.template import TRIES_PER_LINE, read_template

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Fields, Format, Line
    from hinomi.normalise.learned.definition import Definition, Judgement, Layout
    from hinomi.normalise.moment import Stated

KIND = "learned:"  # kinds of sources: `learned:<id>`
_SAYS_NOTHING = frozenset({"", "-", "--", "N/A", "n/a", "(null)", "null", "none", "None", "なし"})
_NAMING = ("threat", "rule", "reason")  # what names a verdict, best first
_ENDS = {"src_ip": "src_port", "dst_ip": "dst_port", "host_ip": ""}


def build(definition: Definition, *, id: str) -> Format:
    """The format of a checked definition; `id` is what its sources' kind names."""
    reader = _Reader(definition, id)
    return replace(
        FORMAT,
        name=f"{KIND}{id}",
        title_ja=definition.name,
        title_en=definition.name,
        parse=reader.parse,
        stated_time=reader.stated_time,
        disposition=reader.disposition,
        verdict=reader.verdict,
        vendor=definition.vendor,
        product=definition.product,
    )


@dataclass(frozen=True, slots=True)
class Read:
    """What one layout made of a line: native names, before roles are given."""

    layout: Layout
    fields: Fields


def read_native(definition: Definition, line: Line) -> Read:
    """The first layout that applies. Raises NotThisFormat when none does."""
    left = [TRIES_PER_LINE]
    for layout in definition.layouts:
        try:
            fields = read_by(layout, line, left=left)
        except NotThisFormat:
            continue
        if fields:
            return Read(layout, fields)
    raise NotThisFormat("No layout of this format fits the line.")


class _Reader:
    """Holds what is looked up for every line."""

    def __init__(self, definition: Definition, id: str) -> None:
        self._definition = definition
        self._id = id
        self._roles = roles_of(definition)
        self._layouts = {layout.id: layout for layout in definition.layouts}
        self._pattern: re.Pattern[str] | None = times.read_pattern(definition.time.pattern)
        self._outcomes = [
            (each.field, {value.strip().lower(): says for value, says in each.values.items()})
            for each in definition.dispositions
        ]

    def parse(self, line: Line) -> Fields:
        read = read_native(self._definition, line)
        fields = {_stored(name): value for name, value in read.fields.items()}
        header = line.header
        for name, value in (("host", header.host), ("program", header.program)):
            if value and name not in fields and name not in self._roles.values():
                fields[name] = value
        _give_roles(fields, self._roles)
        fields[FORMAT_FIELD], fields[LAYOUT_FIELD] = self._id, read.layout.id
        return fields

    def stated_time(
        self, fields: Mapping[str, str], zone: tzinfo, receive: datetime
    ) -> Stated | None:
        time = self._definition.time
        text = " ".join(fields[name] for name in time.fields if fields.get(name))
        return times.stated(text, self._pattern, zone=time.zone, own=zone, receive=receive)

    def disposition(self, fields: Mapping[str, str]) -> Disposition:
        """Only what a person confirmed; the first field that says something known."""
        if not self._definition.is_confirmed:
            return Disposition.UNKNOWN
        layout = self._layouts.get(fields.get(LAYOUT_FIELD, ""))
        if layout is not None and layout.disposition is not Disposition.UNKNOWN:
            return layout.disposition
        for name, values in self._outcomes:
            says = values.get(fields.get(name, "").strip().lower(), Disposition.UNKNOWN)
            if says is not Disposition.UNKNOWN:
                return says
        return Disposition.UNKNOWN

    def verdict(self, fields: Mapping[str, str]) -> Verdict | None:
        """A sentence's own kind goes before values, values before what holds for all lines."""
        name = next((fields[key] for key in _NAMING if fields.get(key)), "")
        layout = self._layouts.get(fields.get(LAYOUT_FIELD, ""))
        own = layout.verdict if layout is not None else None
        if layout is not None and layout.kind == "sentence" and own is not None:
            return Verdict(own, name)
        for row in self._definition.verdicts:
            if _applies(row, fields):
                return Verdict(row.kind, name)
        return Verdict(own, name) if own is not None else None


def _applies(row: Judgement, fields: Mapping[str, str]) -> bool:
    value = fields.get(row.field, "").strip()
    if not row.values:
        return value not in _SAYS_NOTHING
    return value.lower() in (wanted.strip().lower() for wanted in row.values)


def roles_of(definition: Definition) -> dict[str, str]:
    """Native name → role, for fields that have one: as listed, else by being called like it."""
    listed = {field.name: field.role for field in definition.fields}
    given = set(listed.values())
    for layout in definition.layouts:
        for name in _names(layout):
            if name in ROLES and name not in listed and name not in given:
                listed[name] = name
    return {name: role for name, role in listed.items() if role != TIME_ROLE}


def _stored(name: str) -> str:
    """A device cannot write what only we say: a verdict, or which format read it."""
    return f"native.{name}" if name.startswith(("verdict.", "learned.")) else name


def _names(layout: Layout) -> tuple[str, ...]:
    return read_template(layout.template).names if layout.kind == "sentence" else layout.columns


def _give_roles(fields: Fields, roles: Mapping[str, str]) -> None:
    """Add each value under its role too; a device's own field of that name makes room."""
    values: Fields = {}
    for name, role in roles.items():
        value = fields.get(name, "").strip()
        if value not in _SAYS_NOTHING:
            values.setdefault(role, value)
    for role in set(roles.values()) & fields.keys():
        if roles.get(role) != role:
            fields[f"native.{role}"] = fields.pop(role)
    for role, port in _ENDS.items():
        if role in values and not is_address(values[role]):
            _split_end(values, role, port)
    fields |= values


def _split_end(values: Fields, role: str, port: str) -> None:
    """`192.0.2.7:443`, `[2001:db8::1]:443`, `192.0.2.7/24`: the address, and the port if any."""
    text = values[role]
    address, mark, rest = text.rpartition(":")
    address = address.strip("[] ")
    if mark and rest.isdigit() and is_address(address):
        values[role] = address
        if port:
            values.setdefault(port, rest)
        return
    address = text.partition("/")[0].strip()
    if is_address(address):
        values[role] = address

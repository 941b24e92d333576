"""A learned format as a file: JSON, versioned, strict. What a person reads, sends and takes in.

Every fault names its place (`$.layouts[2].template`). `tests` are the lines it was made from and
what they must give, so that whoever takes the file in can prove it before use.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from hinomi.core.errors import HinomiError, Place
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.learned import times
from hinomi.normalise.learned.roles import is_role
from hinomi.normalise.learned.template import BadTemplate, read_template

VERSION = 1
LONGEST_FILE = 2 << 20
_MOST = {"layouts": 300, "fields": 400, "tests": 400, "dispositions": 20, "verdicts": 100}
_LONGEST_NAME = 80
_OURS = ("_", "verdict.", "learned.")

LayoutKind = Literal["pairs", "columns", "json", "xml", "cef", "leef", "mail", "sentence"]


class Layout(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """One way in which the lines are written; the first that applies reads the line.

    pairs: `mark` between name and value, `between` two pairs. columns: `between` two columns, whose
    names are `columns`. sentence: `template`. `where`: values that fields must have for this layout
    to apply. `disposition` and `verdict` hold for every line of a layout.
    """

    kind: LayoutKind
    id: str
    template: str = ""
    mark: str = "="
    between: str = ""
    columns: tuple[str, ...] = ()
    where: dict[str, str] = {}
    disposition: Disposition = Disposition.UNKNOWN
    verdict: ThreatKind | None = None


class Field(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """What a field is. Fields that are not listed are kept under the name the device gives them."""

    name: str
    role: str


class Time(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """Which fields together state the time ("" of none: the syslog header, else the arrival)."""

    fields: tuple[str, ...] = ()
    pattern: str = times.AUTO
    zone: str = times.OF_SOURCE


class Outcomes(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the values of a field say the device did. A value that is not listed says nothing."""

    field: str
    values: dict[str, Disposition]


class Judgement(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """Lines that are a verdict: `field` is one of `values` (none listed: says anything at all)."""

    kind: ThreatKind
    field: str
    values: tuple[str, ...] = ()


class Gives(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """What a line must give: these fields, and the rest where it is stated."""

    fields: dict[str, str]
    time: str = ""
    disposition: Disposition = Disposition.UNKNOWN
    verdict: ThreatKind | None = None


class Example(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A line and what it must give."""

    line: str
    gives: Gives


class Definition(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """The whole file. `is_confirmed`: a person looked at what the device's words mean; before that
    no line is believed to say that something was stopped or let through."""

    hinomi_format: int
    name: str
    layouts: tuple[Layout, ...]
    vendor: str = ""
    product: str = ""
    fields: tuple[Field, ...] = ()
    time: Time = Time()
    dispositions: tuple[Outcomes, ...] = ()
    verdicts: tuple[Judgement, ...] = ()
    is_confirmed: bool = False
    tests: tuple[Example, ...] = ()


class DefinitionRefused(HinomiError):
    """The file is no definition we can use; the place says where it is wrong."""


def read_definition(text: str | bytes, *, path: str = "definition") -> Definition:
    """Raises DefinitionRefused with the place of the first fault."""
    if len(text) > LONGEST_FILE:
        raise DefinitionRefused(
            f"The file is larger than {LONGEST_FILE >> 20} MB.",
            place=Place(path),
            advice="Leave tests out until it is smaller.",
        )
    try:
        found = msgspec.json.decode(text, type=Definition)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise DefinitionRefused(
            str(error), place=Place(path), advice="Compare with a file that was exported here."
        ) from error
    check(found, path=path)
    return found


def write_definition(definition: Definition) -> str:
    """The file: two blanks of indent, names in the order of the classes, so that versions compare
    line by line."""
    return msgspec.json.format(msgspec.json.encode(definition), indent=2).decode() + "\n"


def check(definition: Definition, *, path: str = "definition") -> None:
    """What types cannot say. Raises DefinitionRefused."""
    if definition.hinomi_format != VERSION:
        raise _refused(path, "$.hinomi_format", f"Version {definition.hinomi_format} is not known.")
    if not definition.name.strip() or len(definition.name) > _LONGEST_NAME:
        raise _refused(path, "$.name", f"The name needs 1 to {_LONGEST_NAME} characters.")
    for name, most in _MOST.items():
        if len(getattr(definition, name)) > most:
            raise _refused(path, f"$.{name}", f"More than {most}.")
    if not definition.layouts:
        raise _refused(path, "$.layouts", "There is no layout: nothing could be read.")
    _check_layouts(definition, path)
    _check_fields(definition, path)
    try:
        times.read_pattern(definition.time.pattern)
        times.check_zone(definition.time.zone)
    except times.BadPattern as error:
        raise _refused(path, "$.time", error.message, error.advice) from error


def _check_layouts(definition: Definition, path: str) -> None:
    seen: set[str] = set()
    for index, layout in enumerate(definition.layouts):
        place = f"$.layouts[{index}]"
        if not layout.id or len(layout.id) > _LONGEST_NAME or layout.id in seen:
            raise _refused(path, f"{place}.id", "Each layout needs an id of its own.")
        seen.add(layout.id)
        if layout.kind == "sentence":
            try:
                names = read_template(layout.template).names
            except BadTemplate as error:
                raise _refused(path, f"{place}.template", error.message, error.advice) from error
        else:
            names = layout.columns
        if layout.kind == "columns" and (len(layout.between) != 1 or len(names) < 2):
            raise _refused(path, place, "Columns need one separating character and two names.")
        if layout.kind == "pairs" and (len(layout.mark) != 1 or len(layout.between) > 1):
            raise _refused(path, place, "Pairs need one mark, and at most one character between.")
        if len(set(names)) != len(names):
            raise _refused(path, place, "A name stands twice.")
        for name in names:
            _check_name(name, path, place)


def _check_fields(definition: Definition, path: str) -> None:
    seen: set[str] = set()
    for index, field in enumerate(definition.fields):
        place = f"$.fields[{index}]"
        _check_name(field.name, path, place)
        if field.name in seen:
            raise _refused(path, place, f"{field.name!r} is listed twice.")
        seen.add(field.name)
        if not is_role(field.role):
            raise _refused(path, f"{place}.role", f"{field.role!r} is no role.")


def is_usable(name: str) -> bool:
    """Whether a field may be called so."""
    return (
        bool(name.strip())
        and len(name) <= _LONGEST_NAME
        and name.isprintable()
        and not name.startswith(_OURS)
    )


def _check_name(name: str, path: str, place: str) -> None:
    if name.startswith(_OURS):
        raise _refused(path, place, f"{name!r} is a name of our own; choose another.")
    if not is_usable(name):
        what = f"A field name needs 1 to {_LONGEST_NAME} printable characters."
        raise _refused(path, place, what)


def _refused(path: str, where: str, message: str, advice: str = "") -> DefinitionRefused:
    return DefinitionRefused(f"{message} - at `{where}`", place=Place(path), advice=advice)

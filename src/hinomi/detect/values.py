"""What a rule may ask of one value: the closed set of tests, and Sigma's wildcard text.

A value that is a list (`["x","y"]`) meets a test when it does as it stands, or any element does.
Plain values, no matching: `reference` says what each test means, `plan` makes it quick.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from hinomi.detect.regex import Expression


class Wild(Enum):
    """The two wildcards: ANY is `*` (any run, also none), ONE is `?` (exactly one character)."""

    ANY = "*"
    ONE = "?"


@dataclass(frozen=True, slots=True)
class Text:
    """The value as a whole fits these parts. Case is ignored unless `cased`."""

    parts: tuple[str | Wild, ...]
    cased: bool = False


@dataclass(frozen=True, slots=True)
class Regex:
    """The expression is found somewhere in the value, as far as expressions look."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Cidr:
    """The value is an address in the network; text that is no address never is."""

    network: IPv4Network | IPv6Network


class Order(StrEnum):
    """How a number is compared."""

    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    EQ = "eq"


@dataclass(frozen=True, slots=True)
class Compare:
    """The value read as a number (decimal or 0x…) stands in this order to `number`."""

    order: Order
    number: int | float


class TimePart(StrEnum):
    """A part of a moment, as it stands in the value (no zone is changed)."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Moment:
    """The value read as a time (ISO 8601, or seconds … nanoseconds since 1970): one part of it."""

    part: TimePart
    order: Order
    number: int | float


@dataclass(frozen=True, slots=True)
class Null:
    """The event does not have the field, or it is a list with a null in it."""


@dataclass(frozen=True, slots=True)
class Exists:
    """The event has the field (`wanted`), or has not."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class FieldRef:
    """The value fits the value of another field; both must be there. Case as in Text.

    Of lists, any element of the one and any of the other.

    `starts` and `ends` allow anything after and before it, both together anything around it.
    """

    field: str
    starts: bool = False
    ends: bool = False
    cased: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """What the event's organisation lists under the `%name%`s in `source`, any of it.

    Each listed value becomes tests by the modifiers the rule gave (`modifiers.fill`).
    """

    source: str
    names: tuple[str, ...]
    modifiers: tuple[str, ...]
    is_keyword: bool = False


Test = Text | Regex | Cidr | Compare | Moment | Null | Exists | FieldRef | Listed


def parse_text(source: str) -> tuple[str | Wild, ...]:
    r"""Sigma's escaping: `\*` `\?` `\\` are the plain characters, any other `\` is itself."""
    parts: list[str | Wild] = []
    plain: list[str] = []
    characters = iter(source)
    for character in characters:
        if character == "\\":
            following = next(characters, "")
            plain.append(following if following in ("*", "?", "\\") else "\\" + following)
        elif character in "*?":
            parts += ["".join(plain)] if plain else []
            plain = []
            parts.append(Wild(character))
        else:
            plain.append(character)
    return (*parts, "".join(plain)) if plain else tuple(parts)


def tidy(parts: tuple[str | Wild, ...]) -> tuple[str | Wild, ...]:
    """Joins neighbouring literals and drops a `*` beside a `*`; the meaning stays."""
    out: list[str | Wild] = []
    for part in parts:
        last = out[-1] if out else None
        if part is Wild.ANY and last is Wild.ANY:
            continue
        if isinstance(part, str) and isinstance(last, str):
            out[-1] = last + part
        elif part != "":
            out.append(part)
    return tuple(out)


def plain_text(parts: tuple[str | Wild, ...]) -> str | None:
    """The text when it has no wildcard, else None."""
    if any(isinstance(part, Wild) for part in parts):
        return None
    return "".join(part for part in parts if isinstance(part, str))

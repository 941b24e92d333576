"""What a format is: one frozen value that a file in `formats/` fills, mostly with tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hinomi.core.words import Disposition, ThreatKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.header import Header
    from hinomi.normalise.moment import Stated

Fields = dict[str, str]
EcsValue = str | int | float | bool | list[str]
Ecs = dict[str, EcsValue]


class Line(NamedTuple):
    """A decoded record. `text` is all of it, `header.body` what follows the syslog header."""

    text: str
    encoding: str
    header: Header


class Verdict(NamedTuple):
    """A security product's judgement in hinomi's words; `name` is its own name for the threat,
    signature or policy, "" when it gives none."""

    kind: ThreatKind
    name: str = ""


def no_disposition(fields: Mapping[str, str]) -> Disposition:
    """For records that carry no verdict of a security product."""
    return Disposition.UNKNOWN


def no_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    """For records whose own fields never state a time; the header's time is used."""
    return None


def nothing_more(fields: Mapping[str, str], ecs: Ecs) -> None:
    """For formats whose ECS view is the table alone."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format. Stored names of one shape are unique ignoring case; every value is text.

    `sniff` is cheap and looks at the line only; whatever it says yes to holds one of `marks` in its
    text, so that other lines need not be asked (none given: every line is). `parse` raises
    NotThisFormat when it does not apply. `declared` are the lake's own columns, in order. `aliases`
    maps Sigma's generic names (src_ip …) to native ones. `ecs` maps an ECS name to the native
    fields it may come from, best first; `derive` adds what a table cannot say. `device`, `user`,
    `serial`: native fields, best first. `ocsf_class` gives the OCSF class_uid. `verdict` is what
    the product judged, None for a record that judges nothing; the event then carries
    `verdict.kind`, `verdict.name` and `verdict.disposition`. `seen_ja` says which versions and
    spellings were read and from where, `lost_ja` what the format cannot tell; both stand on its
    page in docs/reference.
    `is_from_manual`: made from public manuals, never seen from a real device.
    """

    name: str
    title_ja: str
    title_en: str
    shape: str
    sniff: Callable[[Line], bool]
    parse: Callable[[Line], Fields]
    declared: tuple[str, ...]
    ecs: Mapping[str, tuple[str, ...]]
    marks: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    device: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    serial: tuple[str, ...] = ()
    stated_time: Callable[[Mapping[str, str], tzinfo, datetime], Stated | None] = no_time
    disposition: Callable[[Mapping[str, str]], Disposition] = no_disposition
    derive: Callable[[Mapping[str, str], Ecs], None] = nothing_more
    ocsf_class: Callable[[Mapping[str, str]], int] = lambda fields: 0
    verdict: Callable[[Mapping[str, str]], Verdict | None] | None = None
    vendor: str = ""
    product: str = ""
    seen_ja: tuple[str, ...] = ()
    lost_ja: tuple[str, ...] = ()
    is_from_manual: bool = False


def first(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    """The first of these fields that says something ("" and "N/A" and "-" say nothing)."""
    for name in names:
        value = fields.get(name, "")
        if value and value not in ("N/A", "n/a", "-", "(null)"):
            return value
    return ""

"""Rows of the store as values, and how an indicator becomes a row and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from hinomi.core.indicators import Indicator, Kind, Tlp

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = (
    "kind, value, source, confidence, tlp, valid_from_s, valid_until_s, name, labels, description"
)
Row = tuple[str, str, str, int, str, int | None, int | None, str, str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """Where indicators come from. `kind` is file, url or taxii; `settings` never hold a secret.

    `indicators` and `held` are counts of now; `last_fault` is why the last attempt failed,
    `last_trouble` the kind of it (a Trouble), both "" when it did not.
    """

    name: str
    kind: str
    address: str
    tlp: Tlp
    confidence: int
    settings: Mapping[str, str] = field(default_factory=dict)
    read_as: str = ""
    cursor: str = ""
    last_at: datetime | None = None
    last_fault: str = ""
    last_trouble: str = ""
    indicators: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One indicator as one source gave it. `doubt` is the code of why it is held, "" in use.

    `allowed_until` is set while a person's word stands against the doubt.
    """

    indicator: Indicator
    doubt: str
    allowed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """A person's word that a held value is to be matched, until when and why."""

    kind: Kind
    value: str
    reason: str
    who: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ImportDone:
    """What one import did. `id` numbers imports in their order."""

    id: int
    added: int
    removed: int
    held: int


@dataclass(frozen=True, slots=True)
class State:
    """`is_stale`: something changed since `file` was made."""

    file: str
    count: int
    made_at: datetime | None
    is_stale: bool
    looked_back: int


def row_of(indicator: Indicator, *, source: str) -> Row:
    """In the order of COLUMNS."""
    return (
        indicator.kind.value,
        indicator.value,
        source,
        indicator.confidence,
        indicator.tlp.value,
        _maybe_seconds(indicator.valid_from),
        _maybe_seconds(indicator.valid_until),
        indicator.name,
        orjson.dumps(indicator.labels).decode() if indicator.labels else "",
        indicator.description,
    )


def indicator_of(row: Row) -> Indicator:
    """The inverse of `row_of`."""
    kind, value, source, confidence, tlp, since, until, name, labels, description = row
    return Indicator(
        kind=_KINDS[kind],
        value=value,
        sources=(source,),
        confidence=confidence,
        tlp=_TLPS[tlp],
        valid_from=moment_of(since),
        valid_until=moment_of(until),
        name=name,
        labels=tuple(orjson.loads(labels)) if labels else (),
        description=description,
    )


def moment_of(seconds: int | None) -> datetime | None:
    """Epoch seconds as aware UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def seconds_of(moment: datetime) -> int:
    """Aware UTC as epoch seconds."""
    return int(moment.timestamp())


def _maybe_seconds(moment: datetime | None) -> int | None:
    return None if moment is None else seconds_of(moment)


# Looked up a million times in a compilation: an enum's own call costs three times as much.
_KINDS = {kind.value: kind for kind in Kind}
_TLPS = {tlp.value: tlp for tlp in Tlp}

"""An indicator: one value that is bad to meet, who says so, how surely, and how long it holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

UNSTATED_CONFIDENCE = 50  # a feed that says nothing of its certainty is worth a look, not an alarm


class Kind(StrEnum):
    """What a value is. `domain` means the name and everything below it, `host` that name alone."""

    IP = "ip"
    CIDR = "cidr"
    DOMAIN = "domain"
    HOST = "host"
    URL = "url"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    MAIL = "mail"


HASHES = frozenset({Kind.MD5, Kind.SHA1, Kind.SHA256})


class Tlp(StrEnum):
    """Traffic Light Protocol 2.0, freest first. `red` is for the reader's eyes only."""

    CLEAR = "clear"
    GREEN = "green"
    AMBER = "amber"
    AMBER_STRICT = "amber+strict"
    RED = "red"

    @property
    def rank(self) -> int:
        """0 (clear) … 4 (red)."""
        return list(Tlp).index(self)


class Trouble(StrEnum):
    """What kept a source's indicators from us."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"  # this account may not read it
    MISSING = "missing"  # nothing stands at this address
    ANSWER = "answer"  # it answered, but not with what was asked for
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"  # no feed we can read
    SETTINGS = "settings"  # ours: the address, the collection, the secret file


@dataclass(frozen=True, slots=True)
class Indicator:
    """`value` is normalised (see values.py). Times are aware UTC, None means without end.

    `confidence` is 0–100 on the STIX scale. `sources` are the names they were imported under.
    """

    kind: Kind
    value: str
    sources: tuple[str, ...] = ()
    confidence: int = UNSTATED_CONFIDENCE
    tlp: Tlp = Tlp.AMBER
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    name: str = ""
    labels: tuple[str, ...] = ()
    description: str = ""

    @property
    def key(self) -> tuple[Kind, str]:
        """What makes two indicators the same one."""
        return self.kind, self.value


def merge(first: Indicator, second: Indicator) -> Indicator:
    """Two voices on one value: the surer one speaks, all are named, the strictest TLP binds and
    the longest validity counts (an open end is the longest). The order does not matter."""
    surer, other = sorted((first, second), key=_weight, reverse=True)
    return replace(
        surer,
        sources=tuple(sorted({*first.sources, *second.sources})),
        tlp=max(first.tlp, second.tlp, key=lambda tlp: tlp.rank),
        valid_from=_earliest(first.valid_from, second.valid_from),
        valid_until=_latest(first.valid_until, second.valid_until),
        name=surer.name or other.name,
        labels=tuple(sorted({*first.labels, *second.labels})),
        description=surer.description or other.description,
    )


def _weight(indicator: Indicator) -> tuple[object, ...]:
    return indicator.confidence, indicator.name, indicator.description, indicator.sources


def _earliest(first: datetime | None, second: datetime | None) -> datetime | None:
    return None if first is None or second is None else min(first, second)


def _latest(first: datetime | None, second: datetime | None) -> datetime | None:
    return None if first is None or second is None else max(first, second)

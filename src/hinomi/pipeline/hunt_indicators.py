"""Hunting for indicators: only fields that can hold one are read, each distinct text asked once.

What is found is what the stream's Finder says of the whole event.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.columns.batch import SET_ASIDE_SHAPE
from hinomi.columns.mask import uniform
from hinomi.core.errors import Place, UsageError
from hinomi.core.findings import LATE_AFTER
from hinomi.core.indicators import Indicator, Kind, Tlp
from hinomi.detect.intel import Defaults, Finder, Look, NotAnIndicator, guess, read_feed
from hinomi.pipeline.findings import make_found
from hinomi.pipeline.intel.looks import look_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from hinomi.columns.groups import Group
    from hinomi.columns.mask import Mask
    from hinomi.core.findings import Finding
    from hinomi.core.records import Event
    from hinomi.detect.intel import Lookup
    from hinomi.pipeline.findings import Versions

MOST_INDICATORS = 10_000  # named by hand; a feed is imported (`hinomi intel import`)
_EARLY = timedelta(days=365)  # feeds learn of attacks after they happened
_SOURCE = "hunt"  # shown where a feed's name would stand


class NamedIndicators:
    """A Lookup of a few indicators. A private address counts: a person asked for it."""

    has_private = True

    def __init__(self, keys: Iterable[tuple[Kind, str]]) -> None:
        self._known = {key: _indicator(*key) for key in keys}
        networks = [value for kind, value in self._known if kind is Kind.CIDR]
        self.prefixes: dict[int, tuple[int, ...]] = {
            version: _prefix_lengths(each for each in networks if (":" in each) == (version == 6))
            for version in (4, 6)
        }
        told = "\n".join(sorted(f"{kind} {value}" for kind, value in self._known))
        self.name = hashlib.sha256(told.encode()).hexdigest()[:16]

    def find(self, kind: Kind, value: str) -> Indicator | None:
        """See Lookup."""
        return self._known.get((kind, value))


class IndicatorQuarry:
    """The indicators of one hunt. `found_at` is when it was ordered."""

    def __init__(
        self,
        known: Lookup,
        *,
        versions: Versions,
        aliases: Mapping[str, Mapping[str, str]],
        found_at: datetime,
    ) -> None:
        self._versions, self._aliases = versions, aliases
        self._found_at = found_at
        self._finder = Finder(known, look_of, early=_EARLY)
        self._meets = {look: self._question(look) for look in Look}

    def may_concern(self, shape: str) -> bool:
        """Every shape of events."""
        return shape != SET_ASIDE_SHAPE

    def candidates(self, group: Group) -> Mask:
        """Rows of which a field holds one of them."""
        found = uniform(answer=False, rows=group.rows)
        for name in group.names:
            look = look_of(group.shape, name)
            if look is not None:
                found |= group.named(name).where(self._meets[look])
        return found

    def find(self, events: Sequence[Event]) -> list[Finding]:
        """As the worker finds; `late` as in RuleQuarry."""
        return [finding for event in events for finding in self._find(event)]

    def _find(self, event: Event) -> list[Finding]:
        aliases = self._aliases.get(event.shape, {})
        is_late = self._found_at - event.event_time > LATE_AFTER
        found = (
            make_found(found=each, versions=self._versions, aliases=aliases)
            for each in self._finder(event)
        )
        return [replace(finding, late=finding.late or is_late) for finding in found]

    def _question(self, look: Look) -> Callable[[str], bool]:
        def meets(text: str) -> bool:
            if look is Look.URL and text.startswith("/"):
                return True  # its host stands in another field: the whole event has to be asked
            return self._finder.meets(look, text)

        return meets


def read_indicators(named: Sequence[str]) -> tuple[str, ...]:
    """Values, and files of them, as `kind:value` in order, each once. Raises UsageError."""
    keys: dict[tuple[Kind, str], None] = {}
    for each in named:
        keys.update(dict.fromkeys(_of_file(Path(each)) if _is_file(each) else [_of_value(each)]))
    if len(keys) > MOST_INDICATORS:
        raise UsageError(
            f"{len(keys):,} indicators are too many to name; the limit is {MOST_INDICATORS:,}.",
            advice="Import them with `hinomi intel import`.",
        )
    return tuple(f"{kind}:{value}" for kind, value in sorted(keys))


def named_indicators(written: Iterable[str]) -> NamedIndicators:
    """From what `read_indicators` gave."""
    pairs = (each.partition(":") for each in written)
    return NamedIndicators((Kind(kind), value) for kind, _, value in pairs)


def _of_value(text: str) -> tuple[Kind, str]:
    try:
        return guess(text)
    except NotAnIndicator as error:
        raise UsageError(
            f"{text!r} is no indicator: {error.message}",
            advice="An address, network, domain, URL, hash or mail address, or a file of them.",
        ) from error


def _of_file(path: Path) -> Iterable[tuple[Kind, str]]:
    feed = read_feed(path.read_bytes(), defaults=Defaults(source=_SOURCE))
    if not feed.indicators:
        raise UsageError("This file holds no indicator.", place=Place(str(path)))
    return feed.indicators


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # a URL can be longer than a name of a file may be
        return False


def _indicator(kind: Kind, value: str) -> Indicator:
    return Indicator(kind=kind, value=value, sources=(_SOURCE,), tlp=Tlp.AMBER)


def _prefix_lengths(networks: Iterable[str]) -> tuple[int, ...]:
    return tuple(sorted({int(each.rpartition("/")[2]) for each in networks}, reverse=True))

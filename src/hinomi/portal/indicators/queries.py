"""What the page shows: sources, the set in use, what is held, one value. No company's data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.indicators import Trouble
from hinomi.detect.intel import Doubt, Kind, refang
from hinomi.portal.access.time import configuration, now
from hinomi.portal.indicators.words import DOUBTS, KINDS, SOURCES, TROUBLES
from hinomi.portal.ui.visible import visible
from hinomi.store.intel import FILE, IntelStore, open_intel

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.store.intel import Entry, Source

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source. `fault` says why the last attempt failed, `detail` in the program's words."""

    name: str
    kind: str
    indicators: int
    held: int
    tlp: str
    last_at: datetime | None
    fault: str
    detail: str


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One value of one source. `key` and `value` name it in an address; `reason` is why it is
    held, "" when it is in use."""

    key: str
    value: str
    kind: str
    shown: str
    source: str
    confidence: int
    tlp: str
    until: datetime | None
    name: str
    reason: str
    allowed_until: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The page. `found` is None when nothing was searched for."""

    count: int
    made_at: datetime | None
    is_stale: bool
    sources: tuple[SourceRow, ...]
    held: tuple[IndicatorRow, ...]
    held_count: int
    found: tuple[IndicatorRow, ...] | None


_NOTHING = Overview(0, None, False, (), (), 0, None)


def overview(search: str = "") -> Overview:
    """Empty before the first import."""
    data = configuration().data
    if not (data / FILE).exists():
        return _NOTHING
    with open_intel(data) as store:
        state, sources = store.state(), store.sources()
        held = store.entries(now=now(), held_only=True, limit=MOST_SHOWN)
        return Overview(
            count=state.count,
            made_at=state.made_at,
            is_stale=state.is_stale,
            sources=tuple(map(_source, sources)),
            held=tuple(map(_row, held)),
            held_count=sum(each.held for each in sources),
            found=_found(store, search) if search else None,
        )


def held_value(kind: str, value: str) -> IndicatorRow | None:
    """The value a person is asked about; None when it is not held."""
    data = configuration().data
    if not (data / FILE).exists() or kind not in tuple(Kind):
        return None
    with open_intel(data) as store:
        entries = store.entries(now=now(), value=value, held_only=True)
    return next((_row(each) for each in entries if each.indicator.kind == kind), None)


def _found(store: IntelStore, search: str) -> tuple[IndicatorRow, ...]:
    entries = store.entries(now=now(), text=refang(search).lower(), limit=MOST_SHOWN)
    return tuple(map(_row, entries))


def _source(source: Source) -> SourceRow:
    return SourceRow(
        name=visible(source.name),
        kind=SOURCES.get(source.kind, source.kind),
        indicators=source.indicators,
        held=source.held,
        tlp=source.tlp.upper(),
        last_at=source.last_at,
        fault=TROUBLES[Trouble(source.last_trouble)] if source.last_trouble else "",
        detail=visible(source.last_fault),
    )


def _row(entry: Entry) -> IndicatorRow:
    one = entry.indicator
    return IndicatorRow(
        key=one.kind.value,
        value=one.value,
        kind=KINDS[one.kind],
        shown=visible(one.value),
        source=visible(", ".join(one.sources)),
        confidence=one.confidence,
        tlp=one.tlp.upper(),
        until=one.valid_until,
        name=visible(one.name),
        reason=DOUBTS[Doubt(entry.doubt)] if entry.doubt else "",
        allowed_until=entry.allowed_until,
    )

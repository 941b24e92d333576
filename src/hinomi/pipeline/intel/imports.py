"""Bytes or TAXII objects of one source → the store → the set in use, with what was not taken."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hinomi.core.indicators import UNSTATED_CONFIDENCE, Tlp
from hinomi.detect.intel import Defaults, Doubt, Sanity, read_feed
from hinomi.pipeline.intel.publish import changing, publish
from hinomi.store.directory import open_directory
from hinomi.store.intel import Entry, Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from hinomi.detect.intel import Feed
    from hinomi.pipeline.intel.publish import Compiled
    from hinomi.store.intel import ImportDone


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks for. None: what the source had, else our default.

    `is_whole`: the feed is all the source says; what it said before and not now goes.
    """

    source: str
    who: str
    kind: str = "file"
    address: str = ""
    form: str = "auto"
    tlp: Tlp | None = None
    confidence: int | None = None
    is_whole: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A feed that was read and judged; nothing is stored yet."""

    feed: Feed
    entries: tuple[Entry, ...]

    @property
    def doubts(self) -> Counter[Doubt]:
        """How many are held, by reason."""
        return Counter(Doubt(each.doubt) for each in self.entries if each.doubt)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, and the set in use after it."""

    checked: Checked
    done: ImportDone
    compiled: Compiled


def check_content(content: bytes, request: Request, *, data: Path) -> Checked:
    """Read and judge without storing. Raises UnreadableFile for what is no feed at all."""
    feed = read_feed(content, defaults=defaults_of(request), form=request.form)
    return check_feed(feed, data=data)


def check_feed(feed: Feed, *, data: Path) -> Checked:
    """Judge what a reader gave."""
    sanity = Sanity(declared_addresses(data))
    entries = tuple(
        Entry(indicator, str(sanity.doubt(indicator) or ""))
        for indicator in feed.indicators.values()
    )
    return Checked(feed, entries)


def import_checked(checked: Checked, request: Request, *, data: Path, now: datetime) -> Imported:
    """Keep it and put it to use."""
    feed = checked.feed
    with changing(data) as store:
        done = store.keep(
            source_of(request, read_as=feed.read_as),
            checked.entries,
            withdrawn=feed.withdrawn,
            refused=feed.refused,
            is_whole=request.is_whole,
            who=request.who,
            now=now,
        )
        compiled = publish(store, data=data, now=now)
    return Imported(checked, done, compiled)


def settled(request: Request, known: Source | None) -> Request:
    """The request with what the source said before where it says nothing itself."""
    return replace(
        request,
        tlp=request.tlp or (known.tlp if known else Tlp.AMBER),
        confidence=_first(request.confidence, known.confidence if known else UNSTATED_CONFIDENCE),
    )


def defaults_of(request: Request) -> Defaults:
    """What the feed's own words go before."""
    return Defaults(
        source=request.source,
        tlp=request.tlp or Tlp.AMBER,
        confidence=_first(request.confidence, UNSTATED_CONFIDENCE),
    )


def source_of(request: Request, *, read_as: str = "") -> Source:
    """The row of the source that the request makes or renews."""
    defaults = defaults_of(request)
    return Source(
        name=request.source,
        kind=request.kind,
        address=request.address,
        tlp=defaults.tlp,
        confidence=defaults.confidence,
        settings=request.settings,
        read_as=read_as,
        cursor=request.cursor,
    )


def declared_addresses(data: Path) -> tuple[str, ...]:
    """Addresses that customers declared as their own."""
    with open_directory(data) as directory:
        sources = directory.load().sources
    return tuple(sorted({address for each in sources for address in each.addresses}))


def _first(number: int | None, other: int) -> int:
    return other if number is None else number

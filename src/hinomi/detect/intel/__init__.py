"""Intelligence: feeds in, a compiled set of indicators out, and what of it an event meets. Pure."""

from __future__ import annotations

from hinomi.core.indicators import Indicator, Kind, Tlp, merge
from hinomi.detect.intel.feed import Defaults, Feed
from hinomi.detect.intel.finder import Finder
from hinomi.detect.intel.looks import Look
from hinomi.detect.intel.packed import EmptySet, Lookup, PackedSet
from hinomi.detect.intel.packing import write_packed
from hinomi.detect.intel.read import FORMATS, MOST_BYTES, read_feed
from hinomi.detect.intel.sanity import Doubt, Sanity
from hinomi.detect.intel.values import NotAnIndicator, guess, refang

__all__ = [
    "FORMATS",
    "MOST_BYTES",
    "Defaults",
    "Doubt",
    "EmptySet",
    "Feed",
    "Finder",
    "Indicator",
    "Kind",
    "Look",
    "Lookup",
    "NotAnIndicator",
    "PackedSet",
    "Sanity",
    "Tlp",
    "guess",
    "merge",
    "read_feed",
    "refang",
    "write_packed",
]

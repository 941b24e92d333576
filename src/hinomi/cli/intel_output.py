"""How `hinomi intel` shows sources, entries and what an import did."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hinomi.detect.intel import Doubt
from hinomi.pipeline.report.visible import visible

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.pipeline.intel.imports import Checked, Imported
    from hinomi.store.intel import Entry, Source, State

_SHOWN_REASONS = 20


def import_row(source: str, imported: Imported) -> dict[str, object]:
    """What one import did."""
    feed, done = imported.checked.feed, imported.done
    return {
        "source": source,
        "read": len(feed.indicators),
        "added": done.added,
        "removed": done.removed,
        "held": done.held,
        "refused": sum(feed.refused.values()),
        "in_use": imported.compiled.count,
    }


def source_row(source: Source) -> dict[str, object]:
    """A source with its counts."""
    return {
        "source": source.name,
        "kind": source.kind,
        "indicators": source.indicators,
        "held": source.held,
        "tlp": source.tlp.value,
        "confidence": source.confidence,
        "last": _time(source.last_at),
        "read_as": source.read_as,
        "fault": source.last_fault,
    }


def entry_row(entry: Entry, *, whole: bool = False) -> dict[str, object]:
    """One indicator of one source; `whole` with its description and labels."""
    one = entry.indicator
    row: dict[str, object] = {
        "kind": one.kind.value,
        "value": one.value,
        "source": ", ".join(one.sources),
        "confidence": one.confidence,
        "tlp": one.tlp.value,
        "until": _time(one.valid_until),
        "name": one.name,
        "held": Doubt(entry.doubt).words if entry.doubt else "",
        "allowed_until": _time(entry.allowed_until),
    }
    if whole:
        row |= {
            "from": _time(one.valid_from),
            "labels": list(one.labels),
            "description": one.description,
        }
    return row


def state_line(state: State) -> str:
    """Which set is in use."""
    if not state.file:
        return "no indicators are in use"
    stale = "; it is behind, run `hinomi intel compile`" if state.is_stale else ""
    return f"{state.count:,} indicators in use, made {_time(state.made_at)}{stale}"


def tell_notes(checked: Checked) -> None:
    """On stderr: what the feed was read as, and what was not taken or is held, with reasons."""
    feed = checked.feed
    print(f"hinomi intel: read as {visible(feed.read_as)}", file=sys.stderr)
    for doubt, count in checked.doubts.most_common():
        print(f"hinomi intel: {count:,} held: {doubt.words}", file=sys.stderr)
    for reason, count in feed.refused.most_common(_SHOWN_REASONS):
        places = ", ".join(feed.places.get(reason, ()))
        print(f"hinomi intel: {count:,} not taken: {visible(reason)} ({places})", file=sys.stderr)


def _time(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""

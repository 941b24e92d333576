"""When a company had not agreed to be watched, and the one rule that every way in asks: what was
written, recorded or heard then is never taken, neither at once nor after a new consent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_GAPS = 16  # of a source; beyond that the oldest are one
_EVER = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ConsentGap:
    """From `since` (None: ever before) until before `until` (None: still) nobody had agreed."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def begin(self) -> datetime:
        """For comparing."""
        return self.since or _EVER

    @property
    def end(self) -> datetime:
        """For comparing."""
        return self.until or _NEVER


def taken_at(gaps: Iterable[ConsentGap], written: datetime | None) -> bool:
    """Whether what was written then may be taken. None, nobody can say when: it may."""
    return written is None or not any(each.begin <= written < each.end for each in gaps)


def merged(gaps: Iterable[ConsentGap]) -> tuple[ConsentGap, ...]:
    """Oldest first, without overlaps. Too many are made fewer by letting the oldest reach over what
    lies between them: never is more taken for it."""
    found: list[ConsentGap] = []
    for each in sorted(gaps, key=lambda gap: (gap.begin, gap.end)):
        if found and each.begin <= found[-1].end:
            found[-1] = _joined(found[-1], each)
        else:
            found.append(each)
    over = len(found) - MOST_GAPS
    return tuple(found) if over <= 0 else (_joined(found[0], found[over]), *found[over + 1 :])


def last_end(gaps: Iterable[ConsentGap]) -> datetime | None:
    """Since when the company has agreed without a break; None where it never said otherwise."""
    return max((each.until for each in gaps if each.until), default=None)


def first_taken(gaps: Iterable[ConsentGap], moment: datetime) -> datetime:
    """The moment itself, or the end of the gap it lies in."""
    return max((each.end for each in gaps if each.begin <= moment < each.end), default=moment)


def stretches(
    gaps: Iterable[ConsentGap], start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """What lies between two moments and in none of the gaps, which are as `merged` gives them."""
    for each in gaps:
        if each.begin > start:
            yield from [(start, min(each.begin, end))] if start < end else []
        start = max(start, each.end)
    if start < end:
        yield start, end


def _joined(first: ConsentGap, last: ConsentGap) -> ConsentGap:
    ends_last = max(first, last, key=lambda gap: gap.end)
    return ConsentGap(first.since, ends_last.until)

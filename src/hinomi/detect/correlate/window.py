"""What one correlation remembers of one group: hits in the order of event time, and its runs.

A run is a stretch of time in which the condition keeps coming true; it is told once. All of this
is the caller's state: bytes in, bytes out.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MOST_OCCURRENCES = 10_000  # of one group; beyond it the oldest are dropped and counted
EVIDENCE_KEPT = 9  # hits of one group that keep their fields, besides the one that completes it
INNER_KEPT = 4  # of these for each hit of an inner correlation
LONGEST_RUN_US = 24 * 3_600 * 1_000_000  # then an attack that goes on is told again

_at = attrgetter("at")


class Occurrence(msgspec.Struct, array_like=True, gc=False):
    """One hit of one part. Times are microseconds since 1970.

    `until`: forgotten once the watermark has passed it. `fired`: the window that ends here has
    met the condition at some time; what it led to is not told again. `inner`: of the hit of an
    inner correlation, some of the hits that made it.
    """

    at: int
    part: int
    id: str
    until: int
    value: str | float | None = None
    fired: bool = False
    fields: dict[str, str] | None = None
    raw: bytes = b""
    inner: list[Occurrence] = msgspec.field(default_factory=list)


class Run(msgspec.Struct, array_like=True, gc=False):
    """What was told: `anchor` is when, `low` to `high` all the times it came true again."""

    anchor: int
    low: int
    high: int
    until: int


class Window(msgspec.Struct, array_like=True):
    """The memory of one group. `form` is the correlation's when it was written."""

    form: str
    occurrences: list[Occurrence] = msgspec.field(default_factory=list)
    runs: list[Run] = msgspec.field(default_factory=list)

    @property
    def until(self) -> int:
        """When the last of it is forgotten."""
        hits = max((each.until for each in self.occurrences), default=0)
        runs = max((run.until for run in self.runs), default=0)
        return max(hits, runs)

    def forget_before(self, watermark: int) -> None:
        """Drop what no hit that may still come can need."""
        if any(each.until < watermark for each in self.occurrences):
            self.occurrences = [each for each in self.occurrences if each.until >= watermark]
        if any(run.until < watermark for run in self.runs):
            self.runs = [run for run in self.runs if run.until >= watermark]

    def insert(self, occurrence: Occurrence) -> tuple[int, int]:
        """Into its place in time, after those of the same moment.

        Returns the place, and how many of the oldest were dropped; a place below 0 means that it
        was itself the oldest of too many.
        """
        place = bisect_right(self.occurrences, occurrence.at, key=_at)
        self.occurrences.insert(place, occurrence)
        beyond = max(0, len(self.occurrences) - MOST_OCCURRENCES)
        del self.occurrences[:beyond]
        return place - beyond, beyond

    def thin(self, part: int, *, keep: int) -> None:
        """Only the newest `keep` of a part hold their fields: the event ids lead to the rest."""
        for occurrence in reversed(self.occurrences):
            if occurrence.part != part or occurrence.fields is None:
                continue
            if keep:
                keep -= 1
                continue
            occurrence.fields, occurrence.raw, occurrence.inner = None, b"", []
            return  # one came in, so one goes out

    def first_of(self, last: int, *, span: int) -> int:
        """Where the window that ends at place `last` begins: both ends belong to it."""
        return bisect_left(self.occurrences, self.occurrences[last].at - span, key=_at)

    def newly_true(
        self,
        place: int,
        *,
        span: int,
        is_met: Callable[[Sequence[Occurrence], int, int], bool],
    ) -> Iterator[int]:
        """Ends of windows that the hit at `place` made true, in order: all that can hold it."""
        final = self.occurrences[place].at + span
        for last in range(place, len(self.occurrences)):
            occurrence = self.occurrences[last]
            if occurrence.at > final:
                return
            if occurrence.fired or not is_met(
                self.occurrences, self.first_of(last, span=span), last
            ):
                continue
            occurrence.fired = True
            yield last

    def belongs_to_run(self, last: int, *, span: int) -> bool:
        """Whether what came true is part of something told; if not, a run begins here."""
        moment = self.occurrences[last]
        longest = max(LONGEST_RUN_US, span)
        for run in self.runs:
            near = run.low - span <= moment.at <= run.high + span
            if near and abs(moment.at - run.anchor) <= longest:
                run.low, run.high = min(run.low, moment.at), max(run.high, moment.at)
                run.until = max(run.until, moment.until)
                return True
        self.runs.append(Run(moment.at, moment.at, moment.at, moment.until))
        return False


def encode(window: Window) -> bytes:
    """`decode` gives an equal window."""
    return msgspec.msgpack.encode(window)


def decode(body: bytes, *, form: str) -> Window:
    """An empty window when the correlation has changed since in what its hits mean."""
    try:
        window = msgspec.msgpack.decode(body, type=Window)
    except msgspec.MsgspecError:
        return Window(form)  # written by a release that laid it out differently
    return window if window.form == form else Window(form)

"""Event → its group of rules → its bucket → its kind → the rules that fire.

A group is the set of routes that apply to an event; a bucket one combination of answers its key
fields give to the group's rules. Both are made when the first such event comes, so a start costs
only what the stream at hand needs.
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

from hinomi.detect import reference
from hinomi.detect.logsource import PRESENT
from hinomi.detect.plan.bucket import Bucket, compile_bucket
from hinomi.detect.plan.kept import mark_of
from hinomi.detect.plan.keys import WINDOWS_KEYS, Answer, Keys, key_fields
from hinomi.detect.plan.layout import Kind, Layout, places_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hinomi.core.records import Event
    from hinomi.detect.bind import Bound
    from hinomi.detect.plan.kept import CompiledShelf
    from hinomi.detect.plan.memory import Memory

_MOST_BUCKETS = 2_000  # attackers choose field values; rules bound the kinds, this the memory
_MOST_KINDS = 200  # of one layout
_LONGEST_KEYS = 500
_MOST_NAMES = 1_000  # a record with more fields is looked at without being remembered
Hits = list[tuple["Bound", bool]]  # True: the rule itself must be asked before it fires


class _Group:
    """The rules whose routes apply to the same events."""

    def __init__(self, bounds: Sequence[Bound], names: Sequence[str], shelf: CompiledShelf) -> None:
        self.bounds = bounds
        self.mark = mark_of(bounds, names)
        self.keys = Keys(shelf.key_fields(self.mark, lambda: key_fields(names, bounds)))
        self.buckets: dict[tuple[Answer, ...], Bucket] = {}


class ShapePlan:
    """All rules for events of one shape."""

    def __init__(
        self, shape: str, bounds: Sequence[Bound], memory: Memory, shelf: CompiledShelf
    ) -> None:
        self._memory = memory
        self._shelf = shelf
        self._routes: dict[object, list[tuple[int, Bound]]] = {}
        for number, bound in enumerate(bounds):
            self._routes.setdefault(bound.route.keys, []).append((number, bound))
        routes = [pairs[0][1].route for pairs in self._routes.values()]
        decides = {name for route in routes for name, allowed in route.keys if allowed != PRESENT}
        self._settled = tuple(sorted(decides | set(WINDOWS_KEYS if shape == "windows" else ())))
        self._groups: dict[tuple[int, ...], _Group] = {}
        self._layouts: dict[tuple[str, ...], Layout] = {}
        self._bucket_count = 0

    def matches(self, events: Sequence[Event]) -> Iterator[tuple[int, Hits]]:
        """(Place of an event, the bound rules that fire on it in their order), where any does."""
        for kind, places in self._by_kind(events):
            verdicts = kind.verdicts([events[place] for place in places])
            for place, verdict in compress(zip(places, verdicts, strict=True), verdicts):
                yield place, [(kind.bounds[number], asks_again) for number, asks_again in verdict]

    def woken(self, event: Event) -> list[tuple[Bound, bool]]:
        """Every rule that applies to such events, and whether this one makes it asked."""
        ((kind, _),) = self._by_kind((event,))
        woken = kind.woken(event)
        return [(bound, number in woken) for number, bound in enumerate(kind.bounds)]

    def _by_kind(self, events: Sequence[Event]) -> Iterator[tuple[Kind, Sequence[int]]]:
        rows = [event.fields for event in events]
        for names, places in places_of(map(tuple, rows)).items():
            layout = self._layouts.get(names) or self._new_layout(names)
            keys = map(layout.read_keys, [rows[place] for place in places])
            for values, mine in places_of(keys, places).items():
                kind = layout.kinds.get(values)
                yield kind or self._new_kind(layout, values, events[mine[0]]), mine

    def forget(self) -> None:
        """Drop what streams brought; what was compiled of the rules stays."""
        self._layouts.clear()
        for group in self._groups.values():
            for bucket in group.buckets.values():
                bucket.forget()

    def bucket_count(self) -> int:
        """How many buckets there are now."""
        return self._bucket_count

    def _new_layout(self, names: tuple[str, ...]) -> Layout:
        layout = Layout(names, self._settled)
        if len(names) <= _MOST_NAMES:
            self._layouts[names] = layout
            self._memory.take(layout.size_bytes)
        return layout

    def _new_kind(self, layout: Layout, values: tuple[str, ...], event: Event) -> Kind:
        group = self._group(event)
        answers = group.keys.answers(event)
        bucket = group.buckets.get(answers)
        if bucket is None:
            bucket = self._new_bucket(group, answers, event)
        kind = Kind(bucket, layout, group.bounds, self._memory)
        if sum(map(len, values)) <= _LONGEST_KEYS:
            if len(layout.kinds) >= _MOST_KINDS:
                layout.kinds.clear()
            layout.kinds[values] = kind
            self._memory.take(kind.size_bytes)
        return kind

    def _new_bucket(self, group: _Group, answers: tuple[Answer, ...], event: Event) -> Bucket:
        if self._bucket_count >= _MOST_BUCKETS:
            self._layouts.clear()
            for one in self._groups.values():
                one.buckets.clear()
            self._bucket_count = 0
        self._bucket_count += 1
        compiled = self._shelf.bucket(
            group.mark,
            answers,
            lambda: compile_bucket(group.bounds, event, frozenset(self._settled)),
        )
        bucket = group.buckets[answers] = Bucket(compiled, self._memory)
        return bucket

    def _group(self, event: Event) -> _Group:
        applying = tuple(
            number
            for number, pairs in enumerate(self._routes.values())
            if reference.applies(pairs[0][1].route, event)
        )
        group = self._groups.get(applying)
        if group is None:
            routes = list(self._routes.values())
            pairs = sorted((p for number in applying for p in routes[number]), key=lambda p: p[0])
            group = _Group([bound for _, bound in pairs], self._settled, self._shelf)
            self._groups[applying] = group
        return group

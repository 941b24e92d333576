"""The quick matcher of one installation: one plan per shape, one bound on what they remember.

Shapes that no route names share one plan, of the rules that take any shape: so a format taught
after the start is matched like one that was always there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.detect.logsource import ANY_SHAPE
from hinomi.detect.plan.compiled import compile_rule
from hinomi.detect.plan.kept import CompiledShelf
from hinomi.detect.plan.layout import places_of
from hinomi.detect.plan.memory import MOST_BYTES, Memory
from hinomi.detect.plan.shape import ShapePlan
from hinomi.detect.plan.view import Slots, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from hinomi.core.records import Event
    from hinomi.detect.bind import Bound
    from hinomi.detect.modifiers import Placeholders
    from hinomi.detect.plan.compiled import Question
    from hinomi.detect.plan.shape import Hits
    from hinomi.detect.shelf import Shelf


class Plan:
    """All rules of an installation, by shape."""

    def __init__(
        self,
        bounds: Iterable[Bound],
        *,
        most_bytes: int = MOST_BYTES,
        shelf: Shelf | None = None,
    ) -> None:
        self._memory = Memory(self._forget, most_bytes)
        self._slots = Slots()
        self._questions: dict[int, Question] = {}  # by id: the plan keeps its rules alive
        self._shapes = {
            shape: ShapePlan(shape, mine, self._memory, CompiledShelf(shelf))
            for shape, mine in _by_shape(bounds).items()
        }

    def matches(
        self, events: Sequence[Event], lists: Callable[[Event], Placeholders]
    ) -> Iterator[tuple[int, list[Bound]]]:
        """(Place of an event, the bound rules that fire on it in the order they were given), where
        any does. `lists` gives the values of an event's organisation for `%name%`s."""
        for name, places in places_of([event.shape for event in events]).items():
            shape = self._plan_of(name)
            if shape is None:
                continue
            mine = [events[place] for place in places]
            for number, hits in shape.matches(mine):
                found = self._sure(hits, mine[number], lists)
                if found:
                    yield places[number], found

    def _sure(
        self, hits: Hits, event: Event, lists: Callable[[Event], Placeholders]
    ) -> list[Bound]:
        view: View | None = None
        found = []
        for bound, asks_again in hits:
            if asks_again:
                view = view or View(event, self._slots, lists(event))
                if not self._question(bound)(view):
                    continue
            found.append(bound)
        return found

    def woken(self, event: Event) -> Sequence[tuple[Bound, bool]]:
        """Every bound rule that applies to such events, and whether this one makes it asked."""
        shape = self._plan_of(event.shape)
        return shape.woken(event) if shape else ()

    @property
    def bucket_count(self) -> int:
        """How many combinations of key values were compiled."""
        return sum(shape.bucket_count() for shape in self._shapes.values())

    @property
    def times_forgotten(self) -> int:
        """How often the bound on memory was reached."""
        return self._memory.times_forgotten

    def _plan_of(self, shape: str) -> ShapePlan | None:
        return self._shapes.get(shape) or self._shapes.get(ANY_SHAPE)

    def _question(self, bound: Bound) -> Question:
        question = self._questions.get(id(bound))
        if question is None:
            question = self._questions[id(bound)] = compile_rule(bound, self._slots)
        return question

    def _forget(self) -> None:
        for shape in self._shapes.values():
            shape.forget()


def _by_shape(bounds: Iterable[Bound]) -> dict[str, list[Bound]]:
    """Shape → the rules for it in the order given; those for any shape are in each."""
    given = list(bounds)
    found: dict[str, list[Bound]] = {bound.route.shape: [] for bound in given}
    for bound in given:
        takers = found if bound.route.shape == ANY_SHAPE else (bound.route.shape,)
        for shape in takers:
            found[shape].append(bound)
    return found

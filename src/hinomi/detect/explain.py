"""Why a rule fired: a second, full pass over every part of the rule, only on hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.findings import Why
from hinomi.detect import facts
from hinomi.detect.plan.compiled import Question, compile_node, text_check
from hinomi.detect.plan.view import Slots, View
from hinomi.detect.read_value import readings
from hinomi.detect.reference import meant_by, refers
from hinomi.detect.tree import And, Ask, Item, Named, Node, Not, Or
from hinomi.detect.values import FieldRef, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hinomi.core.records import Event
    from hinomi.detect.bind import Bound
    from hinomi.detect.modifiers import Placeholders
    from hinomi.detect.values import Test

LONGEST_VALUE = 1_000
_MOST_REASONS = 50


class Explainer:
    """Explains hits. Each part of a rule is compiled once, when a hit of it is first explained."""

    def __init__(self) -> None:
        self.slots = Slots()
        self._questions: dict[tuple[int, int], Question] = {}
        self._kept: list[object] = []  # what the numbers in `_questions` stand for stays alive

    def explain(self, bound: Bound, event: Event, lists: Placeholders) -> tuple[Why, ...]:
        """The reasons, in the rule's order. A rule that is only a 'not' says what was not there."""
        case = _Case(bound, View(event, self.slots, lists), self)
        found: dict[Why, None] = {}
        for why in _reasons(bound.rule.condition, case, ""):
            found[why] = None
            if len(found) >= _MOST_REASONS:
                break
        return tuple(found)

    def later(
        self, bound: Bound, event: Event, lists: Placeholders
    ) -> Callable[[], tuple[Why, ...]]:
        """`explain`, when it is called."""
        return lambda: self.explain(bound, event, lists)

    def question(self, part: Node | Ask, item: Item | None, bound: Bound) -> Question:
        """A node, or one ask of an item, as a function of a view."""
        key = (id(part), id(bound))
        question = self._questions.get(key)
        if question is None:
            node = Item(item.field, (part,)) if item and isinstance(part, Ask) else part
            question = compile_node(node, bound, self.slots)  # type: ignore[arg-type]
            self._questions[key] = question
            self._kept += [part, bound]
        return question


@dataclass(frozen=True, slots=True)
class _Case:
    """One rule and one event; the parts share what was already looked up."""

    bound: Bound
    view: View
    explainer: Explainer

    def holds(self, node: Node) -> bool:
        return self.explainer.question(node, None, self.bound)(self.view)

    def ask_holds(self, ask: Ask, item: Item) -> bool:
        return self.explainer.question(ask, item, self.bound)(self.view)


def _reasons(node: Node, case: _Case, name: str) -> Iterator[Why]:
    if not case.holds(node):
        return
    if isinstance(node, (And, Or)):
        positive = [part for part in node.parts if not isinstance(part, Not)]
        for part in positive or node.parts:
            yield from _reasons(part, case, name)
    elif isinstance(node, Named):
        yield from _reasons(node.part, case, node.name)
    elif isinstance(node, Not):
        yield Why(selection=f"not {_first_name(node.part) or name}", field="", value="", pattern="")
    else:
        yield from _item_reasons(node, case, name)


def _item_reasons(item: Item, case: _Case, name: str) -> Iterator[Why]:
    if item.negated:
        yield _field_why(name, item, case, "; ".join(ask.shown for ask in item.asks))
        return
    for ask in item.asks:
        if not case.ask_holds(ask, item):
            continue
        if item.field:
            yield _field_why(name, item, case, ask.shown, ask)
        else:
            yield _keyword_why(name, ask, case)


def _field_why(name: str, item: Item, case: _Case, shown: str, ask: Ask | None = None) -> Why:
    """The native field that held the value; the rule's own name when there is none. Of a list the
    first element that met the ask, when one did."""
    names = case.bound.names(item.field)
    field, value = facts.find(case.view.event, names) or (item.field, "")
    elements = readings(value)[1:]
    if ask is not None and elements:
        checks = [_element_check(test, case) for test in _tests_of(ask, case)]
        value = next((one for one in elements if any(check(one) for check in checks)), value)
    return Why(selection=name, field=field, value=value[:LONGEST_VALUE], pattern=shown)


def _element_check(test: Test, case: _Case) -> Callable[[str], bool]:
    if not isinstance(test, FieldRef):
        return text_check(test)
    found = facts.find(case.view.event, case.bound.names(test.field))
    others = readings(found[1]) if found else ()
    return lambda text: refers(test, (text,), others)


def _tests_of(ask: Ask, case: _Case) -> list[Test]:
    return [one for test in ask.tests for one in meant_by(test, case.view.lists)]


def _keyword_why(name: str, ask: Ask, case: _Case) -> Why:
    """The text around the keyword when it is long: a record can be a megabyte."""
    checks = [text_check(test) for test in _tests_of(ask, case)]
    texts = [text for _, text in case.view.texts()]
    value = next(text for text in texts if any(check(text) for check in checks))
    start = max(0, _place_of(ask, value) - LONGEST_VALUE // 2)
    return Why(selection=name, field="", value=value[start:][:LONGEST_VALUE], pattern=ask.shown)


def _place_of(ask: Ask, text: str) -> int:
    """Where the first literal of the keyword stands in a long text; 0 when that is not simple."""
    if len(text) <= LONGEST_VALUE:
        return 0
    literals = (
        part.lower()
        for test in ask.tests
        if isinstance(test, Text)
        for part in test.parts
        if isinstance(part, str)
    )
    return max(0, text.lower().find(next(literals, "")))


def _first_name(node: Node) -> str:
    """The name of the first selection in the part; "" when it holds none."""
    if isinstance(node, Named):
        return node.name
    if isinstance(node, Not):
        return _first_name(node.part)
    if isinstance(node, (And, Or)):
        return next(filter(None, map(_first_name, node.parts)), "")
    return ""

"""Nodes → closures over a View. Nothing is decided here that the reference does not decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hinomi.detect.modifiers import fill
from hinomi.detect.plan.text import Check, any_of
from hinomi.detect.plan.view import Slots, View
from hinomi.detect.reference import refers, text_meets, value_meets
from hinomi.detect.tree import And, Item, Named, Node, Not, Or, placeholders_of, tests_of
from hinomi.detect.values import Exists, FieldRef, Listed, Null, Test, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.detect.bind import Bound

Question = Callable[[View], bool]


def compile_rule(bound: Bound, slots: Slots) -> Question:
    """The whole rule, which also needs a value for every `%name%` it writes."""
    question = compile_node(bound.rule.condition, bound, slots)
    needs = placeholders_of(bound.rule.condition)
    if not needs:
        return question
    return lambda view: needs <= view.lists.keys() and question(view)


def compile_node(node: Node, bound: Bound, slots: Slots) -> Question:
    """The node as one function of a view."""
    if isinstance(node, Named):
        return compile_node(node.part, bound, slots)
    if isinstance(node, Not):
        part = compile_node(node.part, bound, slots)
        return lambda view: not part(view)
    if isinstance(node, (And, Or)):
        parts = tuple(compile_node(part, bound, slots) for part in node.parts)
        return _every(parts) if isinstance(node, And) else _some(parts)
    return _item(node, bound, slots)


def _every(parts: Sequence[Question]) -> Question:
    if len(parts) == 1:
        return parts[0]
    if len(parts) == 2:
        left, right = parts
        return lambda view: left(view) and right(view)

    def every(view: View) -> bool:
        for part in parts:  # noqa: SIM110  all() over a generator costs twice as much here
            if not part(view):
                return False
        return True

    return every


def _some(parts: Sequence[Question]) -> Question:
    if len(parts) == 1:
        return parts[0]

    def some(view: View) -> bool:
        for part in parts:  # noqa: SIM110  any() over a generator costs twice as much here
            if part(view):
                return True
        return False

    return some


def _item(item: Item, bound: Bound, slots: Slots) -> Question:
    make = _field_question if item.field else _keyword_question
    if item.needs_all:
        question = _every([make(ask.tests, item, bound, slots) for ask in item.asks])
    else:
        tests = list(tests_of(item))
        question = make(tests, item, bound, slots)
    if item.negated:
        return lambda view: not question(view)
    return question


def _field_question(tests: Sequence[Test], item: Item, bound: Bound, slots: Slots) -> Question:
    """Any of the tests, on one field."""
    slot = slots.number(bound.names(item.field))
    questions = [
        *_on_text(
            slot, any_of(t for t in tests if isinstance(t, Text) and not t.cased), View.lowered
        ),
        *_on_text(slot, any_of(t for t in tests if isinstance(t, Text) and t.cased), View.readings),
        *(_other(test, slot, bound, slots) for test in tests if not isinstance(test, Text)),
    ]
    return _some(questions)


def _on_text(
    slot: int, checks: Sequence[Check], read: Callable[[View, int], Sequence[str]]
) -> list[Question]:
    def on_text(check: Check) -> Question:
        def question(view: View) -> bool:
            for text in read(view, slot):  # noqa: SIM110  any() over a generator costs twice
                if check(text):
                    return True
            return False

        return question

    return [on_text(check) for check in checks]


def _other(test: Test, slot: int, bound: Bound, slots: Slots) -> Question:
    if isinstance(test, Null):
        return lambda view: (value := view.value(slot)) is None or value_meets(test, value)
    if isinstance(test, Exists):
        wanted = test.wanted
        return lambda view: (view.value(slot) is not None) == wanted
    if isinstance(test, FieldRef):
        return _reference(test, slot, slots.number(bound.names(test.field)))
    if isinstance(test, Listed):
        return _listed(test, slot)

    return lambda view: any(text_meets(test, text) for text in view.readings(slot))


def _reference(test: FieldRef, slot: int, other_slot: int) -> Question:
    return lambda view: refers(test, view.readings(slot), view.readings(other_slot))


def _listed(test: Listed, slot: int) -> Question:
    def question(view: View) -> bool:
        texts = view.readings(slot)
        return any(text_meets(one, text) for one in fill(test, view.lists) for text in texts)

    return question


def _keyword_question(tests: Sequence[Test], item: Item, bound: Bound, slots: Slots) -> Question:
    """Any of the tests, on any text of the event."""
    ignoring_case = any_of(t for t in tests if isinstance(t, Text) and not t.cased)
    as_it_stands = any_of(t for t in tests if isinstance(t, Text) and t.cased)
    as_it_stands += [text_check(test) for test in tests if not isinstance(test, (Text, Listed))]
    listed = [test for test in tests if isinstance(test, Listed)]

    def question(view: View) -> bool:
        filled = [one for test in listed for one in fill(test, view.lists)]
        return any(
            any(check(low) for check in ignoring_case)
            or any(check(text) for check in as_it_stands)
            or any(text_meets(one, text) for one in filled)
            for low, text in view.texts()
        )

    return question


def value_check(test: Test) -> Check:
    """One test as a function of a value, which may be a list."""
    check = text_check(test)
    return lambda value: check(value) if value[:1] != "[" else value_meets(test, value)


def text_check(test: Test) -> Check:
    """One test as a function of one text as it stands, list or not."""
    if not isinstance(test, Text):
        return lambda text: text_meets(test, text)
    check = any_of([test])[0]
    return check if test.cased else lambda text: check(text.lower())

"""The naive matcher: one rule, one event, no cleverness. This is the specification.

A field that holds a list (`["x","y"]`: `read_value.elements_of`) meets a test when its text as it
stands does or any element does; so `a: x` and `a: y` can both be true of it, and `not a: x` is not.
`plan` must give exactly what this gives, on every golden and on random rules and events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.detect import facts
from hinomi.detect.modifiers import fill
from hinomi.detect.read_value import address_of, elements_of, moment_of, number_of, readings
from hinomi.detect.tree import And, Ask, Item, Named, Node, Not, Or, placeholders_of
from hinomi.detect.values import (
    Cidr,
    Compare,
    Exists,
    FieldRef,
    Listed,
    Moment,
    Null,
    Order,
    Regex,
    Test,
    Text,
    TimePart,
    Wild,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hinomi.core.records import Event
    from hinomi.detect.bind import Bound
    from hinomi.detect.logsource import Route
    from hinomi.detect.modifiers import Placeholders


NO_LISTS: Placeholders = {}


def fires(bound: Bound, event: Event, lists: Placeholders = NO_LISTS) -> bool:
    """Whether the rule fires on the event by this route.

    `lists` are the values of the event's organisation for `%name%`s. A rule that writes a name for
    which it has none waits: a missing list must not turn a `not` into an alarm.
    """
    condition = bound.rule.condition
    return (
        applies(bound.route, event)
        and holds(condition, bound, event, lists)
        and placeholders_of(condition) <= lists.keys()
    )


def applies(route: Route, event: Event) -> bool:
    """Whether the event is of the route's kind: its shape, and what its key fields say."""
    if not route.takes(event.shape):
        return False
    for name, allowed in route.keys:
        found = facts.find(event, (name,))
        if found is None or ("*" not in allowed and found[1].lower() not in allowed):
            return False
    return True


def holds(node: Node, bound: Bound, event: Event, lists: Placeholders = NO_LISTS) -> bool:
    """Whether this part of the condition is true of the event."""
    if isinstance(node, And):
        return all(holds(part, bound, event, lists) for part in node.parts)
    if isinstance(node, Or):
        return any(holds(part, bound, event, lists) for part in node.parts)
    if isinstance(node, Not):
        return not holds(node.part, bound, event, lists)
    if isinstance(node, Named):
        return holds(node.part, bound, event, lists)
    answers = [ask_holds(ask, node, bound, event, lists) for ask in node.asks]
    return (all(answers) if node.needs_all else any(answers)) != node.negated


def ask_holds(ask: Ask, item: Item, bound: Bound, event: Event, lists: Placeholders) -> bool:
    """Whether one written value is met: by the field, or for keywords by any text there is."""
    tests = [one for test in ask.tests for one in meant_by(test, lists)]
    if not item.field:
        texts = [text for _, text in facts.searchable(event)]
        return any(text_meets(test, text) for test in tests for text in texts)
    found = facts.find(event, bound.names(item.field))
    value = None if found is None else found[1]
    return any(test_holds(test, value, bound, event) for test in tests)


def meant_by(test: Test, lists: Placeholders) -> tuple[Test, ...]:
    """The test itself, or those that the organisation's values make of it."""
    return fill(test, lists) if isinstance(test, Listed) else (test,)


def test_holds(test: Test, value: str | None, bound: Bound, event: Event) -> bool:
    """Whether the field's value (None: the event has no such field) meets one test."""
    if isinstance(test, Exists):
        return (value is not None) == test.wanted
    if value is None:
        return isinstance(test, Null)
    if isinstance(test, FieldRef):
        other = facts.find(event, bound.names(test.field))
        return other is not None and refers(test, readings(value), readings(other[1]))
    return value_meets(test, value)


def value_meets(test: Test, value: str) -> bool:
    """Whether a value, which may be a list, meets a test that needs nothing but the value."""
    if isinstance(test, Null):
        return None in elements_of(value)
    return any(text_meets(test, text) for text in readings(value))


def text_meets(test: Test, value: str) -> bool:
    """Whether one text, list or not, meets a test that needs nothing but the text."""
    if isinstance(test, Text):
        parts = test.parts if test.cased else tuple(_lower(part) for part in test.parts)
        return fits(parts, value if test.cased else value.lower())
    if isinstance(test, Regex):
        return test.expression.is_in(value)
    if isinstance(test, Cidr):
        address = address_of(value)
        return address is not None and address in test.network
    if isinstance(test, Compare):
        number = number_of(value)
        return number is not None and stands(number, test.order, test.number)
    if isinstance(test, Moment):
        moment = moment_of(value)
        return moment is not None and stands(part_of(moment, test.part), test.order, test.number)
    return False  # null, exists and fieldref ask about fields; a keyword cannot carry them


def fits(parts: Sequence[str | Wild], text: str) -> bool:
    """Whether the whole text is these parts in order, wildcards filled somehow."""
    if any(isinstance(part, str) and part not in text for part in parts):
        return False  # decides most questions; the rest would come to the same
    places = {0}  # where in the text the parts so far can have ended
    for part in parts:
        if part is Wild.ANY:
            places = set(range(min(places), len(text) + 1))
        elif part is Wild.ONE:
            places = {place + 1 for place in places if place < len(text)}
        else:
            places = {place + len(part) for place in places if text.startswith(part, place)}
        if not places:
            return False
    return len(text) in places


def refers(test: FieldRef, values: Sequence[str], others: Sequence[str]) -> bool:
    """Whether any of the values is, begins with, ends with or contains any of the other field's."""
    if not test.cased:
        values, others = [one.lower() for one in values], [one.lower() for one in others]
    if test.starts and test.ends:
        return any(other in value for value in values for other in others)
    if test.starts:
        return any(value.startswith(tuple(others)) for value in values)
    if test.ends:
        return any(value.endswith(tuple(others)) for value in values)
    return not set(values).isdisjoint(others)


def stands(left: float, order: Order, right: float) -> bool:
    """Whether left < right, left <= right, …"""
    return {
        Order.LT: left < right,
        Order.LTE: left <= right,
        Order.GT: left > right,
        Order.GTE: left >= right,
        Order.EQ: left == right,
    }[order]


def part_of(moment: datetime, part: TimePart) -> int:
    """The minute … year of a moment; weeks count as in ISO 8601."""
    return moment.isocalendar().week if part is TimePart.WEEK else int(getattr(moment, part.value))


def _lower(part: str | Wild) -> str | Wild:
    return part if isinstance(part, Wild) else part.lower()

"""Event → its bucket → candidate rules → matches.

A bucket is one combination of answers that the key fields (Channel, EventID, Provider_Name …) give
to everything rules and routes ask of them. All events of a bucket share the same rules with those
questions already answered, so most rules are gone before any other field is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.detect import facts, reference
from hinomi.detect.logsource import PRESENT
from hinomi.detect.plan.compiled import Question, compile_node, value_check
from hinomi.detect.plan.signs import SignIndex
from hinomi.detect.plan.view import Slots, View
from hinomi.detect.plan.witness import signs_of
from hinomi.detect.tree import And, Item, Named, Node, Not, Or
from hinomi.detect.values import FieldRef, Test, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hinomi.core.records import Event
    from hinomi.detect.bind import Bound
    from hinomi.detect.plan.text import Check

_MOST_BUCKETS = 2_000  # attackers choose field values; rules bound the kinds, this the memory
_MOST_VALUES = 20_000
_LONGEST_VALUE = 500
_WINDOWS_KEYS = ("Channel", "EventID", "Provider_Name")


@dataclass(slots=True)
class _Bucket:
    """The rules left for one kind of event; `questions` are compiled when first asked."""

    index: SignIndex
    rest: list[tuple[Bound, Node]]
    questions: dict[int, Question] = field(default_factory=dict)


@dataclass(slots=True)
class _KeyField:
    """One key field of a shape: what rules ask of it. `classes` remembers the answers.

    A field of which routes only ask whether it is there does not settle rules' own questions.
    """

    name: str
    settles: bool
    exact: set[str] = field(default_factory=set)
    others: dict[Test, Check] = field(default_factory=dict)
    classes: dict[str, tuple[object, ...]] = field(default_factory=dict)

    def answer(self, event: Event) -> tuple[object, ...]:
        """Equal for two events whenever no rule can tell their values apart."""
        found = facts.find(event, (self.name,))
        if found is None:
            return ()
        value = found[1]
        if not self.settles or len(value) > _LONGEST_VALUE:
            return self._judge(value)
        if value not in self.classes:
            if len(self.classes) > _MOST_VALUES:
                self.classes.clear()
            self.classes[value] = self._judge(value)
        return self.classes[value]

    def _judge(self, value: str) -> tuple[object, ...]:
        if not self.settles:
            return (True,)
        low = value.lower()
        rest = tuple(check(value) for check in self.others.values())
        return (low if low in self.exact else None, *rest)


class Plan:
    """All rules of an installation, by shape and kind of event."""

    def __init__(self, bound: Sequence[Bound]) -> None:
        self._slots = Slots()
        self._routes: dict[str, dict[object, list[tuple[int, Bound]]]] = {}
        for number, one in enumerate(bound):
            groups = self._routes.setdefault(one.route.shape, {})
            groups.setdefault(one.route.keys, []).append((number, one))
        self._keys = {shape: _key_fields(shape, bound) for shape in self._routes}
        self._buckets: dict[object, _Bucket] = {}

    def matches(self, event: Event) -> Iterator[Bound]:
        """The bound rules that fire, in the order they were given."""
        if event.shape not in self._routes:
            return
        bucket = self._bucket(event)
        view = View(event, self._slots)
        for number in sorted(bucket.index.candidates(view)):
            question = bucket.questions.get(number)
            if question is None:
                bound, node = bucket.rest[number]
                question = compile_node(node, bound, self._slots)
                bucket.questions[number] = question
            if question(view):
                yield bucket.rest[number][0]

    def _bucket(self, event: Event) -> _Bucket:
        key = (event.shape, *[one.answer(event) for one in self._keys[event.shape]])
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= _MOST_BUCKETS:
                self._buckets.clear()
            bucket = self._buckets[key] = self._fill(event)
        return bucket

    def _fill(self, event: Event) -> _Bucket:
        names = frozenset(one.name for one in self._keys[event.shape] if one.settles)
        applying = sorted(
            (
                pair
                for group in self._routes[event.shape].values()
                for pair in group
                if reference.applies(group[0][1].route, event)
            ),
            key=lambda pair: pair[0],
        )
        bucket = _Bucket(SignIndex(self._slots), [])
        for _, bound in applying:
            node = _settle(bound.rule.condition, bound, event, names)
            if node is not False:
                condition = bound.rule.condition if node is True else node
                signs = signs_of(condition, bound, self._slots) if node is not True else None
                bucket.index.add(len(bucket.rest), signs)
                bucket.rest.append((bound, condition))
        return bucket


def _settle(node: Node, bound: Bound, event: Event, keys: frozenset[str]) -> Node | bool:
    """The node with every question about key fields answered, as this event answers it."""
    if isinstance(node, Named):
        part = _settle(node.part, bound, event, keys)
        return part if isinstance(part, bool) or part is not node.part else node
    if isinstance(node, Not):
        part = _settle(node.part, bound, event, keys)
        return not part if isinstance(part, bool) else (node if part is node.part else Not(part))
    if isinstance(node, (And, Or)):
        return _settle_parts(node, bound, event, keys)
    if _is_settled_by(node, bound, keys):
        return reference.holds(node, bound, event)
    return node


def _settle_parts(node: And | Or, bound: Bound, event: Event, keys: frozenset[str]) -> Node | bool:
    deciding = isinstance(node, Or)  # one true part decides an Or, one false part an And
    left: list[Node] = []
    for part in node.parts:
        settled = _settle(part, bound, event, keys)
        if settled is deciding:
            return deciding
        if not isinstance(settled, bool):
            left.append(settled)
    if not left:
        return not deciding
    if len(left) == 1:
        return left[0]
    same = len(left) == len(node.parts) and all(
        a is b for a, b in zip(left, node.parts, strict=True)
    )
    return node if same else type(node)(tuple(left))


def _is_settled_by(item: Item, bound: Bound, keys: frozenset[str]) -> bool:
    """Whether the item asks only about a key field, under that very name."""
    if item.field not in keys or len(bound.names(item.field)) > 1:
        return False
    return not any(isinstance(test, FieldRef) for ask in item.asks for test in ask.tests)


def _key_fields(shape: str, bound: Sequence[Bound]) -> list[_KeyField]:
    """The key fields of a shape, each knowing every test that any rule or route puts to it."""
    names = set(_WINDOWS_KEYS) if shape == "windows" else set()
    mine = [one for one in bound if one.route.shape == shape]
    names |= {name for one in mine for name, allowed in one.route.keys if allowed != PRESENT}
    keys = {name: _KeyField(name, settles=True) for name in sorted(names)}
    for name in {name for one in mine for name, _ in one.route.keys} - names:
        keys[name] = _KeyField(name, settles=False)
    for one in mine:
        for name, allowed in one.route.keys:
            keys[name].exact |= allowed
        for item in _items(one.rule.condition):
            if item.field in keys and keys[item.field].settles:
                _note_tests(keys[item.field], item)
    return list(keys.values())


def _note_tests(key: _KeyField, item: Item) -> None:
    for test in (test for ask in item.asks for test in ask.tests):
        if (
            isinstance(test, Text)
            and not test.cased
            and len(test.parts) == 1
            and (isinstance(test.parts[0], str))
        ):
            key.exact.add(test.parts[0].lower())
        else:
            key.others[test] = value_check(test)


def _items(node: Node) -> Iterator[Item]:
    if isinstance(node, Item):
        yield node
    elif isinstance(node, (Named, Not)):
        yield from _items(node.part)
    else:
        for part in node.parts:
            yield from _items(part)

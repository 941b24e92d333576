"""The key fields of a group of rules: what is asked of them decides which bucket an event is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hinomi.detect import facts
from hinomi.detect.plan.compiled import value_check
from hinomi.detect.plan.settle import is_about_keys
from hinomi.detect.read_value import readings
from hinomi.detect.tree import items_of, tests_of
from hinomi.detect.values import Test, Text
from hinomi.detect.written import Written, read_test, write_test

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hinomi.core.records import Event
    from hinomi.detect.bind import Bound
    from hinomi.detect.plan.text import Check

# Channel and EventID are in nearly every rule of Windows; the provider tells services apart.
WINDOWS_KEYS = ("Channel", "EventID", "Provider_Name")
Answer = tuple[str | bool | None, ...]  # of one key field; () when the event has no such field


class KeyField(msgspec.Struct, array_like=True):
    """One key field: the values rules name, and their other tests."""

    name: str
    exact: list[str] = []
    others: list[Written] = []


class Keys:
    """Asks an event what the rules of one group want to know of its key fields."""

    def __init__(self, fields: Iterable[KeyField]) -> None:
        self._fields = [
            (field.name, frozenset(field.exact), [value_check(read_test(t)) for t in field.others])
            for field in fields
        ]

    def answers(self, event: Event) -> tuple[Answer, ...]:
        """Equal for two events whenever no rule of the group can tell their key fields apart."""
        return tuple(_answer(event, name, exact, others) for name, exact, others in self._fields)


def key_fields(names: Sequence[str], bounds: Iterable[Bound]) -> list[KeyField]:
    """The key fields, each knowing every test that any of the rules puts to it."""
    keys = frozenset(names)
    exact: dict[str, dict[str, None]] = {name: {} for name in names}
    others: dict[str, dict[Test, None]] = {name: {} for name in names}
    for bound in bounds:
        for item in items_of(bound.rule.condition):
            if not is_about_keys(item, bound, keys):
                continue
            for test in tests_of(item):
                literal = _plain_literal(test)
                if literal is None:
                    others[item.field][test] = None
                else:
                    exact[item.field][literal] = None
    return [
        KeyField(name, sorted(exact[name]), [write_test(test) for test in others[name]])
        for name in names
    ]


def _answer(event: Event, name: str, exact: frozenset[str], others: Sequence[Check]) -> Answer:
    found = facts.find(event, (name,))
    if found is None:
        return ()
    whole, *elements = [text.lower() for text in readings(found[1])]
    return (
        whole if whole in exact else None,
        *[check(found[1]) for check in others],
        *sorted(exact.intersection(elements)),
    )


def _plain_literal(test: Test) -> str | None:
    if isinstance(test, Text) and not test.cased and len(test.parts) == 1:
        (part,) = test.parts
        return part.lower() if isinstance(part, str) else None
    return None

"""The index from signs to rules: one look at each field's value wakes the rules it can concern."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hinomi.detect.plan.view import Slots, View
    from hinomi.detect.plan.witness import Sign, Signs

_LONGEST_REMEMBERED = 512
_MOST_REMEMBERED = 5_000
_Table = dict[str, list[int]]


@dataclass(slots=True)
class _SlotSigns:
    """The signs in one field's value. Literals at an end are looked up by their lengths."""

    present: list[int] = field(default_factory=list)
    exact: _Table = field(default_factory=lambda: defaultdict(list))
    prefix: dict[int, _Table] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    suffix: dict[int, _Table] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    contains: _Table = field(default_factory=lambda: defaultdict(list))
    seen: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def add(self, sign: Sign, rule: int) -> None:
        """The rule becomes a candidate when the sign is there."""
        if sign.kind == "present":
            self.present.append(rule)
        elif sign.kind == "exact":
            self.exact[sign.literal].append(rule)
        elif sign.kind == "contains":
            self.contains[sign.literal].append(rule)
        else:
            ends = self.prefix if sign.kind == "prefix" else self.suffix
            ends[len(sign.literal)][sign.literal].append(rule)

    def candidates(self, value: str) -> Iterable[int]:
        """Rules of which a sign is in the value; values repeat, so answers are remembered."""
        if len(value) > _LONGEST_REMEMBERED:
            return self._look(value)
        if value not in self.seen:
            if len(self.seen) >= _MOST_REMEMBERED:
                self.seen.clear()
            self.seen[value] = tuple(self._look(value))
        return self.seen[value]

    def _look(self, value: str) -> set[int]:
        found = set(self.present)
        found.update(self.exact.get(value, ()))
        for length, table in self.prefix.items():
            found.update(table.get(value[:length], ()))
        for length, table in self.suffix.items():
            found.update(table.get(value[-length:], ()))
        for rules in [rules for literal, rules in self.contains.items() if literal in value]:
            found.update(rules)
        return found


class SignIndex:
    """All signs of a bucket's rules, by field; rules are numbers."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._always: set[int] = set()
        self._keywords: _Table = defaultdict(list)
        self._fields: dict[int, _SlotSigns] = {}

    def add(self, rule: int, signs: Signs | None) -> None:
        """A rule with its signs; None means it must be asked always."""
        if signs is None:
            self._always.add(rule)
            return
        for sign in signs:
            if sign.kind == "keyword":
                self._keywords[sign.literal].append(rule)
            else:
                self._fields.setdefault(sign.slot, _SlotSigns()).add(sign, rule)

    def candidates(self, view: View) -> set[int]:
        """Every rule that can fire on the event, and few others."""
        found = set(self._always)
        for slot, signs in self._fields.items():
            value = view.lowered(slot)
            if value is not None:
                found.update(signs.candidates(value))
        if self._keywords:
            # NUL keeps a keyword from being found across two texts, where it is in neither.
            everything = "\0".join(low for low, _ in view.texts())
            for literal, rules in self._keywords.items():
                if literal in everything:
                    found.update(rules)
        return found

"""Value → its class: the set of questions to which this value says yes.

Observation: a stream holds few different values per field, and many values answer every question
alike. So each different value is searched once, for all literals of all rules at the same time
(`search`), and from then on it is one look in a dictionary. Guard: test_plan.py.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, cast

from hinomi.detect.plan.compiled import text_check
from hinomi.detect.plan.search import LONG_VALUE, anchored, make_search
from hinomi.detect.read_value import elements_of, readings
from hinomi.detect.written import read_test

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hinomi.detect.plan.asked import FieldAsked
    from hinomi.detect.plan.memory import Memory

_NONE: frozenset[int] = frozenset()


class Answers:
    """One class of values: the atoms that are true, and the rules they wake."""

    __slots__ = ("atoms", "wakes")

    def __init__(self, atoms: frozenset[int], wakes: frozenset[int]) -> None:
        self.atoms = atoms
        self.wakes = wakes


_NOTHING = Answers(_NONE, _NONE)


class Classes:
    """Value → class of one field, filled as values come. Any entry may be forgotten at any time."""

    __slots__ = ("_by_atoms", "_known", "_late", "_memory", "_null", "_search", "_wakes",
                 "_waking")  # fmt: skip

    def __init__(
        self, asked: FieldAsked, wakes: Mapping[int, frozenset[int]], memory: Memory
    ) -> None:
        self._search = make_search(asked)
        self._late = Late(asked)
        self._null = asked.null
        self._wakes = wakes
        self._waking = frozenset(wakes)
        self._memory = memory
        self._known: dict[str, Answers] = {}
        self._by_atoms: dict[frozenset[int], Answers] = {}

    def of(self, values: Sequence[str]) -> list[Answers]:
        """The class of each value."""
        known = self._known
        found = list(map(known.get, values))
        if all(found):
            return cast("list[Answers]", found)
        fresh = list({value for value, answers in zip(values, found, strict=True) if not answers})
        known.update(dict.fromkeys(fresh, _NOTHING))
        for value, atoms in self._true(fresh).items():
            known[value] = self._class(value, atoms)
        learnt = list(map(known.__getitem__, values))
        for value in [value for value in fresh if len(value) > LONG_VALUE]:
            del known[value]
        self._memory.take(sum(map(len, fresh)), entries=len(fresh))
        return learnt

    def forget(self) -> None:
        """Drop what was remembered."""
        self._known.clear()
        self._by_atoms.clear()

    def _true(self, fresh: Sequence[str]) -> dict[str, set[int]]:
        """The atoms of those values that have any; what is true of an element is of its list."""
        lists = {value: readings(value) for value in fresh if value[:1] == "["}
        if not lists:
            return self._search(fresh)
        found = self._search(list({*fresh, *chain.from_iterable(lists.values())}))
        true = {value: found[value] for value in fresh if value in found}
        for value, texts in lists.items():
            atoms = set().union(*[found[text] for text in texts if text in found])
            if self._null >= 0 and None in elements_of(value):
                atoms.add(self._null)
            if atoms:
                true[value] = atoms
        return true

    def _class(self, value: str, atoms: set[int]) -> Answers:
        woken = _NONE
        waking = atoms & self._waking
        if waking:
            woken = _NONE.union(*[self._wakes[atom] for atom in waking])
            atoms.update(self._late.atoms(woken, value))
        key = frozenset(atoms)
        found = self._by_atoms.get(key)
        if found is None:
            found = self._by_atoms[key] = Answers(key, woken)
        return found


class Late:
    """Patterns that are looked for only when the value has woken a rule that asks them.

    Observation: the words most often found (` -`, `.exe`, `/c`) seldom decide; leaving them out of
    the first search halves it and makes far fewer classes, as what cannot matter does not count.
    """

    __slots__ = ("_by_rule", "_confirm", "_hints")

    def __init__(self, asked: FieldAsked) -> None:
        self._by_rule: dict[int, list[tuple[str, int]]] = {}
        for rule, pattern, atom in asked.late:
            self._by_rule.setdefault(rule, []).append((pattern, atom))
        late = {atom for _, _, atom in asked.late}
        self._confirm = {
            atom: text_check(read_test(test)) for atom, test in asked.confirm if atom in late
        }
        self._hints = frozenset(asked.hints)

    def atoms(self, woken: frozenset[int], value: str) -> list[int]:
        """The true ones among those that the woken rules ask."""
        if self._by_rule.keys().isdisjoint(woken):
            return []
        if value[:1] != "[":
            return self._of_text(woken, value)
        return [atom for text in readings(value) for atom in self._of_text(woken, text)]

    def _of_text(self, woken: frozenset[int], value: str) -> list[int]:
        text = anchored(value)
        confirm, hints = self._confirm, () if value.isascii() else self._hints
        return [
            atom
            for rule in woken
            for pattern, atom in self._by_rule.get(rule, ())
            if (pattern in text and (atom not in confirm or confirm[atom](value))) or atom in hints
        ]

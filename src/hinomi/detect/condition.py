"""The condition line of a rule: words → tree. `not` binds tighter than `and`, `and` than `or`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from typing import TYPE_CHECKING

from hinomi.core.errors import RuleRefused
from hinomi.detect.tree import And, Named, Node, Not, Or

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = re.compile(r"\s*(?:(?P<word>[\w*.\-]+)|(?P<mark>[()|])|(?P<other>\S))")
_QUANTIFIERS: dict[str, type[And] | type[Or]] = {"1": Or, "any": Or, "all": And}
_MOST_WORDS = 2_000
_DEEPEST = 50


def parse_condition(text: str, selections: Mapping[str, Node]) -> Node:
    """The tree of one condition. Raises RuleRefused with a sentence, without a place."""
    words = _words(text)
    parser = _Parser(words=words, selections=selections)
    node = parser.alternatives(depth=0)
    if parser.position < len(words):
        raise RuleRefused(f"the condition does not end after {words[parser.position - 1]!r}")
    return node


def _words(text: str) -> list[str]:
    words: list[str] = []
    for found in _WORD.finditer(text):
        if found["other"]:
            raise RuleRefused(f"the condition holds {found['other']!r}, which means nothing there")
        if found["mark"] == "|":
            raise RuleRefused(
                "aggregation after '|' is the old syntax; write a correlation rule instead"
            )
        words.append(found["word"] or found["mark"])
    if not words:
        raise RuleRefused("the condition is empty")
    if len(words) > _MOST_WORDS:
        raise RuleRefused(f"the condition has more than {_MOST_WORDS} words")
    return words


@dataclass(slots=True)
class _Parser:
    """Recursive descent over the words; one method per binding strength."""

    words: list[str]
    selections: Mapping[str, Node]
    position: int = 0

    def alternatives(self, *, depth: int) -> Node:
        if depth > _DEEPEST:
            raise RuleRefused(f"the condition is nested deeper than {_DEEPEST} brackets")
        parts = [self._requirements(depth)]
        while self._take("or"):
            parts.append(self._requirements(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _requirements(self, depth: int) -> Node:
        parts = [self._negation(depth)]
        while self._take("and"):
            parts.append(self._negation(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _negation(self, depth: int) -> Node:
        turns = 0
        while self._take("not"):
            turns += 1
        node = self._operand(depth)
        return Not(node) if turns % 2 else node

    def _operand(self, depth: int) -> Node:
        if self._take("("):
            node = self.alternatives(depth=depth + 1)
            if not self._take(")"):
                raise RuleRefused("the condition lacks a closing bracket")
            return node
        word = self._next()
        if self.position < len(self.words) and self.words[self.position].lower() == "of":
            return self._several(word)
        return self._selection(word)

    def _several(self, quantifier: str) -> Node:
        join = _QUANTIFIERS.get(quantifier.lower())
        if join is None:
            raise RuleRefused(f"'{quantifier} of' is not supported; '1 of' and 'all of' are")
        self.position += 1
        pattern = self._next()
        chosen = tuple(
            Named(name, node)
            for name, node in self.selections.items()
            if _is_chosen(name, pattern=pattern)
        )
        if not chosen:
            raise RuleRefused(f"'{quantifier} of {pattern}' names no selection of this rule")
        return chosen[0] if len(chosen) == 1 else join(chosen)

    def _selection(self, word: str) -> Node:
        if word not in self.selections:
            raise RuleRefused(f"the condition names {word!r}, which is no selection of this rule")
        return Named(word, self.selections[word])

    def _next(self) -> str:
        if self.position >= len(self.words):
            raise RuleRefused("the condition ends where a selection is expected")
        word = self.words[self.position]
        if word in "()" or (word.lower() in ("and", "or") and word not in self.selections):
            raise RuleRefused(f"the condition has {word!r} where a selection is expected")
        self.position += 1
        return word

    def _take(self, word: str) -> bool:
        if self.position < len(self.words) and self.words[self.position].lower() == word:
            self.position += 1
            return True
        return False


def _is_chosen(name: str, *, pattern: str) -> bool:
    """`them` and patterns leave out selections that begin with `_`, unless the pattern does too."""
    if name.startswith("_") and not pattern.startswith("_"):
        return False
    if pattern == "them":
        return True
    return re.match(translate(pattern), name) is not None

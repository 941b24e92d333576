"""Values → the questions to which each says yes, for many values at once.

Observation: a call into the search machine, and the list it answers with, cost more than reading
the letters of a short value; and 6 MB of machine stay in the processor's cache while value follows
value. So different values are joined, each between its anchors, and searched as one text; a pattern
holds no anchor but at its ends, so none is found across two values. Measured: see ADR 0014.
Guard: test_plan.py, test_batches.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from hinomi.detect.plan.asked import BEGIN, BLANK, END, FieldAsked, is_whole
from hinomi.detect.plan.compiled import text_check
from hinomi.detect.plan.needles import shortest_find
from hinomi.detect.read_value import address_of
from hinomi.detect.values import Cidr, Regex
from hinomi.detect.written import read_test

# Different texts → the true atoms of those that have any. Lists are taken apart by the caller.
Search = Callable[[Sequence[str]], dict[str, set[int]]]
LONG_VALUE = 1_024  # is searched alone and not remembered: it hardly comes again
_TOGETHER = 256  # values in one text: at most 256 KB, which fits the processor's cache
_BETWEEN = END + BEGIN
_ODD = re.compile(f"[{BEGIN}{END}\ud800-\udfff]")
_FEW_LETTERS = 2_000


def anchored(value: str) -> str:
    """The value as it is searched: in lower case, between anchors, in characters UTF-8 has."""
    text = value.lower()
    if BEGIN in text or END in text or not text.isascii():
        text = _ODD.sub(BLANK, text)
    return f"{BEGIN}{text}{END}"


def make_search(asked: FieldAsked) -> Search:
    """A function from values to the atoms that are true of each."""
    search = _literals(asked)
    if asked.confirm:
        search = _confirmed(asked, search)
    if asked.checks:
        search = _checked(asked, search)
    if asked.hints:
        search = _hinted(asked, search)
    return search


def make_sieve(asked: FieldAsked) -> Callable[[str], bool]:
    """Whether a text (in lower case) holds any literal at all.

    "The first, leftmost one" lets the machine skip ahead with vector instructions where "all,
    overlapping" reads each letter: 0.6 µs and not 3 for 500 letters and Windows' few keywords.
    """
    if asked.checks or not asked.patterns:
        return lambda _text: True
    find = _machine(asked.patterns, MatchKind.LeftmostFirst).find_matches_as_indexes
    has_hints = bool(asked.hints)

    def holds_any(text: str) -> bool:
        if not text.isascii() and (has_hints or not is_whole(text)):
            return True
        return bool(find(text))

    return holds_any


def make_finder(asked: FieldAsked) -> Callable[[Sequence[str]], list[set[int]]]:
    """A function from texts to the atoms whose pattern stands in each of them."""
    if not asked.patterns:
        return lambda texts: [set() for _ in texts]
    find = _machine(asked.patterns, MatchKind.Standard).find_matches_as_indexes
    targets = asked.targets
    return lambda texts: [{targets[hit[0]] for hit in find(text, True)} for text in texts]


def _machine(patterns: Sequence[str], kind: MatchKind) -> AhoCorasick:
    # Of many literals the contiguous NFA won the race: the DFA takes 75 MB there, not 6, and is
    # slower for it. Of few, the DFA is small and a fifth quicker.
    is_small = sum(map(len, patterns)) < _FEW_LETTERS
    machine = Implementation.DFA if is_small else Implementation.ContiguousNFA
    return AhoCorasick(patterns, matchkind=kind, implementation=machine, store_patterns=False)


def _literals(asked: FieldAsked) -> Search:
    if not asked.patterns:
        return lambda _values: {}
    targets = asked.targets
    if all(pattern[0] == BEGIN and pattern[-1] == END for pattern in asked.patterns):
        return _whole_values(asked)
    find = _machine(asked.patterns, MatchKind.Standard).find_matches_as_indexes

    def search(values: Sequence[str]) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for some in _portions(values):
            text, ends = joined(some)
            place, end = -1, 0
            atoms: set[int] = set()
            for pattern, start, _ in find(text, True):  # in the order of where they end
                if start >= end:
                    while start >= end:
                        place += 1
                        end = ends[place]
                    atoms = found[some[place]] = set()
                atoms.add(targets[pattern])
        return found

    return search


def _whole_values(asked: FieldAsked) -> Search:
    table = {
        pattern[1:-1]: atom for pattern, atom in zip(asked.patterns, asked.targets, strict=True)
    }
    return lambda values: {
        value: {table[low]} for value in values if (low := value.lower()) in table
    }


def _portions(values: Sequence[str]) -> Iterator[Sequence[str]]:
    short = [value for value in values if len(value) <= LONG_VALUE]
    for begin in range(0, len(short), _TOGETHER):
        yield short[begin : begin + _TOGETHER]
    if len(short) < len(values):
        yield from ((value,) for value in values if len(value) > LONG_VALUE)


def joined(values: Sequence[str]) -> tuple[str, list[int]]:
    """The values as one text to search, and where each of them ends in it."""
    text = f"{BEGIN}{_BETWEEN.join(values)}{END}"
    if text.isascii() and text.count(BEGIN) == text.count(END) == len(values):
        return text.lower(), list(accumulate(len(value) + 2 for value in values))
    texts = list(map(anchored, values))  # lower() can change how long a text is
    return "".join(texts), list(accumulate(map(len, texts)))


def _confirmed(asked: FieldAsked, search: Search) -> Search:
    tests = {atom: text_check(read_test(written)) for atom, written in asked.confirm}
    suspects = frozenset(tests)

    def confirmed(values: Sequence[str]) -> dict[str, set[int]]:
        found = search(values)
        for value, atoms in found.items():
            atoms -= {atom for atom in suspects & atoms if not tests[atom](value)}
        return found

    return confirmed


def _checked(asked: FieldAsked, search: Search) -> Search:
    tests = [(atom, read_test(written)) for atom, written in asked.checks]
    networks = Networks([(atom, test) for atom, test in tests if isinstance(test, Cidr)])
    checks = [
        (shortest_find(test.expression) if isinstance(test, Regex) else 0, atom, text_check(test))
        for atom, test in tests
        if not isinstance(test, Cidr)
    ]

    def checked(values: Sequence[str]) -> dict[str, set[int]]:
        found = search(values)
        for value in values:
            length = len(value)
            true = [atom for least, atom, check in checks if least <= length and check(value)]
            true += networks.atoms(value)
            if true:
                found.setdefault(value, set()).update(true)
        return found

    return checked


class Networks:
    """Many networks and one address: the text is read once, the rest is comparing numbers."""

    def __init__(self, networks: Sequence[tuple[int, Cidr]]) -> None:
        self._ranges = [
            (
                test.network.version,
                int(test.network.network_address),
                int(test.network.broadcast_address),
                atom,
            )
            for atom, test in networks
        ]

    def atoms(self, value: str) -> list[int]:
        """Those of the networks the address is in; none when the value is no address."""
        address = address_of(value) if self._ranges else None
        if address is None:
            return []
        version, number = address.version, int(address)
        return [
            atom
            for kind, low, high, atom in self._ranges
            if kind == version and low <= number <= high
        ]


def _hinted(asked: FieldAsked, search: Search) -> Search:
    hints = asked.hints

    def hinted(values: Sequence[str]) -> dict[str, set[int]]:
        found = search(values)
        for value in values:
            if not value.isascii():
                found.setdefault(value, set()).update(hints)
        return found

    return hinted

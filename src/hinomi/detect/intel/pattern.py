"""STIX 2.1 patterns → the values they ask for, where one value alone is enough to say so.

Taken: `=`, `IN` and `ISSUBSET` on addresses, names, URLs, mail addresses and file hashes, joined by
OR; AND where one side only narrows (a port, a file name) or names the same file by other hashes.
Everything else raises PatternRefused by name: taking half of an AND would accuse the innocent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError
from hinomi.core.indicators import HASHES, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST_PATTERN = 100_000
DEEPEST = 20
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<word>[A-Za-z][\w-]*(?::[\w.\-'\[\]*]+)?)"
    r"|(?P<sign><=|>=|!=|==|[\[\](),=<>])|(?P<number>[+-]?\d+(?:\.\d+)?)|(?P<other>\S))"
)
# Path of a cyber observable → what it holds; None: let the value say.
_PATHS: dict[str, Kind | None] = {
    "ipv4-addr:value": Kind.IP,
    "ipv6-addr:value": Kind.IP,
    "domain-name:value": Kind.DOMAIN,
    "url:value": Kind.URL,
    "email-addr:value": Kind.MAIL,
    "email-message:from_ref.value": Kind.MAIL,
    "email-message:sender_ref.value": Kind.MAIL,
    "network-traffic:dst_ref.value": None,
    "network-traffic:src_ref.value": None,
    "network-traffic:extensions.'http-request-ext'.request_value": None,
}
_HASH_PATH = re.compile(r"(?:file|artifact):hashes\.'?(md5|sha-?1|sha-?256)'?\Z", re.IGNORECASE)
_HASH_KINDS = {"md5": Kind.MD5, "sha1": Kind.SHA1, "sha256": Kind.SHA256}
# What only narrows another value beside it in an AND.
_NARROWING = ("network-traffic:", "file:", "artifact:", "process:", "url:x_", "domain-name:x_")
_QUALIFIERS = frozenset({"WITHIN", "REPEATS", "START", "STOP"})


class PatternRefused(HinomiError):
    """The pattern asks for more than one value can answer; the message names what."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One value the pattern asks for. `kind` None: the value itself must say."""

    kind: Kind | None
    text: str


@dataclass(frozen=True, slots=True)
class _Side:
    """One operand: values of which each alone suffices, or nothing when it only narrows."""

    values: tuple[Wanted, ...]

    @property
    def are_hashes(self) -> bool:
        return bool(self.values) and all(one.kind in HASHES for one in self.values)


def read_pattern(pattern: str) -> tuple[Wanted, ...]:
    """Raises PatternRefused with the reason in words."""
    if len(pattern) > LONGEST_PATTERN:
        raise PatternRefused("a pattern longer than 100,000 characters")
    return _Parser([*_tokens(pattern)]).pattern()


def _tokens(pattern: str) -> Iterator[tuple[str, str]]:
    place = 0
    while found := _TOKEN.match(pattern, place):
        place = found.end()
        yield str(found.lastgroup), found[str(found.lastgroup)]


class _Parser:
    """Recursive descent over the tokens, to a fixed depth."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._next = 0

    def pattern(self) -> tuple[Wanted, ...]:
        """Observations joined by OR; AND and FOLLOWEDBY need several events."""
        found = list(self._observation(0))
        while self._next < len(self._tokens):
            word = self._take()[1].upper()
            if word in _QUALIFIERS:
                raise PatternRefused(f"a pattern with {word}: counting over time")
            if word != "OR":
                raise PatternRefused("a pattern over several observations (AND, FOLLOWEDBY)")
            found += self._observation(0)
        return tuple(dict.fromkeys(found))

    def _observation(self, depth: int) -> tuple[Wanted, ...]:
        self._not_deeper(depth)
        if self._accept("("):
            found = list(self._observation(depth + 1))
            while self._accept("OR"):
                found += self._observation(depth + 1)
            if not self._accept(")"):
                raise PatternRefused("a pattern over several observations (AND, FOLLOWEDBY)")
            return tuple(found)
        self._expect("[")
        side = self._any_of(depth)
        self._expect("]")
        if not side.values:
            raise PatternRefused("a pattern on something other than a value we look for")
        return side.values

    def _any_of(self, depth: int) -> _Side:
        sides = [self._all_of(depth)]
        while self._accept("OR"):
            sides.append(self._all_of(depth))
        if len(sides) > 1 and not all(side.values for side in sides):
            raise PatternRefused("an OR with something we do not look for")
        return _Side(tuple(one for side in sides for one in side.values))

    def _all_of(self, depth: int) -> _Side:
        sides = [self._term(depth)]
        while self._accept("AND"):
            sides.append(self._term(depth))
        telling = [side for side in sides if side.values]
        hashes = [side for side in telling if side.are_hashes]
        if hashes:  # a hash names its file whatever else is said of it
            return _Side(tuple(one for side in hashes for one in side.values))
        if len(telling) > 1:
            raise PatternRefused("an AND of two values that only together mean something")
        return telling[0] if telling else _Side(())

    def _term(self, depth: int) -> _Side:
        self._not_deeper(depth)
        if self._accept("("):
            side = self._any_of(depth + 1)
            self._expect(")")
            return side
        kind, path = self._take()
        if kind != "word" or ":" not in path:
            raise PatternRefused("a pattern that cannot be read")
        return self._comparison(path)

    def _comparison(self, path: str) -> _Side:
        kind, operator = self._take()
        operator = operator.upper()
        if operator == "NOT":
            raise PatternRefused("a pattern with NOT")
        if kind not in ("sign", "word") or operator in ("[", "]", "(", ")", ","):
            raise PatternRefused("a pattern that cannot be read")
        values = self._values()
        known, holds = _path(path)
        if known:
            if operator not in ("=", "==", "IN", "ISSUBSET"):
                raise PatternRefused(f"a comparison by {operator}")
            return _Side(tuple(Wanted(holds, value) for value in values))
        if not path.startswith(_NARROWING):
            raise PatternRefused(f"a pattern on {path.partition(':')[0][:40]}")
        return _Side(())

    def _values(self) -> tuple[str, ...]:
        if not self._accept("("):
            return (self._value(),)
        found = [self._value()]
        while self._accept(","):
            found.append(self._value())
        self._expect(")")
        return tuple(found)

    def _value(self) -> str:
        kind, text = self._take()
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
        if kind in ("number", "word"):
            return text
        raise PatternRefused("a pattern that cannot be read")

    def _take(self) -> tuple[str, str]:
        if self._next >= len(self._tokens):
            raise PatternRefused("a pattern that cannot be read")
        self._next += 1
        return self._tokens[self._next - 1]

    def _accept(self, wanted: str) -> bool:
        here = self._next < len(self._tokens) and self._tokens[self._next]
        if not here or here[0] == "text" or here[1].upper() != wanted:
            return False
        self._next += 1
        return True

    def _expect(self, wanted: str) -> None:
        if not self._accept(wanted):
            raise PatternRefused("a pattern that cannot be read")

    def _not_deeper(self, depth: int) -> None:
        if depth > DEEPEST:
            raise PatternRefused(f"a pattern nested deeper than {DEEPEST}")


def _path(path: str) -> tuple[bool, Kind | None]:
    """Whether the path holds values we look for, and of which kind."""
    if found := _HASH_PATH.match(path):
        return True, _HASH_KINDS[found[1].lower().replace("-", "")]
    return path in _PATHS, _PATHS.get(path)

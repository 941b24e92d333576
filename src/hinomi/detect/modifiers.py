"""`field|modifier|…: values` → one Item. A table of words; unknown ones are refused."""

from __future__ import annotations

import base64
import ipaddress
import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache

from hinomi.core.errors import Place, RuleRefused
from hinomi.detect import regex
from hinomi.detect.tree import Ask, Item
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
    parse_text,
    plain_text,
    tidy,
)

Placeholders = Mapping[str, Sequence[str]]
Parts = tuple[str | Wild, ...]
Scalar = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a rule: what YAML says it is, how it is written there, and where."""

    scalar: Scalar
    source: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class _Form:
    """A text on its way through the modifiers; `encoding` matters once it becomes base64."""

    parts: Parts
    encoding: str = "utf-8"


_Step = Callable[[_Form], tuple[_Form, ...]]


def make_item(
    name: str, modifiers: Sequence[str], values: Sequence[Value], placeholders: Placeholders
) -> Item:
    """The question a line of a rule asks.

    Raises RuleRefused; it has a place when one value is at fault, none when the modifiers are.
    """
    chain = _read_chain(modifiers)
    if not values:
        raise RuleRefused("an empty list asks nothing")
    make = _maker(chain, is_keyword=not name)
    shown = "|".join(word for word in modifiers if word not in ("all", "expand"))
    asks = tuple(
        Ask(_tests(written, chain, make, placeholders, not name), _shown(shown, written))
        for written in values
    )
    return Item(field=name, asks=asks, needs_all="all" in chain, negated="neq" in chain)


def fill(test: Listed, lists: Placeholders) -> tuple[Test, ...]:
    """The tests that the organisation's values make; none when it lists nothing for a name.

    A listed value that makes no test (no network under `cidr`) counts as not there: where people
    write the values is where they are checked.
    """
    if any(name not in lists for name in test.names):
        return ()
    return _filled(test, tuple(tuple(lists[name]) for name in test.names))


@lru_cache(maxsize=1_000)
def _filled(test: Listed, values: tuple[tuple[str, ...], ...]) -> tuple[Test, ...]:
    make = _maker(test.modifiers, is_keyword=test.is_keyword)
    tests: list[Test] = []
    try:
        meant = _expand(test.source, dict(zip(test.names, values, strict=True)))
    except RuleRefused:
        return ()  # more combinations than any list of hosts or users makes
    for value in meant:
        with suppress(RuleRefused):
            tests += make(value)
    return tuple(tests)


def missing_placeholders(source: str, placeholders: Placeholders) -> tuple[str, ...]:
    """The names in `%name%` of this text for which no values were given."""
    return tuple(name for name in _PLACEHOLDER.findall(source) if name not in placeholders)


_PLACEHOLDER = re.compile(r"%([A-Za-z0-9_\-]+)%")
_SYNONYMS = {"ignorecase": "i", "multiline": "m", "dotall": "s", "utf16le": "wide"}
_DASHES = ("-", "/", "\u2013", "\u2014", "\u2015")
_DASH = re.compile(r"\B[-/]\b")
_MOST_DASHES = 3
_MOST_EXPANSIONS = 10_000


def _read_chain(modifiers: Sequence[str]) -> tuple[str, ...]:
    chain = tuple(_SYNONYMS.get(word, word) for word in modifiers)
    for word in chain:
        if word not in _KNOWN:
            near = get_close_matches(word.strip().lower(), sorted(_KNOWN), n=1)
            advice = (
                f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(sorted(_KNOWN))}."
            )
            raise RuleRefused(f"unknown modifier {word!r}", advice=advice)
    return chain


def _shown(modifiers: str, value: Value) -> str:
    return f"{modifiers}: {value.source}" if modifiers else value.source


def _tests(
    value: Value, chain: tuple[str, ...], make: _Maker, given: Placeholders, is_keyword: bool
) -> tuple[Test, ...]:
    """All that one written value stands for; what an organisation lists are alternatives."""
    if "expand" in chain and missing_placeholders(value.source, given):
        names = tuple(dict.fromkeys(_PLACEHOLDER.findall(value.source)))
        return (Listed(value.source, names, chain, is_keyword),)
    try:
        meant = _expand(value.source, given) if "expand" in chain else [value]
        return tuple(test for one in meant for test in make(one))
    except RuleRefused as error:
        raise RuleRefused(error.message, place=value.place, advice=error.advice) from error


def _expand(source: str, placeholders: Placeholders) -> list[Value]:
    """Fills `%name%`. The organisation's values are Sigma text: wildcards work in them."""
    pieces = _PLACEHOLDER.split(source)  # text, name, text, name, … text
    choices = [placeholders[piece] if i % 2 else [piece] for i, piece in enumerate(pieces)]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > _MOST_EXPANSIONS:
        raise RuleRefused(f"its placeholders make more than {_MOST_EXPANSIONS:,} values")
    texts = ["".join(combination) for combination in itertools.product(*choices)]
    return [Value(text, text) for text in texts]


# Each maker turns one value into tests. The first of these words in a chain picks the maker; the
# set says which other words may stand beside it.
_Maker = Callable[[Value], tuple[Test, ...]]
_LINKS = frozenset({"all", "neq", "expand"})
_ORDERS = frozenset({"lt", "lte", "gt", "gte"})
_PARTS = frozenset(TimePart)


def _maker(chain: Sequence[str], *, is_keyword: bool) -> _Maker:
    for words, (companions, build) in _MAKERS.items():
        if words.isdisjoint(chain):
            continue
        strangers = [w for w in chain if w not in words | companions | _LINKS]
        if strangers:
            named = next(word for word in chain if word in words)
            raise RuleRefused(f"the modifier {strangers[0]!r} cannot stand beside {named!r}")
        if is_keyword and words & _NEEDS_FIELD:
            raise RuleRefused(f"the modifier {chain[0]!r} needs a field")
        return build(chain)
    flags = [word for word in chain if word in regex.FLAGS]
    if flags:
        raise RuleRefused(f"the modifier {flags[0]!r} needs 're' before it")
    return _texts(chain, is_keyword=is_keyword)


def _regexes(chain: Sequence[str]) -> _Maker:
    flags = re.RegexFlag(0)
    for word in chain:
        flags |= regex.FLAGS.get(word, re.RegexFlag(0))
    return lambda value: (Regex(regex.compile_regex(_written(value, "re"), flags=flags)),)


def _networks(_chain: Sequence[str]) -> _Maker:
    def make(value: Value) -> tuple[Test, ...]:
        try:
            return (Cidr(ipaddress.ip_network(_written(value, "cidr"))),)
        except ValueError as error:
            advice = "Write the network's first address and its length, such as 192.168.1.0/24."
            reason = f"{value.source!r} is not a network: {error}"
            raise RuleRefused(reason, advice=advice) from error

    return make


def _orders(chain: Sequence[str]) -> _Maker:
    order = Order(_only(chain, _ORDERS))
    return lambda value: (Compare(order, _number(value, order.value)),)


def _moments(chain: Sequence[str]) -> _Maker:
    part = TimePart(_only(chain, _PARTS))
    order = Order(_only(chain, _ORDERS)) if _ORDERS & set(chain) else Order.EQ
    return lambda value: (Moment(part, order, _number(value, part.value)),)


def _existence(_chain: Sequence[str]) -> _Maker:
    def make(value: Value) -> tuple[Test, ...]:
        if str(value.scalar).lower() not in ("true", "false"):
            raise RuleRefused("the modifier 'exists' takes true or false")
        return (Exists(str(value.scalar).lower() == "true"),)

    return make


def _references(chain: Sequence[str]) -> _Maker:
    around = "contains" in chain
    starts, ends = around or "startswith" in chain, around or "endswith" in chain
    cased = "cased" in chain
    return lambda value: (
        FieldRef(_written(value, "fieldref"), starts=starts, ends=ends, cased=cased),
    )


def _texts(chain: Sequence[str], *, is_keyword: bool) -> _Maker:
    steps = [_STEPS[word] for word in chain if word in _STEPS]
    if is_keyword and not _PLACES & set(chain):
        steps.append(_contains)
    shaping = [word for word in chain if word not in _LINKS]

    def make(value: Value) -> tuple[Test, ...]:
        if value.scalar is None:
            if is_keyword:
                raise RuleRefused("null needs a field; a selection without values asks nothing")
            if shaping:
                raise RuleRefused(f"the modifier {shaping[0]!r} does not take null")
            return (Null(),)
        forms = [_Form(parse_text(text)) for text in _spellings(value, exact=not shaping)]
        for step in steps:
            forms = [made for form in forms for made in step(form)]
        cased = "cased" in chain
        return tuple(Text(tidy(_decoded(form)), cased=cased) for form in forms)

    return make


def _spellings(value: Value, *, exact: bool) -> list[str]:
    """How events may write it: a number also in plain decimals, a truth value as true or false."""
    if not exact or isinstance(value.scalar, str) or value.scalar is None:
        return [value.source]
    return list(dict.fromkeys([value.source, str(value.scalar).lower()]))


def _written(value: Value, modifier: str) -> str:
    if value.scalar is None:
        raise RuleRefused(f"the modifier {modifier!r} does not take null")
    return value.source


def _number(value: Value, modifier: str) -> int | float:
    number = math.nan
    if isinstance(value.scalar, (int, float)) and not isinstance(value.scalar, bool):
        number = value.scalar
    elif not isinstance(value.scalar, bool):
        with suppress(ValueError):
            number = float(value.source)
    if not math.isfinite(number):
        raise RuleRefused(f"the modifier {modifier!r} takes a number, not {value.source!r}")
    return number


def _only(chain: Sequence[str], words: frozenset[str]) -> str:
    found = [word for word in chain if word in words]
    if len(found) > 1:
        raise RuleRefused(f"the modifier {found[1]!r} cannot stand beside {found[0]!r}")
    return found[0]


def _contains(form: _Form) -> tuple[_Form, ...]:
    return (replace(form, parts=(Wild.ANY, *form.parts, Wild.ANY)),)


def _startswith(form: _Form) -> tuple[_Form, ...]:
    return (replace(form, parts=(*form.parts, Wild.ANY)),)


def _endswith(form: _Form) -> tuple[_Form, ...]:
    return (replace(form, parts=(Wild.ANY, *form.parts)),)


def _wide(form: _Form) -> tuple[_Form, ...]:
    return (replace(form, encoding="utf-16-le"),)


def _wide_big_endian(form: _Form) -> tuple[_Form, ...]:
    return (replace(form, encoding="utf-16-be"),)


def _wide_marked(form: _Form) -> tuple[_Form, ...]:
    return (_Form(("\ufeff", *form.parts), encoding="utf-16-le"),)


def _base64(form: _Form) -> tuple[_Form, ...]:
    return (_Form((base64.b64encode(_bytes(form)).decode(),)),)


def _base64offset(form: _Form) -> tuple[_Form, ...]:
    """The characters that are the same wherever the text begins: at byte 0, 1 or 2 of a group."""
    made = []
    for offset, first in enumerate((0, 2, 3)):
        padded = b" " * offset + _bytes(form)
        last = (None, -3, -2)[len(padded) % 3]
        made.append(_Form((base64.b64encode(padded).decode()[first:last],)))
    return tuple(made)


def _windash(form: _Form) -> tuple[_Form, ...]:
    """Each `-` or `/` that begins a word, as any of the five dashes Windows programs take."""
    choices: list[tuple[str | Wild, ...]] = []
    dashes = 0
    for part in form.parts:
        if isinstance(part, Wild):
            choices.append((part,))
            continue
        pieces = _DASH.split(part)
        dashes += len(pieces) - 1
        choices += [c for piece in pieces for c in (_DASHES, (piece,))][1:]
    if dashes > _MOST_DASHES:
        raise RuleRefused(f"'windash' takes at most {_MOST_DASHES} dashes in one value")
    return tuple(replace(form, parts=parts) for parts in itertools.product(*choices))


def _same(form: _Form) -> tuple[_Form, ...]:
    return (form,)


def _bytes(form: _Form) -> bytes:
    text = plain_text(form.parts)
    if text is None:
        raise RuleRefused("wildcards cannot be encoded as base64")
    return text.encode(form.encoding)


def _decoded(form: _Form) -> Parts:
    """A wide text that was not made base64 is searched as it looks in text: NUL between letters."""
    if form.encoding == "utf-8":
        return form.parts
    try:
        return tuple(
            part if isinstance(part, Wild) else part.encode(form.encoding).decode()
            for part in form.parts
        )
    except UnicodeDecodeError as error:
        raise RuleRefused("wide text beyond ASCII needs base64 or base64offset") from error


_STEPS: dict[str, _Step] = {
    "contains": _contains,
    "startswith": _startswith,
    "endswith": _endswith,
    "wide": _wide,
    "utf16": _wide_marked,
    "utf16be": _wide_big_endian,
    "base64": _base64,
    "base64offset": _base64offset,
    "windash": _windash,
    "cased": _same,
}
_PLACES = frozenset({"contains", "startswith", "endswith"})
_NEEDS_FIELD = _ORDERS | _PARTS | {"exists", "fieldref"}
_MAKERS: dict[frozenset[str], tuple[frozenset[str], Callable[[Sequence[str]], _Maker]]] = {
    frozenset({"re"}): (frozenset(regex.FLAGS), _regexes),
    frozenset({"cidr"}): (frozenset(), _networks),
    _PARTS: (_ORDERS, _moments),
    _ORDERS: (frozenset(), _orders),
    frozenset({"exists"}): (frozenset(), _existence),
    frozenset({"fieldref"}): (_PLACES | {"cased"}, _references),
}
_KNOWN = frozenset(_STEPS) | _LINKS | frozenset(regex.FLAGS)
_KNOWN |= frozenset(word for words in _MAKERS for word in words)

"""What modifiers make of a value, checked against pySigma where it computes the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sigma.rule import SigmaDetectionItem
from sigma.types import SigmaExpansion, SigmaString

from hinomi.detect.modifiers import Value, make_item
from hinomi.detect.values import Text, Wild, parse_text, tidy

_WORDS = st.text("ab -/\\*?é", max_size=10)


def _ours(modifiers: list[str], value: str) -> set[tuple[object, ...]]:
    item = make_item("f", modifiers, [Value(value, value)], {})
    tests = [test for ask in item.asks for test in ask.tests]
    return {test.parts for test in tests if isinstance(test, Text)}


def _theirs(modifiers: list[str], value: str) -> set[tuple[object, ...]]:
    item = SigmaDetectionItem.from_mapping("|".join(["f", *modifiers]), value)
    (made,) = item.value
    values = made.values if isinstance(made, SigmaExpansion) else [made]
    return {tidy(tuple(_part(part) for part in text.s)) for text in values}


def _part(part: object) -> str | Wild:
    names = {"WILDCARD_MULTI": Wild.ANY, "WILDCARD_SINGLE": Wild.ONE}
    return part if isinstance(part, str) else names[part.name]  # type: ignore[attr-defined]


@settings(deadline=None)
@given(_WORDS)
def test_wildcards_and_escapes_are_read_as_pysigma_reads_them(text: str) -> None:
    theirs = tuple(_part(part) for part in SigmaString(text).s)
    assert tidy(parse_text(text)) == tidy(theirs)


@pytest.mark.parametrize(
    "modifiers",
    [["contains"], ["startswith"], ["endswith"], ["base64"], ["base64offset"],
     ["wide", "base64offset"], ["utf16be", "base64"], ["utf16", "base64offset"],
     ["base64offset", "contains"], ["windash"], ["contains", "windash"]],
    ids="|".join,
)  # fmt: skip
@pytest.mark.parametrize(
    "value", ["whoami", " -enc x", "a/b -c /d", "powershell.exe", "-a-b", "/x"]
)
def test_values_are_expanded_as_pysigma_expands_them(modifiers: list[str], value: str) -> None:
    assert _ours(modifiers, value) == _theirs(modifiers, value)

"""A needle must be in every value that an expression finds; else the quick matcher would miss."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.detect.plan.needles import needles_of
from hinomi.detect.regex import Expression

_PIECES = st.sampled_from([
    "abc", "ABC", "xyz", "a", ".", "\\d+", "(?:abc|xyz)", "(abc|x)", "(?:abc)?", "(?:abc)*",
    "(?:abc)+", "(?:xyz){2}", "[abc]", "[^a]", "^", "$", "\\b", "(?=abc)", "(?!abc)", "(?<=x)",
    "(?i:Abc)", "k", "s", "a{3}", "\\.exe", "é",
])  # fmt: skip
_SOURCES = st.lists(_PIECES, min_size=1, max_size=5).map("".join)
_TEXTS = st.lists(
    st.sampled_from(["abc", "ABC", "xyz", "XYZ", "xyzxyz", "a", "aaa", "7", ".exe", ".EXE", " "])
).map("".join)


@given(source=_SOURCES, text=_TEXTS, flags=st.sampled_from([0, re.IGNORECASE, re.DOTALL]))
def test_what_an_ascii_text_must_hold_is_there_when_the_expression_is_found(
    source: str, text: str, flags: int
) -> None:
    expression = Expression((re.compile(source, flags),))
    needles = needles_of(expression)
    if needles is not None and expression.is_in(text):
        assert any(needle in text.lower() for needle in needles)


@pytest.mark.parametrize(
    ("source", "needles"),
    [
        (r"cmd\.exe\s+/c", {"cmd.exe"}),
        (r"(?:mimikatz|rubeus)\.exe", {"mimikatz", "rubeus"}),
        (r"[A-Z]{4}", None),
        (r"(?:evil)?x", None),
        (r"a.*b", None),
        (r"ABC(?:def)+", {"abc"}),
    ],
)
def test_the_best_needles_are_long_and_few(source: str, needles: set[str] | None) -> None:
    assert needles_of(Expression((re.compile(source),))) == needles


def test_every_piece_of_a_split_expression_is_a_must() -> None:
    pieces = (re.compile("[a-z]"), re.compile("needle"))
    assert needles_of(Expression(pieces)) == {"needle"}

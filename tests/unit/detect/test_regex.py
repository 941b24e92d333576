"""Expressions that could hang are refused; those that only look like it are not."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hinomi.core.errors import RuleRefused
from hinomi.detect.regex import compile_regex

_PLAIN = re.RegexFlag(0)


@pytest.mark.parametrize(
    "source",
    ["(a+)+$", "(a*)*b", "(x+x+)+y", r"^(\d+|\w+)+$", r"(\w+\s?)*$", "(.*a){12}", "((a|b)*c?)*d",
     "(a?){30}a", "(?:a|aa)+$", r"([^x]+\s*)+;", "((a{0,5}){5}){5}b", "(?=(a+)+$)x",
     "(a)?(?(1)(b+)+c|d)", "(?:(?:ab?){2}b?){9}c"],
)  # fmt: skip
def test_a_loop_that_reads_a_text_in_two_ways_is_refused(source: str) -> None:
    with pytest.raises(RuleRefused, match="hours"):
        compile_regex(source, flags=_PLAIN)


@pytest.mark.parametrize(
    "source",
    [r"([a-z0-9-]+\.)+evil\.com", r"(?:foo|bar)+", r"(\s*\d+,)*$", '(?:[^"]|"")*', r"(ab?c)+",
     r"([0-9a-fA-F]{2}\s?){2,20}", r"(?:\{\d\})+", r"(.){200,}", r".*a.*b", r"(?:\S+\s)+x"],
)  # fmt: skip
def test_a_loop_with_one_reading_is_kept(source: str) -> None:
    compile_regex(source, flags=_PLAIN)


def test_the_swallowed_loop_no_longer_hangs() -> None:
    """SigmaHQ writes (?:.*\\)){1,}; as it stands, 30 brackets took minutes."""
    pattern = compile_regex(r"x(?:.*\)){1,};", flags=_PLAIN)
    start = time.perf_counter()
    assert not pattern.is_in("x" + ")" * 5_000)
    assert time.perf_counter() - start < 5


@settings(deadline=None)  # a busy machine is no fault
@given(st.text("a);\n", max_size=12))
def test_the_swallowed_loop_finds_the_same(text: str) -> None:
    source = r"a(?:.*\)){1,};"
    ours = compile_regex(source, flags=_PLAIN).is_in(text)
    assert ours == (re.search(source, text) is not None)


@pytest.mark.parametrize("source", ["(", "a{2,1}", "[z-a]", "a" * 5_000, "(?P<x>a)(?P<x>b)"])
def test_what_does_not_compile_is_refused_and_not_raised(source: str) -> None:
    with pytest.raises(RuleRefused):
        compile_regex(source, flags=_PLAIN)


_GAPPED = ["a.*b.*c", "^a.+b.*c$", "(?i)A.*b.*C.*d", ".*a.*[bc].*?c.*", r"a.*\.b.*(?:cd|dc)",
           "a.*b.*c+d*", "a.*b.*$", "a.*b*.*^c", "a.*(?:b|).*c", r"a\s?.*b.*c",
           "^.*a.*b.*c", "a.*.b.*c"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    source=st.sampled_from(_GAPPED),
    flags=st.sampled_from([_PLAIN, re.DOTALL, re.MULTILINE, re.IGNORECASE]),
    text=st.text("abcdAC.\n ", max_size=14),
)
def test_looking_piece_by_piece_finds_what_the_engine_finds(
    source: str, flags: re.RegexFlag, text: str
) -> None:
    ours = compile_regex(source, flags=flags)
    assert len(ours.pieces) > 1
    assert ours.is_in(text) == (re.search(source, text, flags) is not None)


@pytest.mark.parametrize("text", ["&&set" * 4_000 + '{0}{1}\\" -f' + "&&" * 3_000 + "cmd" * 3_000])
def test_many_gaps_stay_quick_on_a_crafted_line(text: str) -> None:
    """An expression of SigmaHQ; Python's engine alone takes hours on this line."""
    source = r"(?i)&&set.*(\{\d\}){2,}\\\"\s+?-f.*&&.*cmd.*/c"
    start = time.perf_counter()
    assert not compile_regex(source, flags=_PLAIN).is_in(text)
    assert compile_regex(source, flags=_PLAIN).is_in(
        text[-20_000:].join(['&&set{0}{1}\\" -f', "/c"])
    )
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("source", ["a*a*a*b", "(a|a)*b", r"\s*\s*\s*x",
    "a{1,99}a{1,99}a{1,99}a{1,99}b", "(?:.{0,50}a){5}b", "a?" * 28 + "a" * 28,
])  # fmt: skip
def test_loops_that_share_characters_in_too_many_ways_are_refused(source: str) -> None:
    with pytest.raises(RuleRefused, match=r"power|two ways|10\^"):
        compile_regex(source, flags=re.NOFLAG)


@pytest.mark.parametrize(
    ("source", "reach"),
    [
        (r"evil\s+\w+", 32_768),
        (r"(?:ab|c)+x", 8_192),
        (r"-x\s*q?.*http", 1_024),
        (r"a{0,30}a{0,30}a{0,30}a{0,30}b", 1_214),
        (r"^[0-9a-f]*[0-9][0-9a-f]*$", 32_768),
    ],
)
def test_the_slower_an_expression_can_get_the_less_of_a_text_it_sees(
    source: str, reach: int
) -> None:
    assert compile_regex(source, flags=re.NOFLAG).reach == reach

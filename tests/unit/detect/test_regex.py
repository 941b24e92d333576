"""Expressions that could hang are refused; those that only look like it are not."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.core.errors import RuleRefused
from hinomi.detect.regex import compile_regex

_PLAIN = re.RegexFlag(0)


@pytest.mark.parametrize(
    "source",
    ["(a+)+$", "(a*)*b", "(x+x+)+y", r"^(\d+|\w+)+$", r"(\w+\s?)*$", "(.*a){12}", "((a|b)*c?)*d",
     "(a?){30}a", "(?:a|aa)+$", r"([^x]+\s*)+;"],
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
    assert pattern.search("x" + ")" * 5_000) is None
    assert time.perf_counter() - start < 5


@given(st.text("a);\n", max_size=12))
def test_the_swallowed_loop_finds_the_same(text: str) -> None:
    source = r"a(?:.*\)){1,};"
    ours = compile_regex(source, flags=_PLAIN).search(text) is not None
    assert ours == (re.search(source, text) is not None)


@pytest.mark.parametrize("source", ["(", "a{2,1}", "[z-a]", "a" * 5_000, "(?P<x>a)(?P<x>b)"])
def test_what_does_not_compile_is_refused_and_not_raised(source: str) -> None:
    with pytest.raises(RuleRefused):
        compile_regex(source, flags=_PLAIN)

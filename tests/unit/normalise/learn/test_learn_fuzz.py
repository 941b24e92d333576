"""Nothing a device may send, and nothing a person may paste, breaks or slows teaching."""

from __future__ import annotations

import time
from contextlib import suppress

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from hinomi.core.errors import HinomiError, NotThisFormat, UsageError
from hinomi.normalise.learn import pieces_of, propose, with_part
from hinomi.normalise.learned import (
    check,
    coverage,
    examples_of,
    prove,
    read_definition,
    write_definition,
)
from hinomi.normalise.learned.template import read_template

_TEXT = (
    "user from to port 送信元 宛先 ： : = , | ; 「 」 \" ' { } [ ] ( ) 192.0.2.7 2001:db8::1 "
    "00:11:22:33:44:55 2026/11/20 10:12:05 遮断 blocked a=1 b=2 <134> CEF:0|a|b|c|1|n|3| "
    '{"a":1} % \\ \t 検出名 EICAR tanaka@example.jp http://x.example/a 令和8年11月20日 10時12分 12 '
)
_WORDS = st.sampled_from(_TEXT.split(" "))
_LINES = st.lists(
    st.one_of(
        st.lists(_WORDS, max_size=14).map(" ".join),
        st.lists(_WORDS, max_size=14).map("".join),
        st.text(max_size=80),
    ),
    min_size=1,
    max_size=8,
)


@given(_LINES)
@settings(max_examples=250, deadline=None)
def test_a_proposal_is_a_definition_that_holds_its_own_tests(lines: list[str]) -> None:
    try:
        found = propose(lines, name="x")
    except NotThisFormat:
        return
    check(found)
    assert read_definition(write_definition(found)) == found
    coverage(found, lines)
    tests = examples_of(found, lines)
    assert prove(msgspec.structs.replace(found, tests=tests)) == []


@given(st.text(min_size=1, max_size=120), st.integers(0, 40), st.integers(0, 40))
@settings(max_examples=200, deadline=None)
def test_what_a_person_points_at_is_what_the_template_finds(body: str, one: int, two: int) -> None:
    body = body.strip()
    pieces = pieces_of(body, "")
    assert "".join(piece.text for piece in pieces) == body
    chosen = pieces[min(one, two) : max(one, two) + 1]
    try:
        template = with_part(body, "", pieces=chosen, name="x")
        spans = read_template(template).spans(body)
    except (UsageError, HinomiError):
        return
    assert spans is not None
    (_, start, end) = spans[0]
    wanted = body[chosen[0].start : chosen[-1].end].strip()
    assert wanted.startswith(body[start:end].strip()) or wanted == body[start:end].strip()


def test_a_hundred_thousand_characters_take_no_time() -> None:
    for line in (
        "a=" * 5_000,
        "「" * 10_000,
        "1" * 16_000,
        "：" * 8_000,
        "a b " * 4_000,
        "::" * 8_000,
    ):
        begun = time.perf_counter()
        with suppress(NotThisFormat):
            coverage(propose([line, line + "x"], name="x"), [line] * 3)
        assert time.perf_counter() - begun < 4.0, line[:20]

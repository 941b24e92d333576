"""Asking only the formats whose mark a line holds gives what asking every format gives."""

from __future__ import annotations

import os
import random
import re
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

import orjson
from benchmarks.fuzz.damage import TEXT, damaged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hinomi.normalise.carried import carried
from hinomi.normalise.decode import decode
from hinomi.normalise.format import Line
from hinomi.normalise.header import read_header
from hinomi.normalise.looks import likely_formats
from hinomi.normalise.registry import FORMATS, format_named, particular_formats

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = Path(__file__).resolve().parents[2] / "goldens" / "formats"
SAMPLES = [
    line
    for path in sorted(FOLDER.glob("*/*"))
    if not path.name.endswith(".expected.jsonl")
    for line in path.read_bytes().splitlines()
    if line
]
DAMAGED = int(os.environ.get("HINOMI_FUZZ_CASES", "40")) * 50


def test_every_sample_is_asked_of_the_formats_that_know_it() -> None:
    for raw in SAMPLES:
        _agrees(_line(raw))


def test_every_sample_of_other_people_too(shared: Path) -> None:
    for file in sorted((shared / "logs-dev").glob("*.jsonl")):
        for row in file.read_bytes().splitlines():
            _agrees(_line(orjson.loads(row)["raw"].encode()))


def test_what_a_shipper_says_beside_a_line_counts_as_said_in_it() -> None:
    """A program or host that stands outside the line decides as well as one inside."""
    header = read_header("Something nobody knows")
    for program in ("sshd", "postfix/smtpd", "named", "filterlog", "dhcpd", "slapd", "unbound"):
        line = Line("Something nobody knows", "utf-8", header._replace(program=program))
        assert _agrees(line), program
    assert _agrees(Line("login", "utf-8", header._replace(host="system,info,account")))


def test_damaged_samples_agree() -> None:
    dice = random.Random(DAMAGED)
    for _ in range(DAMAGED):
        raw = damaged(dice.choice(SAMPLES), dice, damages=TEXT, other=dice.choice(SAMPLES))
        if raw:
            _agrees(_line(raw[:8_192]))


@settings(max_examples=DAMAGED // 20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_texts_made_of_what_a_sniff_looks_for_agree(data: st.DataObject) -> None:
    """The words and patterns that stand in `sniff` itself, strung together: a mark that was
    forgotten shows even where no sample has it."""
    form = data.draw(st.sampled_from(sorted({*FORMATS} - {"generic"})))
    start = data.draw(st.sampled_from(("", "{", "<13>")))
    pieces = data.draw(_pieces(form))
    between = data.draw(st.sampled_from(("", " ")))
    _agrees(_line((start + between.join(pieces)).encode("utf-8", "replace")[:4_096]))


@cache
def _pieces(form: str) -> st.SearchStrategy[list[str]]:
    """A few words and matches of patterns, or many words: JSON is told by several names."""
    looked_for = sorted(set(_looked_for(format_named(form).sniff)), key=str)
    words = st.sampled_from([each for each in looked_for if isinstance(each, str)] or [""])
    patterns = [st.from_regex(each) for each in looked_for if not isinstance(each, str)]
    few = st.lists(st.one_of(words, *patterns), min_size=1, max_size=4)
    return few | st.lists(words, min_size=5, max_size=30)


def _looked_for(
    value: object, seen: frozenset[int] = frozenset(), place: Mapping[str, object] | None = None
) -> Iterator[str | re.Pattern[str]]:
    """Texts and patterns that a function holds or names, and those of our functions it calls."""
    if id(value) in seen or len(seen) > 12:
        return
    seen |= {id(value)}
    if isinstance(value, str | re.Pattern):
        yield value
    elif isinstance(value, tuple | frozenset | set | list):
        for each in value:
            yield from _looked_for(each, seen, place)
    elif isinstance(value, FunctionType) and value.__module__.startswith("hinomi.normalise"):
        yield from _looked_for(value.__code__, seen, value.__globals__)
    elif isinstance(value, CodeType) and place is not None:
        for each in value.co_consts[1:] if value.co_consts[0] is None else value.co_consts:
            yield from _looked_for(each, seen, place)
        for name in value.co_names:
            yield from _looked_for(place.get(name), seen, place)


def _line(raw: bytes) -> Line:
    text, encoding = decode(raw)
    return Line(text, encoding, read_header(text))


def _agrees(line: Line) -> bool:
    """Whether any format knows the line, once that was found to be the same both ways."""
    likely = likely_formats(line)
    every = [form for form in particular_formats() if form.sniff(line)]
    assert [form for form in likely if form.sniff(line)] == every, line
    inside = carried(line.text)
    if inside is not None:
        header = read_header(inside.text)._replace(host=inside.host, program=inside.program)
        _agrees(Line(inside.text, line.encoding, header))
    return bool(every)

"""Each format survives its own samples with damage: no exception, no hang, in any view.

`HINOMI_FUZZ_CASES=1000000` runs that many per format; the default is a taste that costs seconds.
The same number always makes the same cases.
"""

from __future__ import annotations

import os
import random
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from hinomi.core.records import Event, SetAside
from hinomi.normalise import FORMATS, find_serial, read_record, view
from hinomi.normalise.registry import all_formats

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.core.records import RawRecord

FOLDER = Path(__file__).resolve().parents[2] / "goldens" / "formats"
CASES = int(os.environ.get("HINOMI_FUZZ_CASES", "40"))
# Of the processor's time, so that a busy machine matters less: 50 ms for a line, and 2 µs for each
# byte of one that is blown up. A short run is part of every check and forgives a slow moment.
LONGEST_S, SECONDS_PER_BYTE = (0.5 if CASES < 1_000 else 0.05), 2e-6
MARKS = [b'"', b"'", b"=", b"|", b"\\", b"[", b"]", b"{", b"}", b",", b":", b";", b" ", b"\t",
         b"\n", b"\x00", b"\xff", "\u6f22".encode(), b"\xb6\xb5", b"\r", b"%", b"<", b">", b"(",
         b")", b"CEF:0|", b"LEEF:", b'="', b"[[", b"null", b"-1", b"9" * 30,
         "\u00b2".encode(), "\uff11\uff12".encode()]  # fmt: skip
BIG = 65_536
all_formats()  # read on first use; that is not a line's time


def _lines(form: str) -> list[bytes]:
    samples = (p for p in (FOLDER / form).iterdir() if p.suffix in (".log", ".jsonl", ".txt"))
    return [
        line
        for sample in sorted(samples)
        if not sample.name.endswith(".expected.jsonl")
        for line in sample.read_bytes().splitlines()
        if line
    ]


def _cut(line: bytes, dice: random.Random) -> bytes:
    return line[: dice.randrange(len(line) + 1)]


def _insert(line: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(line) + 1)
    return line[:place] + dice.choice(MARKS) * dice.choice((1, 1, 2, 7)) + line[place:]


def _drop(line: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(line) + 1)
    return line[:start] + line[start + dice.randrange(20) :]


def _repeat(line: bytes, dice: random.Random) -> bytes:
    """A piece many times over: keys doubled, groups nested, a quadratic pattern's food."""
    start = dice.randrange(len(line) + 1)
    piece = line[start : start + dice.choice((1, 3, 12, 40))]
    return line[:start] + piece * dice.choice((2, 9, 300)) + line[start:]


def _blow_up(line: bytes, dice: random.Random) -> bytes:
    """One value of 64 KB."""
    if dice.random() < 0.8:
        return _insert(line, dice)  # a big one costs a hundred small ones
    values = list(re.finditer(rb'[=:]"?([^\s",|=]+)', line))
    if not values:
        return line
    value = dice.choice(values)
    filler = dice.choice((b"A", b"a.b/", b"1", b" x", b"%41", b"\\"))
    return line[: value.start(1)] + filler * (BIG // len(filler)) + line[value.end(1) :]


def _other_type(line: bytes, dice: random.Random) -> bytes:
    """Another kind of value than the reader expects: null, a list, a tree, nothing."""
    values = list(re.finditer(rb'(?<=[:=])\s*("[^"]*"|[\w.\-]+)', line))
    if not values:
        return line
    value = dice.choice(values)
    other = dice.choice((b"null", b"[]", b'{"a":[1,{"b":2}]}', b'""', b"", b"1e400", b"true"))
    return line[: value.start(1)] + other + line[value.end(1) :]


DAMAGES = (_cut, _insert, _drop, _repeat, _blow_up, _other_type)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_damaged_samples_of_each_format(record: Callable[..., RawRecord], form: str) -> None:
    lines, dice = _lines(form), random.Random(f"{form} {CASES}")  # not a secret
    if not lines:
        pytest.skip(f"{form} has no samples of lines")
    for number in range(CASES):
        line = dice.choice(lines)
        for _ in range(dice.choice((1, 1, 2, 4))):
            line = dice.choice(DAMAGES)(line, dice)
        _survives(record(line, kind=(form, "auto")[number % 2]))


def _survives(raw: RawRecord) -> None:
    began = time.process_time()
    find_serial(raw.raw)
    result = read_record(raw)
    took_s = time.process_time() - began
    assert isinstance(result, Event | SetAside)
    allowed_s = LONGEST_S + SECONDS_PER_BYTE * len(raw.raw)
    assert took_s < allowed_s, f"{took_s:.2f} s for {len(raw.raw):,} bytes: {raw.raw[:300]!r}"
    if isinstance(result, Event):
        assert all(isinstance(value, str) for value in result.fields.values())
        orjson.dumps([view(result, "native"), view(result, "ecs"), view(result, "ocsf")])

"""Each format survives its own samples with damage: no exception, no hang, in any view.

A taste of `python -m benchmarks.fuzz`, which reads a million of each family: here each format has
its turn. The same number always makes the same case.
"""

from __future__ import annotations

import random

import pytest
from benchmarks.fuzz.damage import TEXT, damaged
from benchmarks.fuzz.drill import read_once
from benchmarks.fuzz.family import Case, Family, allowed_s
from benchmarks.fuzz.records import all_lines, lines_of, read_line

from hinomi.normalise import FORMATS
from hinomi.normalise.registry import all_formats

CASES = 40
# Forgives a slow moment of the machine; the command measures again instead, and asks 50 ms.
LIMIT_S = 0.5
LINES = Family("lines", "the lines of one format", all_lines, read_line, limit_s=LIMIT_S)
all_formats()  # read on first use; that is not a line's time


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_damaged_samples_of_each_format(form: str) -> None:
    lines, dice = lines_of(form), random.Random(form)  # not a secret
    assert lines, f"{form} has no samples of lines"
    for number in range(CASES):
        raw = damaged(dice.choice(lines), dice, damages=TEXT, other=dice.choice(lines))
        case = Case(number, form, raw)
        took_s, fault = read_once(LINES, case)
        assert fault is None, f"{fault.kind}: {raw[:300]!r}\n{fault.detail}"
        assert took_s < allowed_s(LINES, case), f"{took_s:.2f} s for {raw[:300]!r}"

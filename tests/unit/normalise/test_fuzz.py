"""No bytes make a reader raise or hang: random ones, and real samples with damage."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hinomi.core.records import Event, SetAside
from hinomi.normalise import FORMATS, find_serial, read_record, view

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.core.records import RawRecord

FOLDER = Path(__file__).resolve().parents[2] / "goldens" / "formats"
LINES = [
    line
    for path in sorted(FOLDER.glob("*/*"))
    if not path.name.endswith(".expected.jsonl")
    for line in path.read_bytes().splitlines()
    if line
]
CALM = settings(
    max_examples=150,
    deadline=2000,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def _survives(raw: RawRecord) -> None:
    find_serial(raw.raw)
    result = read_record(raw)
    assert isinstance(result, Event | SetAside)
    if isinstance(result, Event):
        assert all(isinstance(value, str) for value in result.fields.values())
        assert result.event_time.tzinfo is not None
        for name in ("native", "ecs", "ocsf"):
            orjson.dumps(view(result, name))  # type: ignore[arg-type]


@CALM
@given(data=st.binary(max_size=300), kind=st.sampled_from(["auto", *FORMATS]))
def test_random_bytes(record: Callable[..., RawRecord], data: bytes, kind: str) -> None:
    _survives(record(data, kind=kind))


@CALM
@given(text=st.text(alphabet=st.sampled_from("abc =|\"\\{}[],:<>\n\t0189='CEFLK"), max_size=200))
def test_random_marks(record: Callable[..., RawRecord], text: str) -> None:
    _survives(record(text))
    _survives(record(f"CEF:0|a|b|c|d|e|5|{text}"))


@CALM
@given(
    line=st.sampled_from(LINES),
    cut=st.integers(0, 400),
    place=st.integers(0, 400),
    noise=st.binary(max_size=6),
    kind=st.sampled_from(["auto", *FORMATS]),
)
def test_damaged_samples(
    record: Callable[..., RawRecord], line: bytes, cut: int, place: int, noise: bytes, kind: str
) -> None:
    damaged = line[:place] + noise + line[place + cut % 7 : len(line) - cut % 50]
    _survives(record(damaged, kind=kind))


@pytest.mark.parametrize(
    "raw",
    [
        "a=" * 100_000,
        '"' * 100_000,
        "[" * 100_000,
        '{"a":' * 50_000,
        "CEF:0|" + "|" * 50_000,
        "CEF:0|a|b|c|d|e|5|" + "k=v " * 50_000,
        "<1>1 - - - - - [" + 'a="' * 30_000,
        "x " * 100_000 + "=",
        "to=<" * 20_000 + " type=event devid=1 vd=1 logid=1 msg=relay=",
        "user " * 50_000,
        "Failed password for " + "from " * 30_000,
        "TTY=a ; PWD=" + " ; USER=" * 20_000,
        "1.2.3.4 " * 30_000,
        "sudo: a : " + "b ; " * 30_000 + "PWD=",
        # Just below the limit of the phrase patterns, where they still run.
        "user " * 1_600,
        " GET" * 2_000,
        "a:1.2.3.4 " * 800,
        "(x\\y" * 1_600,
        "1.2.3.4/" * 1_000,
        "a: b, " * 1_300,
        "x=1,y" * 1_600,
    ],
    ids=lambda raw: raw[:12],
)
def test_hostile_repetition_does_not_hang(record: Callable[..., RawRecord], raw: str) -> None:
    """A quadratic pattern shows here as minutes; the whole test takes well under a second each."""
    _survives(record(raw))


@pytest.mark.parametrize("piece", ["m", "m-", "user-m"], ids=["letters", "hyphens", "words"])
def test_a_word_of_thousands_of_letters_takes_no_time(
    record: Callable[..., RawRecord], piece: str
) -> None:
    """Each letter once, not each letter with all behind it: `Nov 20 … systemmmm…`, 110 ms."""
    raw = record(f"Nov 20 09:13:00 web01 {piece * (8_000 // len(piece))} was seen")
    best = 1.0
    for _ in range(3):
        began = time.process_time()
        _survives(raw)
        best = min(best, time.process_time() - began)
    assert best < 0.05

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


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (
            "nfdump",
            "2026-11-20 18:00:00.1 0.5 TCP 10.20.1.31:50100 -> 203.0.113.2:443 12 1.5.0 M 1",
        ),
        ("netflow", f'{{"netflow":9,"fields":{{"{"9" * 5_000}":"00"}}}}'),
        ("generic", "date=2026-11-20 srcip=192.0.2.1 dstip=192.0.2.2 dstport=0x811111111111111111"),
        (
            "fortigate",
            "devid=FGT1 vd=root type=traffic dstport=0x8111111111111111110 dstip=192.0.2.1",
        ),
    ],
)
def test_odd_numbers_stay_text(record: Callable[..., RawRecord], kind: str, raw: str) -> None:
    """Two points are no number, and neither JSON nor the lake holds one of more than 64 bits."""
    for each in (kind, "auto"):
        _survives(record(raw, kind=each))


@pytest.mark.parametrize(
    "raw",
    [
        "1,2026/11/20 10:00:00,001701000001,TRAFFIC,".replace("1,2", '1,"2'),
        '1,"026/11/20 10:00:00,001,701,TRAFFIC,end,2816,x"',
        " 1,2026/11/20 10:00:00,x,THREAT,",
    ],
)
def test_a_quote_that_swallows_the_commas_of_columns_is_no_fault_of_ours(
    record: Callable[..., RawRecord], raw: str
) -> None:
    for kind in ("auto", "palo_alto"):
        _survives(record(raw, kind=kind))


_PROXY = "1795167617.352 7 10.20.1.31 TCP_MISS/302 779 GET http://x.example/ - DIRECT/x.example a/b"
_MAIL_SERVER = "date=2026-11-20 time=10:00:06.138 device_id=FEVM020000000001 type=event msg="


@pytest.mark.parametrize(
    "raw",
    [
        f"Nov 20 09:13:00 web01 {'m' * 8_000} was seen",
        f"Nov 20 09:13:00 web01 {'m-' * 4_000} was seen",
        f"RT_FLOW: RT_FLOW_SESSION_DENY: session deni{'9' * 8_000}d",
        f"RT_FLOW_SESSION_CLOSE: session closed TCP CLIENT RST: {'a:' * 4_000}",
        f'{_MAIL_SERVER}"to=<a@example.jp>, relay={"<x>" * 300}("',
        f'{_MAIL_SERVER}"to=<a@example.jp>, relay={"(x)" * 300}("',
        f'{_MAIL_SERVER}"STARTTLS=server, cert-issue{"9" * 5_000}"',
        f"{_PROXY} DEFAULT_C{'9' * 8_000}ASE-x <a>",
        f"{_PROXY} A_B-C{' A_B-C' * 1_300}",
        f'{_MAIL_SERVER}"User admin login from {"9" * 4_000}"',
        f"Nov 20 09:15:04 web01 sshd[6005]: Connection from {'51.100.710..' * 700}",
    ],
    ids=[
        "word",
        "hyphens",
        "number",
        "colons",
        "angles",
        "brackets",
        "name",
        "proxy",
        "policies",
        "login",
        "address",
    ],
)
def test_a_line_made_to_be_slow_takes_no_time(record: Callable[..., RawRecord], raw: str) -> None:
    """Patterns that could fit in many ways, or from each letter of a long word."""
    best = 1.0
    for _ in range(3):
        began = time.process_time()
        _survives(record(raw))
        best = min(best, time.process_time() - began)
    assert best < 0.05

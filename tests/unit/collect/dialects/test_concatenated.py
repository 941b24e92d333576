"""HEC's events: lines, or objects one after another; the first bad one is numbered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.collect.body import TooLarge
from hinomi.collect.dialects.concatenated import split_events
from hinomi.collect.limits import Limits

LIMITS = Limits(body_records=5, record_bytes=60)
ONE, TWO = b'{"event":"a","host":"h"}', '{"event": {"b": "} {"}, "time": 1.5, "あ": 1}'.encode()


@pytest.mark.parametrize(
    "body",
    [ONE + TWO, ONE + b"\n" + TWO + b"\n", ONE + b"  \r\n\t" + TWO, b"\n\n" + ONE + b"," + TWO],
    ids=["nothing between", "lines", "blanks", "comma"],
)
def test_events_keep_their_exact_bytes_however_they_are_joined(body: bytes) -> None:
    frames, bad = split_events(body, limits=LIMITS)
    assert bad is None
    assert [frame.raw for frame in frames] == [ONE, TWO]


def test_an_event_over_several_lines_is_one() -> None:
    body = b'{\n  "event":\n  "x"\n}\n' + ONE
    frames, _ = split_events(body, limits=LIMITS)
    assert [frame.raw for frame in frames] == [b'{\n  "event":\n  "x"\n}', ONE]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b'{"host":"h"}', 12),
        (b'{"event":null}', 12),
        (b'{"event":""}', 13),
        (b"[1]", 6),
        (b'"text"', 6),
        (b'{"event":"cut', 6),
        (b"plain text", 6),
        (b'{"event":' * 3000, 6),
        (b"\xff\xfe", 6),
    ],
)
def test_the_first_bad_event_is_numbered_and_those_before_it_are_given(
    bad: bytes, code: int
) -> None:
    frames, found = split_events(ONE + b"\n" + bad + b"\n" + ONE, limits=LIMITS)
    assert [frame.raw for frame in frames] == [ONE]
    assert found is not None
    assert (found.code, found.number) == (code, 1)


def test_too_many_events_or_lines_are_refused() -> None:
    for body in (ONE * 6, b"\n" * 11):
        with pytest.raises(TooLarge):
            split_events(body, limits=LIMITS)


@given(st.lists(st.sampled_from([ONE, TWO, b"\n", b" ", b"{", b"}", b'"', b"\x82\xa0", b"[]"])))
def test_any_bytes_are_split_or_numbered(parts: list[bytes]) -> None:
    try:
        frames, bad = split_events(b"".join(parts), limits=LIMITS)
    except TooLarge:
        return
    assert bad is None or bad.number == len(frames)
    assert all(b'"event"' in frame.raw for frame in frames)

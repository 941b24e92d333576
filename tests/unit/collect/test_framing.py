"""Framing: every byte a sender means arrives as part of the right record, however it is cut up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.collect.framing import Frame, StreamFramer, frame_datagram, frame_lines
from hinomi.core.words import SetAsideReason

CAP = 1000
BROKEN = SetAsideReason.BROKEN_FRAME
LARGE = SetAsideReason.TOO_LARGE


def frames_of(*parts: bytes, cap: int = CAP) -> list[Frame]:
    framer = StreamFramer(cap=cap)
    return [*(frame for part in parts for frame in framer.feed(part)), *framer.close()]


def raws(*parts: bytes, cap: int = CAP) -> list[bytes]:
    return [frame.raw for frame in frames_of(*parts, cap=cap)]


def counted(message: bytes) -> bytes:
    return str(len(message)).encode() + b" " + message


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"<13>one\n<13>two\n", [b"<13>one", b"<13>two"]),
        (b"<13>one\r\n<13>two\r\n", [b"<13>one", b"<13>two"]),
        (b"no priority\n\n\nnext\n", [b"no priority", b"next"]),
        (b"<13>one\0<13>two\0", [b"<13>one", b"<13>two"]),
        (b'{"a":1}\0{"b":\n2}\0', [b'{"a":1}', b'{"b":\n2}']),
        (b"<13>nul \0 inside\n<13>next\n", [b"<13>nul \0 inside", b"<13>next"]),
        (b"2026-11-21 starts with digits\nnext\n", [b"2026-11-21 starts with digits", b"next"]),
        (b"31 days without a priority\nnext\n", [b"31 days without a priority", b"next"]),
        (b"\x82\xa0\xff\n\x1b[31m\n", [b"\x82\xa0\xff", b"\x1b[31m"]),
        (b"8 <13>abcd8 <13>efgh", [b"<13>abcd", b"<13>efgh"]),
        (b"8 <13>abcd\n8 <13>efgh\n", [b"<13>abcd", b"<13>efgh"]),
        (b"10 <13>a\nb\ncd8 <13>efgh", [b"<13>a\nb\ncd", b"<13>efgh"]),
    ],
)
def test_each_way_of_framing_is_recognised(stream: bytes, expected: list[bytes]) -> None:
    assert raws(stream) == expected


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        # one too small: the last letter belongs to the first record
        (b"10 <13>octetcounted9 <13>after", [b"<13>octetcounted", b"<13>after"]),
        # too small, and the sender ends its frames with LF as well
        (b"6 <13>abcdef\n8 <13>efgh\n", [b"<13>abcdef", b"<13>efgh"]),
        # too large: the next header was swallowed
        (b"11 <13>abcd8 <13>efgh8 <13>ijkl", [b"<13>abcd", b"<13>efgh", b"<13>ijkl"]),
        # so large that it would wait for ever
        (b"900 <13>abcd8 <13>efgh", [b"<13>abcd", b"<13>efgh"]),
        # a line without count in between
        (b"8 <13>abcd<13>line\n8 <13>efgh", [b"<13>abcd", b"<13>line", b"<13>efgh"]),
    ],
)
def test_wrong_counts_cost_no_byte_and_no_neighbour(stream: bytes, expected: list[bytes]) -> None:
    assert raws(stream) == expected


def test_an_absurd_count_does_not_swallow_the_connection() -> None:
    assert raws(b"99999999 <13>first\n9 <13>after") == [b"<13>first", b"<13>after"]


def test_half_frames_at_the_end_are_kept_and_marked() -> None:
    assert frames_of(b"8 <13>abcd20 <13>half") == [
        Frame(b"<13>abcd"),
        Frame(b"<13>half", BROKEN),
    ]
    assert frames_of(b"<13>one\n<13>last line without end") == [
        Frame(b"<13>one"),
        Frame(b"<13>last line without end"),
    ]


def test_a_huge_line_is_kept_up_to_the_cap_and_the_next_is_whole() -> None:
    parts = [b"x" * 300] * 40
    found = frames_of(*parts, b"\n<13>after\n")
    assert found == [Frame(b"x" * CAP, LARGE), Frame(b"<13>after")]


def test_a_huge_counted_frame_is_cut_and_the_next_is_whole() -> None:
    message = b"<13>" + b"y" * 5000
    found = frames_of(counted(message) + counted(b"<13>after"))
    assert found == [Frame(message[:CAP], LARGE), Frame(b"<13>after")]


def test_a_huge_line_without_end_is_given_once() -> None:
    assert frames_of(*[b"z" * 999] * 20) == [Frame(b"z" * CAP, LARGE)]


_MESSAGES = st.lists(
    st.binary(min_size=1, max_size=60)
    .map(lambda raw: raw.replace(b"\n", b"-").replace(b"\0", b"-").replace(b"\r", b"-"))
    .map(lambda raw: b"<13>" + raw),
    min_size=1,
    max_size=8,
)


def _cut(stream: bytes, widths: list[int]) -> list[bytes]:
    parts, rest = [], stream
    for width in widths:
        parts.append(rest[:width])
        rest = rest[width:]
    return [*parts, rest]


@given(messages=_MESSAGES, widths=st.lists(st.integers(1, 40), max_size=30))
def test_lines_survive_any_cutting_into_packets(messages: list[bytes], widths: list[int]) -> None:
    stream = b"".join(message + b"\n" for message in messages)
    assert raws(*_cut(stream, widths)) == messages


@given(messages=_MESSAGES, widths=st.lists(st.integers(1, 40), max_size=30))
def test_counted_frames_survive_any_cutting_into_packets(
    messages: list[bytes], widths: list[int]
) -> None:
    stream = b"".join(map(counted, messages))
    assert raws(*_cut(stream, widths)) == messages


@given(stream=st.binary(max_size=400), widths=st.lists(st.integers(1, 50), max_size=20))
def test_no_bytes_break_the_framer(stream: bytes, widths: list[int]) -> None:
    for frame in frames_of(*_cut(stream, widths), cap=50):
        assert 0 < len(frame.raw) <= 50


def test_a_datagram_is_one_record_without_its_line_end() -> None:
    assert frame_datagram(b"<13>a\nb\n", cap=CAP) == Frame(b"<13>a\nb")
    assert frame_datagram(b"<13>a\0", cap=CAP) == Frame(b"<13>a")
    assert frame_datagram(b"\n", cap=CAP) is None
    assert frame_datagram(b"x" * 70, cap=50) == Frame(b"x" * 50, LARGE)


def test_blank_lines_of_a_text_are_no_records() -> None:
    assert frame_lines(b"a\r\n\n  \nb", cap=CAP) == [Frame(b"a"), Frame(b"b")]

"""Lumberjack v2 frames, whole, in pieces, compressed, and hostile."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from itertools import pairwise

import pytest
from benchmarks.fuzz.senders import compressed, event, window
from hypothesis import given
from hypothesis import strategies as st

from hinomi.collect.framing import Frame
from hinomi.collect.lumberjack import (
    BrokenStream,
    Event,
    Frames,
    Item,
    Window,
    acknowledgement,
    begins_like_lumberjack,
)
from hinomi.core.words import SetAsideReason

CAP = 1000


STREAM = window(3) + event(1, b'{"a":1}') + compressed(event(2, b"{}") + event(3, b"x" * 40))
ITEMS: list[Item] = [
    Window(3),
    Event(1, Frame(b'{"a":1}')),
    Event(2, Frame(b"{}")),
    Event(3, Frame(b"x" * 40)),
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=6))
def test_where_the_stream_is_cut_changes_nothing(cuts: list[int]) -> None:
    frames, found = Frames(cap=CAP), []
    bounds = [0, *sorted(cuts), len(STREAM)]
    for begin, end in pairwise(bounds):
        found += list(frames.feed(STREAM[begin:end]))
    assert found == ITEMS
    assert frames.held_bytes == 0


def test_an_oversize_event_is_cut_and_the_next_one_is_whole() -> None:
    stream = event(1, b"x" * 5000) + compressed(event(2, b"y" * 5000) + event(3, b"z"))
    found = list(Frames(cap=CAP).feed(stream))
    assert found == [
        Event(1, Frame(b"x" * CAP, SetAsideReason.TOO_LARGE)),
        Event(2, Frame(b"y" * CAP, SetAsideReason.TOO_LARGE)),
        Event(3, Frame(b"z")),
    ]


@pytest.mark.parametrize(
    "stream",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        window(1) + b"XX",
        compressed(compressed(event(1, b"{}"))),
        compressed(event(1, b"{}")[:-1]),
        compressed(b"2J"),
        b"2C" + struct.pack(">I", 5) + b"nozip",
        b"2C" + struct.pack(">I", 2**32 - 1),
        b"2C" + struct.pack(">I", 0) + b"2W",
    ],
    ids=["http", "kind", "nested", "cut inside", "half head", "no zlib", "length", "empty"],
)
def test_what_is_no_lumberjack_ends_the_connection(stream: bytes) -> None:
    with pytest.raises(BrokenStream):
        list(Frames(cap=CAP).feed(stream))


def test_a_bomb_costs_no_memory() -> None:
    """A gigabyte of zeros in a megabyte, as one event and as a million."""
    bomb = zlib.compressobj(9)
    packed = bomb.compress(b"2J" + struct.pack(">II", 1, 200_000_000))
    packed += b"".join(bomb.compress(bytes(1_000_000)) for _ in range(200)) + bomb.flush()
    tracemalloc.start()
    try:
        frames = Frames(cap=CAP)
        sizes = [
            len(item.frame.raw)
            for item in frames.feed(b"2C" + struct.pack(">I", len(packed)) + packed)
            if isinstance(item, Event)
        ]
        assert sizes == [CAP]
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


@given(st.lists(st.sampled_from([STREAM, window(1), event(1, b"{}"), b"2C\0", b"2", b"\xff"])))
def test_any_bytes_are_read_or_end_the_connection(parts: list[bytes]) -> None:
    frames = Frames(cap=CAP)
    try:
        for part in parts:
            list(frames.feed(part))
    except BrokenStream:
        return
    assert frames.held_bytes <= sum(map(len, parts))


def test_only_a_window_begins_a_connection() -> None:
    assert begins_like_lumberjack(window(2048))
    assert not any(begins_like_lumberjack(each) for each in (b"24 <13>", b"2J", b"2Www", b""))
    assert acknowledgement(258) == b"2A\0\0\x01\x02"

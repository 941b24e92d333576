"""GELF over UDP: compression, chunks in any order, and senders who mean ill."""

from __future__ import annotations

import gzip
import random
import zlib

import pytest
from benchmarks.fuzz.senders import gelf_chunks as chunks

from hinomi.collect.framing import Frame
from hinomi.collect.gelf_chunks import GelfChunks, plain
from hinomi.core.words import SetAsideReason

MESSAGE = b'{"version":"1.1","short_message":"' + b"x" * 500 + b'"}'


class Bench:
    """An assembler with its clock and its losses."""

    def __init__(self, **limits: int) -> None:
        self.now = 0.0
        self.lost = 0
        self.chunks = GelfChunks(monotonic=lambda: self.now, lost=self.lose, **limits)

    def lose(self, count: int) -> None:
        self.lost += count

    def feed(self, *datagrams: bytes, peer: str = "192.0.2.1:5") -> list[bytes]:
        found = [self.chunks.feed(datagram, peer=peer) for datagram in datagrams]
        return [message for message in found if message is not None]


@pytest.mark.parametrize("seed", range(5))
def test_chunks_in_any_order_and_mixed_make_whole_messages(seed: int) -> None:
    bench, other = Bench(), MESSAGE[::-1]
    mixed = chunks(MESSAGE) + chunks(other, name=b"87654321") + chunks(MESSAGE)[:2]
    random.Random(seed).shuffle(mixed)
    assert set(bench.feed(*mixed)) == {MESSAGE, other}


def test_the_same_message_id_of_two_senders_is_two_messages() -> None:
    bench, parts, others = Bench(), chunks(MESSAGE), chunks(MESSAGE[::-1])
    assert bench.feed(*parts[:-1]) == []
    assert bench.feed(*others[:-1], peer="192.0.2.2:5") == []
    assert bench.feed(others[-1], peer="192.0.2.2:5") == [MESSAGE[::-1]]
    assert bench.feed(parts[-1]) == [MESSAGE]


def test_what_stays_incomplete_is_given_up_and_counted() -> None:
    bench = Bench()
    bench.feed(*chunks(MESSAGE)[:3])
    bench.now = 5.0
    assert bench.feed(chunks(MESSAGE, name=b"next msg")[0]) == []
    assert bench.lost == 3


def test_ten_thousand_beginnings_stay_within_their_memory() -> None:
    bench = Bench(messages=100, size_bytes=5_000)
    for number in range(10_000):
        bench.feed(chunks(MESSAGE, name=number.to_bytes(8))[0])
    assert len(bench.chunks._messages) <= 100
    assert bench.chunks._bytes <= 5_000
    assert bench.lost >= 9_900


@pytest.mark.parametrize("tail", [b"", b"\x00", b"\x00\x00", b"\x00\x81", b"\x05\x05", b"\xff\xff"])
def test_impossible_numbers_are_given_up(tail: bytes) -> None:
    bench = Bench()
    assert bench.feed(b"\x1e\x0f12345678" + tail) == []
    assert bench.lost == 1


def test_both_compressions_are_undone_and_text_stays_text() -> None:
    for packed in (zlib.compress(MESSAGE), gzip.compress(MESSAGE), zlib.compress(MESSAGE, 0)):
        assert plain(packed, cap=1000) == Frame(MESSAGE)
    for text in (b"x^ no compression", b'{"short_message":"a"}', b"\x1f\x8bbroken", b""):
        assert plain(text, cap=1000) is None


def test_a_bomb_is_cut_and_a_half_stream_is_marked() -> None:
    bomb = zlib.compress(bytes(50_000_000), 9)
    assert plain(bomb, cap=1000) == Frame(bytes(1000), SetAsideReason.TOO_LARGE)
    half = zlib.compress(MESSAGE)[:-8]
    assert plain(half, cap=1000) == Frame(half, SetAsideReason.BROKEN_FRAME)

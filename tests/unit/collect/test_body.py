"""Bodies: the exact bytes of each record, and limits that hold before the memory is gone."""

from __future__ import annotations

import gzip
import zlib

import pytest

from hinomi.collect.body import TooLarge, Unreadable, Unsupported, decompress, split_body
from hinomi.collect.framing import Frame
from hinomi.collect.limits import Limits
from hinomi.core.words import SetAsideReason

LIMITS = Limits(
    record_bytes=100,
    body_bytes=100_000,
    body_records=50,
    body_commas=200,
    gzip_ratio=50,
    gzip_ratio_from=10_000,
)


def split(body: bytes, media_type: str = "application/json") -> list[bytes]:
    return [frame.raw for frame in split_body(body, media_type=media_type, limits=LIMITS)]


@pytest.mark.parametrize(
    ("body", "records"),
    [
        (b'{"a":1}\n{"b":2}\n', [b'{"a":1}', b'{"b":2}']),
        (b'{"a":1}\r\n\r\n{"b":2}', [b'{"a":1}', b'{"b":2}']),
        (b'[{"a": 1}, {"b" :2 }]', [b'{"a": 1}', b'{"b" :2 }']),
        (b'\n [ {"a":[1,2]} ,\n"text", 3 ]\n', [b'{"a":[1,2]}', b'"text"', b"3"]),
        (b"[]", []),
        (b"", []),
        (b'{\n  "a": 1\n}\n', [b'{\n  "a": 1\n}']),
        (b'{"a": "' + "葵".encode() + b'"}', [b'{"a": "' + "葵".encode() + b'"}']),
        (b'{"a":1}\nnot json at all\n{"b":', [b'{"a":1}', b"not json at all", b'{"b":']),
        (b'[{"a":1}, {"b"\n[broken', [b'{"a":1}', b'{"b"', b"[broken"]),
        (b'{"records":[{"a":1},{"b":2}]}', [b'{"a":1}', b'{"b":2}']),
        (b'{\n "value": [\n  {"a":1},\n  {"b":2}\n ]\n}\n', [b'{"a":1}', b'{"b":2}']),
        (b'{"records":[{"a":1},{"b":2}]}\n{"c":3}\n', [b'{"a":1}', b'{"b":2}', b'{"c":3}']),
        (b'{\n"records": [\n{"a":1},\n{"b":', [b'{"a":1}', b'{"b":']),
        (b'{"records":[{"a":1},{"b"\n{"c":3}', [b'{"a":1}', b'{"b"', b'{"c":3}']),
        (b'{"a":"\xff\xfe"}\n\x82\xa0', [b'{"a":"\xff\xfe"}', b"\x82\xa0"]),
        (
            b"[INSPECT] LAN2[out] text\n[INSPECT] more",
            [b"[INSPECT] LAN2[out] text", b"[INSPECT] more"],
        ),
    ],
)
def test_each_record_keeps_its_exact_bytes(body: bytes, records: list[bytes]) -> None:
    assert split(body) == split(body, "") == split(body, "application/x-ndjson") == records


def test_plain_text_is_one_line_per_record_even_when_it_looks_like_json() -> None:
    assert split(b'[{"a":1},\n{"b":2}]\n', "text/plain") == [b'[{"a":1},', b'{"b":2}]']


def test_a_long_record_is_cut_and_marked() -> None:
    for body in (b"x" * 200, b'["' + b"x" * 198 + b'"]'):
        (frame,) = split_body(body, media_type="", limits=LIMITS)
        assert len(frame.raw) == 100
        assert frame.fault is SetAsideReason.TOO_LARGE
    assert split_body(b"y" * 100, media_type="", limits=LIMITS) == [Frame(b"y" * 100)]


def test_a_list_longer_than_a_record_may_be_is_cut_into_its_entries_first() -> None:
    many = b'{"records":[' + b'{"a":1},' * 40 + b'{"a":2}]}'
    for body in (many, many + b'\n{"b":1}'):
        assert split(body)[:41] == [b'{"a":1}'] * 40 + [b'{"a":2}']
    (long, _) = split_body(
        b'{"value":[{"a":"' + b"x" * 200 + b'"},{"b":1}]}', media_type="", limits=LIMITS
    )
    assert (len(long.raw), long.fault) == (100, SetAsideReason.TOO_LARGE)


def test_entries_that_are_no_records_are_marked() -> None:
    frames = split_body(b'{"records":[{"a":1},17,{"b":', media_type="", limits=LIMITS)
    assert [(frame.raw, frame.fault) for frame in frames] == [
        (b'{"a":1}', None),
        (b"17", SetAsideReason.BROKEN_RECORD),
        (b'{"b":', SetAsideReason.BROKEN_FRAME),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b'{"records":[' + b"{}," * 50 + b"{}]}",
        b"1\n" * 51,
        b"[" + b"1," * 201 + b"1]",
        b"[" + b"1," * 50 + b"1]",
    ],
)
def test_too_many_records_are_refused_before_they_cost_memory(body: bytes) -> None:
    with pytest.raises(TooLarge):
        split(body)


def test_deep_nesting_is_a_line_like_any_other() -> None:
    body = b"[" * 90
    assert split(body) == [body]


def test_other_media_types_are_refused_by_name() -> None:
    with pytest.raises(Unsupported, match="image/png"):
        split(b"x", "image/png")


@pytest.mark.parametrize(
    ("coding", "wire"),
    [
        ("", b"body"),
        ("identity", b"body"),
        ("gzip", gzip.compress(b"body", mtime=0)),
        ("gzip", gzip.compress(b"bo", mtime=0) + gzip.compress(b"dy", mtime=0)),
        ("x-gzip", gzip.compress(b"body", mtime=0)),
        ("deflate", zlib.compress(b"body")),
    ],
)
def test_codings_are_undone(coding: str, wire: bytes) -> None:
    assert decompress(wire, coding=coding, limits=LIMITS) == b"body"


@pytest.mark.parametrize("wire", [b"not gzip", gzip.compress(b"body" * 9, mtime=0)[:-9]])
def test_a_broken_coding_is_said_to_be_broken(wire: bytes) -> None:
    with pytest.raises(Unreadable):
        decompress(wire, coding="gzip", limits=LIMITS)


def test_an_unknown_coding_is_refused_by_name() -> None:
    with pytest.raises(Unsupported, match="br"):
        decompress(b"x", coding="br", limits=LIMITS)


def test_a_bomb_is_refused_by_size_and_by_growth() -> None:
    roomy = Limits(body_bytes=10**9, gzip_ratio=50, gzip_ratio_from=10_000)
    bomb = gzip.compress(bytes(50_000_000))
    with pytest.raises(TooLarge, match="100,000"):
        decompress(bomb, coding="gzip", limits=Limits(body_bytes=100_000, gzip_ratio=10**9))
    with pytest.raises(TooLarge, match="50-fold"):
        decompress(bomb, coding="gzip", limits=roomy)
    with pytest.raises(TooLarge):
        decompress(bytes(100_001), coding="", limits=LIMITS)


def test_a_small_repetitive_batch_is_no_bomb() -> None:
    body = b'{"a":1}\n' * 1000
    assert decompress(gzip.compress(body), coding="gzip", limits=LIMITS) == body

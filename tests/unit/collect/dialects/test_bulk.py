"""What a `_bulk` body is split into, and what is refused whole."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.collect.body import TooLarge, Unreadable
from hinomi.collect.dialects.bulk import read_bulk
from hinomi.collect.framing import Frame
from hinomi.collect.limits import Limits
from hinomi.core.words import SetAsideReason

CREATE = b'{"create":{"_index":"a"}}\n'
LIMITS = Limits(body_records=10, record_bytes=50)


def test_one_item_for_each_action_in_order() -> None:
    body = CREATE + b"{}\n" + b'{"delete":{"_id":1}}\n' + b'{"update":null}\n' + b'{"doc":{}}\n'
    bulk = read_bulk(body, limits=LIMITS)
    assert bulk.frames == [Frame(b"{}"), Frame(b'{"doc":{}}')]
    items = json.loads(bulk.answer)["items"]
    assert [next(iter(item)) for item in items] == ["create", "delete", "update"]
    assert [next(iter(item.values()))["status"] for item in items] == [201, 404, 200]


@pytest.mark.parametrize(
    "body",
    [
        CREATE + b'{"m":1}\n{"m":2}\n',
        CREATE + b'{"m":1}\n' + CREATE,
        b"[]\n{}\n",
        b'{"create":{},"index":{}}\n{}\n',
        b'{"invent":{}}\n{}\n',
        b'{"create":{"_index":5}}\n{}\n',
        b'{"create":' * 3000,
        b"\xff\xfe\n{}\n",
    ],
    ids=["no action", "no document", "array", "two", "unknown", "number", "deep", "bytes"],
)
def test_what_is_no_pair_of_lines_refuses_the_whole_request(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_bulk(body, limits=LIMITS)


def test_too_many_actions_or_lines_are_refused_before_they_cost_memory() -> None:
    for body in ((CREATE + b"{}\n") * 11, b"\n" * 41):
        with pytest.raises(TooLarge):
            read_bulk(body, limits=LIMITS)


def test_a_document_beyond_the_cap_is_cut_and_marked() -> None:
    (frame,) = read_bulk(CREATE + b"x" * 51, limits=LIMITS).frames
    assert frame == Frame(b"x" * 50, SetAsideReason.TOO_LARGE)


@given(st.lists(st.sampled_from([CREATE, b"{}\n", b"\n", b'{"delete":{}}\n', b"\0", b"}"])))
def test_any_bytes_are_split_or_refused_by_name(parts: list[bytes]) -> None:
    try:
        bulk = read_bulk(b"".join(parts), limits=LIMITS)
    except (Unreadable, TooLarge):
        return
    items = json.loads(bulk.answer)["items"]
    assert len(bulk.frames) == sum(1 for item in items if "delete" not in item)

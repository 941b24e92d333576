"""The pollroom keeps cursor, identities and what waits together, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.store.pollroom import PollRoom, PollRoomReader, Step, Waiting, is_pollroom_made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
STEP = Step("api_1", "t1", "alerts")


@pytest.fixture
def room(tmp_path: Path, engine: str) -> Iterator[PollRoom]:
    assert not is_pollroom_made(tmp_path)
    with PollRoom(tmp_path) as opened:
        yield opened


def waits(digest: str, *, customer: str = "c", kind: str = "entra", raw: bytes = b"\0x") -> Waiting:
    return Waiting("api_1", digest, customer, "会社", kind, AT, raw)


def test_a_page_is_kept_with_its_cursor_and_is_not_doubled(room: PollRoom, tmp_path: Path) -> None:
    for _ in range(2):
        room.keep(
            STEP, seen=["a", "b"], waiting=[waits("b")], at=AT, cursor="next", reached_at=AT,
            gap="なし",
        )  # fmt: skip
    assert room.cursor(STEP) == "next"
    assert room.cursor(Step("api_1", "t2", "alerts")) == ""
    assert room.seen("api_1", digests=["a", "b", "c"]) == {"a", "b"}
    assert room.seen("api_2", digests=["a"]) == set()
    with PollRoomReader(tmp_path) as reader:
        (customer,) = reader.customers(accounts=["api_1"])
        assert (customer.records, customer.kinds, customer.name) == (1, ("entra",), "会社")
        assert reader.customers(accounts=["api_2"]) == []
        sample = reader.sample(account="api_1", customer="c")
        assert sample is not None
        assert sample.raw == b"\0x"


def test_a_page_without_a_cursor_moves_nothing(room: PollRoom) -> None:
    room.keep(STEP, seen=["a"], waiting=[], at=AT, cursor="one", reached_at=AT)
    room.keep(STEP, seen=["b"], waiting=[], at=AT)
    assert room.cursor(STEP) == "one"


def test_how_a_look_went_is_told_and_a_good_day_is_remembered(room: PollRoom) -> None:
    room.looked(STEP, name="葵", at=AT)
    later = AT + timedelta(hours=1)
    room.looked(STEP, name="葵", at=later, trouble="busy", sentence="混んでいます。")
    (way,) = room.ways(accounts=["api_1"])
    assert (way.well_at, way.at, way.trouble, way.name) == (AT, later, "busy", "葵")
    room.looked(STEP, name="葵", at=later)
    (way,) = room.ways(accounts=["api_1"])
    assert (way.well_at, way.trouble, way.sentence) == (later, "", "")


def test_what_was_settled_waits_no_more(room: PollRoom) -> None:
    room.keep(STEP, seen=["a", "b"], waiting=[waits("a"), waits("b", kind="x")], at=AT)
    assert room.waiting_bytes("api_1") == 4
    found = room.waiting_of("api_1", customer="c", kind="entra", limit=10)
    assert [each.digest for each in found] == ["a"]
    room.settle("api_1", digests=["a"])
    assert room.waiting_of("api_1", customer="c", kind="entra", limit=10) == []
    assert room.seen("api_1", digests=["a"]) == {"a"}


def test_identities_go_when_no_question_reaches_back_to_them(room: PollRoom) -> None:
    room.keep(STEP, seen=["old"], waiting=[waits("w")], at=AT, cursor="x", reached_at=AT)
    day = timedelta(days=1)
    assert room.tidy(now=AT, overlaps={"alerts": day}) == 0
    room.keep(STEP, seen=["new"], waiting=[], at=AT + 2 * day, cursor="y", reached_at=AT + 2 * day)
    assert room.tidy(now=AT + 2 * day, overlaps={"alerts": day}) == 1
    assert room.seen("api_1", digests=["old", "new"]) == {"new"}
    assert room.waiting_bytes("api_1") == 2
    room.tidy(now=AT + 91 * day, overlaps={})
    assert room.waiting_bytes("api_1") == 0

"""The mailroom: what is acknowledged stays, what repeats is one, and each firm sees its own."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.mail import Claim, ClaimKind, MailHead, MailReason, MailState, Piece, PieceKind
from hinomi.store.mailroom import Cursor, MailRoom, MailRoomReader, Outcome, Settled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("engine")
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
WAITS = Outcome(MailState.WAITING, generation=1)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[MailRoom]:
    with closing(MailRoom(tmp_path)) as opened:
        yield opened


def piece(number: int) -> Piece:
    claims = (Claim(ClaimKind.TENANT, "葵製作所"),)
    return Piece(number, PieceKind.ALERT, f"検出 {number}", claims, b'{"n":%d}' % number)


def test_a_kept_mail_is_there_for_the_next_process(tmp_path: Path, room: MailRoom) -> None:
    id_ = room.keep(b"From: x\r\n\r\nbody", mailbox="box", digest="d1", at=NOW, recipient="a@b")
    with closing(MailRoom(tmp_path)) as other:
        assert [mail.id for mail in other.arrived(limit=9)] == [id_]
        assert other.body_of(id_) == b"From: x\r\n\r\nbody"


def test_a_repeat_is_the_same_mail_and_still_moves_the_cursor(room: MailRoom) -> None:
    """After a new numbering of the folder every mail comes again."""
    first = room.keep(b"m", mailbox="box", digest="d1", at=NOW)
    again = room.keep(
        b"m", mailbox="box", digest="d1", at=NOW, cursor=Cursor("INBOX", 2, 7, NOW), is_to_move=True
    )
    assert again == first
    assert len(room.arrived(limit=9)) == 1
    assert room.cursor("box") == Cursor("INBOX", 2, 7, NOW)
    assert room.to_move("box", uid_validity=2) == [7]
    room.moved("box", uid_validity=2, uids=[7])
    assert room.to_move("box", uid_validity=2) == []


def test_the_same_mail_in_two_mailboxes_is_two(room: MailRoom) -> None:
    assert room.keep(b"m", mailbox="a", digest="d", at=NOW) != room.keep(
        b"m", mailbox="b", digest="d", at=NOW
    )


def test_a_mail_is_delivered_when_its_last_piece_is(room: MailRoom) -> None:
    id_ = room.keep(b"m", mailbox="box", digest="d", at=NOW)
    room.cut(id_, pieces=[piece(1), piece(2)], outcome=WAITS, at=NOW)
    one = Settled(1, MailState.DELIVERED, source="s", organisation="o")
    other = Settled(2, MailState.WAITING, MailReason.UNKNOWN_CLAIM)
    assert room.settle(id_, settled=[one, other], generation=1, at=NOW) is MailState.WAITING
    assert [kept.piece.number for kept in room.waiting_of(id_)] == [2]
    mail = room.mail(id_, mailboxes=["box"])
    assert mail is not None
    assert mail.reason is MailReason.UNKNOWN_CLAIM
    last = Settled(2, MailState.DELIVERED, source="s", organisation="o")
    assert room.settle(id_, settled=[last], generation=2, at=NOW) is MailState.DELIVERED


def test_what_was_cut_is_not_cut_again(room: MailRoom) -> None:
    id_ = room.keep(b"m", mailbox="box", digest="d", at=NOW)
    room.cut(id_, pieces=[piece(1)], outcome=WAITS, at=NOW)
    room.cut(id_, pieces=[piece(1), piece(2)], outcome=WAITS, at=NOW)
    assert len(room.waiting_of(id_)) == 1


def test_a_delivered_piece_is_never_settled_again(room: MailRoom) -> None:
    id_ = room.keep(b"m", mailbox="box", digest="d", at=NOW)
    room.cut(id_, pieces=[piece(1)], outcome=WAITS, at=NOW)
    first = Settled(1, MailState.DELIVERED, source="s", organisation="aoi")
    room.settle(id_, settled=[first], generation=1, at=NOW)
    second = Settled(1, MailState.DELIVERED, source="t", organisation="fumi")
    room.settle(id_, settled=[second], generation=2, at=NOW)
    kept = room.pieces(id_, mailboxes=["box"])
    assert [one.organisation for one in kept] == ["aoi"]


def test_only_mails_judged_by_another_directory_are_sorted_again(room: MailRoom) -> None:
    id_ = room.keep(b"m", mailbox="box", digest="d", at=NOW)
    room.judge(id_, outcome=Outcome(MailState.HELD, 4, reason=MailReason.UNKNOWN_SENDER), at=NOW)
    assert room.unsettled(generation=4, limit=9) == []
    assert [mail.id for mail in room.unsettled(generation=5, limit=9)] == [id_]


def test_another_firms_mailbox_is_not_there(tmp_path: Path, room: MailRoom) -> None:
    id_ = room.keep(b"m", mailbox="box", digest="d", at=NOW)
    room.cut(id_, pieces=[piece(1)], outcome=WAITS, at=NOW)
    with MailRoomReader(tmp_path) as reader:
        for theirs in (["other"], []):
            assert reader.mail(id_, mailboxes=theirs) is None
            assert reader.body(id_, mailboxes=theirs) is None
            assert reader.pieces(id_, mailboxes=theirs) == []
            assert reader.waiting_pieces(mailboxes=theirs) == []
            assert reader.mails(mailboxes=theirs, states=list(MailState)) == []
        assert len(reader.waiting_pieces(mailboxes=["box"])) == 1


def test_the_last_good_look_is_remembered_beside_the_trouble(room: MailRoom) -> None:
    room.looked("box", at=NOW, trouble="", fetched=3)
    room.looked("box", at=NOW + timedelta(minutes=1), trouble="refused", fetched=0)
    (look,) = room.looks(mailboxes=["box"])
    assert (look.well_at, look.trouble, look.failures, look.fetched) == (NOW, "refused", 1, 3)


def test_bodies_go_when_nobody_waits_and_repeats_are_still_known(room: MailRoom) -> None:
    done = room.keep(b"done", mailbox="box", digest="d1", at=NOW)
    room.cut(done, pieces=[piece(1)], outcome=WAITS, at=NOW)
    room.settle(
        done,
        settled=[Settled(1, MailState.DELIVERED, source="s", organisation="o")],
        generation=1,
        at=NOW,
    )
    waits = room.keep(b"waits", mailbox="box", digest="d2", at=NOW)
    room.judge(waits, outcome=Outcome(MailState.HELD, 1), at=NOW)
    assert room.tidy(now=NOW + timedelta(days=13)) == 0
    assert room.tidy(now=NOW + timedelta(days=15)) == 1
    assert room.body_of(done) is None
    assert room.body_of(waits) == b"waits"
    assert room.keep(b"done", mailbox="box", digest="d1", at=NOW) == done


def test_strangers_cannot_fill_the_room(room: MailRoom) -> None:
    """Anybody may send to an address; who is signed or accepted keeps its place."""
    unknown = Outcome(MailState.HELD, 1, reason=MailReason.UNKNOWN_SENDER, head=MailHead())
    signed = replace(unknown, head=MailHead(signed_by=("console.example.jp",)))
    body = os.urandom(1_000)
    ids = []
    for number, outcome in enumerate([unknown, signed, unknown, unknown]):
        at = NOW + timedelta(seconds=number)
        ids.append(room.keep(body, mailbox="box", digest=f"{number}", at=at))
        room.judge(ids[-1], outcome=outcome, at=at)
    waits = room.keep(body, mailbox="box", digest="waits", at=NOW)
    room.cut(waits, pieces=[piece(1)], outcome=WAITS, at=NOW)
    assert room.shed_strangers(most_bytes=2_500, at=NOW) == 1
    kept = [room.body_of(id_) is not None for id_ in (*ids, waits)]
    assert kept == [False, True, True, True, True]
    gone = room.mail(ids[0], mailboxes=["box"])
    assert gone is not None
    assert (gone.state, gone.reason) == (MailState.PUT_AWAY, MailReason.UNKNOWN_SENDER)

"""Fetching over IMAP: durable first, moved after, and never lost or doubled by a bad line."""

from __future__ import annotations

import ssl
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.collect.conftest import PATIENCE_S, Collect, read_log
from tests.collect.imap_server import FakeImap, Folder
from tests.collect.letters import alert, letter, signed, town, write_keys

from hinomi.collect.mail.imap import Look, LookFailed
from hinomi.collect.mail.limits import MailLimits
from hinomi.core.directory import Mailbox
from hinomi.core.mail import MailReason, MailState
from hinomi.pipeline.mail.keeper import RoomKeeper
from hinomi.store.directory import publish
from hinomi.store.mailroom import MailRoom, MailRoomReader
from hinomi.store.sealed import seal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMITS = MailLimits(imap_timeout_s=5.0, mail_bytes=100_000)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[MailRoom]:
    with closing(MailRoom(tmp_path)) as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[FakeImap]:
    with FakeImap(Folder()) as opened:
        yield opened


def look(
    server: FakeImap, room: MailRoom, *, is_low: bool = False, password: str = "open", **box: object
) -> int:
    mailbox = Mailbox("box", "firm", "監視用", "imap", "soc@example.jp", host="127.0.0.1",
                      port=server.port, user="soc", security="none")  # fmt: skip
    return Look(
        mailbox=replace(mailbox, **box),  # type: ignore[arg-type]
        password=password,
        keeper=RoomKeeper(room, LIMITS, lambda: is_low),
        limits=LIMITS,
        now=lambda: datetime.now(UTC),
        trust=ssl.create_default_context(),
    ).run()


def kept(room: MailRoom) -> list[bytes]:
    return [room.body_of(mail.id) or b"" for mail in room.arrived(limit=99)]


def test_each_mail_is_fetched_once_and_nothing_is_marked(server: FakeImap, room: MailRoom) -> None:
    server.folder.add(letter("一", number="1"))
    assert look(server, room) == 1
    server.folder.add(letter("二", number="2"))
    assert look(server, room) == 1
    assert look(server, room) == 0
    assert kept(room) == list(server.folder.mails.values())
    told = " ".join(server.folder.commands)
    assert "STORE" not in told
    assert "SELECT" not in told  # read-only: EXAMINE


def test_mails_are_moved_once_they_are_durable(server: FakeImap, room: MailRoom) -> None:
    server.folder.add(letter("一", number="1"))
    look(server, room, done_folder="取込済み")
    assert (len(server.folder.mails), len(server.folder.done)) == (0, 1)
    assert any("&U9aPvG4IMH8-" in each for each in server.folder.commands)


def test_what_a_death_kept_from_being_moved_is_moved_the_next_time(
    server: FakeImap, room: MailRoom
) -> None:
    server.folder.add(letter("一", number="1"))
    server.folder.can_move = False
    with pytest.raises(LookFailed, match="MOVE"):
        look(server, room, done_folder="done")
    assert len(kept(room)) == 1
    server.folder.can_move = True
    assert look(server, room, done_folder="done") == 0
    assert len(server.folder.done) == 1


def test_a_renumbered_folder_brings_every_mail_again_and_doubles_none(
    server: FakeImap, room: MailRoom
) -> None:
    for number in range(3):
        server.folder.add(letter("x", number=str(number)))
    look(server, room)
    server.folder.renumber()
    server.folder.add(letter("new", number="new"))
    look(server, room)
    assert len(kept(room)) == 4
    assert look(server, room) == 0


@pytest.mark.parametrize("cut_at", range(40, 2_000, 280))
def test_a_line_that_is_cut_anywhere_loses_and_doubles_nothing(
    server: FakeImap, room: MailRoom, cut_at: int
) -> None:
    for number in range(3):
        server.folder.add(letter("x" * 200, number=str(number)))
    server.folder.cut_at = cut_at
    with pytest.raises(LookFailed):
        look(server, room)
    server.folder.cut_at = 0
    look(server, room)
    assert sorted(kept(room)) == sorted(server.folder.mails.values())


def test_a_wrong_password_is_told_as_such(server: FakeImap, room: MailRoom) -> None:
    with pytest.raises(LookFailed) as caught:
        look(server, room, password="wrong")
    assert caught.value.is_refused


def test_a_password_never_goes_in_the_open_over_a_public_network(
    server: FakeImap, room: MailRoom
) -> None:
    with pytest.raises(LookFailed, match="暗号化"):
        look(server, room, host="imap.example.jp")


def test_a_server_without_a_valid_certificate_gets_no_password(
    server: FakeImap, room: MailRoom
) -> None:
    with pytest.raises(LookFailed):
        look(server, room, security="tls")
    assert not any("LOGIN" in each for each in server.folder.commands)


def test_a_mail_that_is_too_large_is_shown_not_kept(server: FakeImap, room: MailRoom) -> None:
    server.folder.add(letter("x" * 200_000, number="big"))
    server.folder.add(letter("small", number="small"))
    assert look(server, room) == 2
    reasons = [mail.reason for mail in room.arrived(limit=9)]
    assert reasons == [MailReason.TOO_LARGE, None]


def test_a_literal_larger_than_any_mail_is_not_read(server: FakeImap, room: MailRoom) -> None:
    server.folder.add(letter("x"))
    server.folder.huge_literal = True
    with pytest.raises(LookFailed):
        look(server, room)
    assert kept(room) == []


def test_a_full_disk_leaves_mails_in_the_mailbox(server: FakeImap, room: MailRoom) -> None:
    server.folder.add(letter("x"))
    with pytest.raises(LookFailed, match="いっぱい"):
        look(server, room, is_low=True)
    assert look(server, room) == 1


@pytest.mark.parametrize("point", ["mail:before-kept", "mail:before-settled"])
def test_a_tower_that_dies_fetches_and_delivers_each_mail_once(
    tmp_path: Path, server: FakeImap, point: str
) -> None:
    for number, company in enumerate(["葵製作所", "文商店", "葵製作所"]):
        server.folder.add(signed(letter(alert(company), number=str(number))))
    secret = seal("open", data=tmp_path, about="box")
    box = {"kind": "imap", "host": "127.0.0.1", "port": server.port, "user": "soc",
           "secret": secret, "security": "none", "done_folder": "done"}  # fmt: skip
    publish(town(**box), data=tmp_path)
    tower = Collect(tmp_path)
    keys = str(write_keys(tmp_path))
    tower.start("--dkim-keys", keys, "--crash-at", f"{point}:2")
    assert tower.process is not None
    tower.process.wait(PATIENCE_S)
    tower.start("--dkim-keys", keys)
    try:
        _wait_delivered(tower, 3)
        _wait_moved(server, 3)
        found = sorted(record.organisation for record in read_log(tmp_path))
        assert found == ["aoi", "aoi", "fumi"]
    finally:
        assert tower.stop() == 0


def _wait_delivered(tower: Collect, count: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with MailRoomReader(tower.data) as room:
            states = [m.state for m in room.mails(mailboxes=["box"], states=list(MailState))]
        if states == [MailState.DELIVERED] * count:
            return
        assert time.monotonic() < deadline, (states, tower.log())
        time.sleep(0.05)


def _wait_moved(server: FakeImap, count: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while (len(server.folder.mails), len(server.folder.done)) != (0, count):
        assert time.monotonic() < deadline
        time.sleep(0.05)

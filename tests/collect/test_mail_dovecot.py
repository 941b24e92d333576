"""A real IMAP server, Dovecot, where the machine has one: TLS, STARTTLS, folders, numbering."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.collect import dovecot as server
from tests.collect.letters import letter

from hinomi.collect.mail.imap import Look, LookFailed
from hinomi.collect.mail.limits import MailLimits
from hinomi.core.directory import Mailbox
from hinomi.pipeline.mail.keeper import RoomKeeper
from hinomi.store.mailroom import MailRoom

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.collect.dovecot import Dovecot

if why := server.missing():
    pytest.skip(why, allow_module_level=True)


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with server.running() as running:
        yield running


@pytest.fixture
def room(tmp_path: Path) -> Iterator[MailRoom]:
    with closing(MailRoom(tmp_path)) as opened:
        yield opened


def look(dovecot: Dovecot, room: MailRoom, **box: object) -> int:
    limits = MailLimits(imap_timeout_s=10.0)
    given: dict[str, object] = {"port": dovecot.tls, "user": "soc", **box}
    mailbox = Mailbox("box", "firm", "監視用", "imap", "soc@example.jp", host="127.0.0.1", **given)  # type: ignore[arg-type]
    return Look(
        mailbox=mailbox,
        password="open",
        keeper=RoomKeeper(room, limits, lambda: False),
        limits=limits,
        now=lambda: datetime.now(UTC),
        trust=dovecot.trust,
    ).run()


def test_mails_come_once_over_tls_and_are_moved_where_the_mailbox_says(
    dovecot: Dovecot, room: MailRoom
) -> None:
    dovecot.command("create", '"done"')
    bodies = [letter("一", number="1"), letter("二", number="2")]
    for body in bodies:
        dovecot.deliver(body)
    assert look(dovecot, room, done_folder="done") == 2
    assert look(dovecot, room, done_folder="done") == 0
    assert [room.body_of(mail.id) for mail in room.arrived(limit=9)] == bodies
    assert (dovecot.count("INBOX"), dovecot.count("done")) == (0, 2)


def test_starttls_and_a_japanese_folder(dovecot: Dovecot, room: MailRoom) -> None:
    dovecot.command("create", '"&i2ZUSg-"')
    dovecot.deliver(letter("三", number="3"), '"&i2ZUSg-"')
    box = {"security": "starttls", "port": dovecot.plain}
    with pytest.raises(LookFailed, match="監視"):
        look(dovecot, room, **box, folder="監視")
    assert look(dovecot, room, **box, folder="警告") == 1


def test_a_folder_made_anew_doubles_nothing(dovecot: Dovecot, room: MailRoom) -> None:
    for _ in range(2):
        dovecot.command("create", '"again"')
        dovecot.deliver(letter("四", number="4"), '"again"')
        look(dovecot, room, folder="again")
        dovecot.command("delete", '"again"')
        time.sleep(1.1)  # the numbering is made of seconds
    assert len(room.arrived(limit=9)) == 1

"""Connecting a mailbox: tried before it is kept, the password sealed, each failure in words."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from hinomi.core.mail import MailReason, MailState
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.mailboxes.models import Mailbox
from hinomi.store.directory import load
from hinomi.store.mailroom import Outcome
from hinomi.store.sealed import unseal
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.test import Client

    from tests.portal.mailboxes.conftest import Post
    from tests.portal.town import Town

FIELDS = {
    "name": "警報の受け箱",
    "kind": "imap",
    "address": "Alert@Tower.example",
    "host": "127.0.0.1",
    "security": "none",
    "user": "alert",
    "password": "p4ss-w0rd",
    "folder": "INBOX",
}


@contextmanager
def imap(
    *, login: str = "OK", folder: str = "OK", greeting: bytes = b"* OK ready\r\n"
) -> Iterator[int]:
    """A server that knows just enough for a trial; the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(
            target=_serve, args=(server, login, folder, greeting), daemon=True
        )
        thread.start()
        yield server.getsockname()[1]
    thread.join(5)


def _serve(server: socket.socket, login: str, folder: str, greeting: bytes) -> None:
    try:
        connection, _ = server.accept()
    except OSError:
        return
    answers = {
        b"CAPABILITY": (b"* CAPABILITY IMAP4rev1\r\n", "OK"),
        b"LOGIN": (b"", login),
        b"EXAMINE": (b"* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n", folder),
        b"UID": (b"* SEARCH\r\n", "OK"),
        b"LOGOUT": (b"* BYE\r\n", "OK"),
    }
    with connection, connection.makefile("rwb") as stream:
        stream.write(greeting)
        stream.flush()
        for line in stream:
            tag, command, *_ = line.split()
            told, verdict = answers.get(command.upper(), (b"", "BAD"))
            stream.write(told + tag + f" {verdict} done\r\n".encode())
            stream.flush()


@pytest.fixture
def client(town: Town) -> Client:
    return sign_in(town.people["manager", "own"])


def mine(town: Town) -> list[Mailbox]:
    return list(Mailbox.objects.of_firm(town.firm.id).filter(name=FIELDS["name"]))


def test_a_mailbox_that_answers_is_kept_with_its_password_sealed(
    town: Town, client: Client, data: Path
) -> None:
    with imap() as port:
        answer = client.post("/mailboxes/connect/", {**FIELDS, "port": port}, follow=True)
    assert "つなぎました" in answer.content.decode()
    (box,) = mine(town)
    assert box.address == "alert@tower.example"
    assert FIELDS["password"] not in box.secret
    told = next(each for each in load(data=data).mailboxes if each.id == box.id)
    assert unseal(told.secret, data=data, about=box.id) == FIELDS["password"]
    for page in (f"/mailboxes/{box.pk}/", f"/mailboxes/{box.pk}/settings/", "/mailboxes/"):
        text = client.get(page).content.decode()
        assert FIELDS["password"] not in text
        assert box.secret not in text
    assert FIELDS["password"] not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ({"login": "NO"}, "ログインを断りました"),
        ({"folder": "NO"}, "フォルダー「INBOX」が開けませんでした"),
        ({"greeting": b"HTTP/1.1 400 Bad Request\r\n\r\n"}, "つながりませんでした"),
    ],
)
def test_what_does_not_work_is_not_kept_and_said(
    town: Town, client: Client, server: dict[str, object], said: str
) -> None:
    with imap(**server) as port:  # type: ignore[arg-type]
        answer = client.post("/mailboxes/connect/", {**FIELDS, "port": port})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert mine(town) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"port": "9"}, "つながりませんでした"),
        ({"host": "", "port": "9"}, "サーバー名を入力してください"),
        ({"password": ""}, "パスワードを入力してください"),
        ({"address": "箱"}, "の形で入力してください"),
        ({"folder": "IN\r\nBOX"}, "見えない文字"),
        ({"port": "99999"}, "65535"),
        ({"host": "imap.example.jp"}, "社内のメールサーバーだけ"),
    ],
)
def test_a_slip_is_told_and_nothing_is_kept(
    town: Town, client: Client, fields: dict[str, str], said: str
) -> None:
    answer = client.post("/mailboxes/connect/", {**FIELDS, **fields})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert mine(town) == []


def test_an_empty_password_leaves_the_stored_one(town: Town, client: Client, data: Path) -> None:
    with imap() as port:
        client.post("/mailboxes/connect/", {**FIELDS, "port": port})
    (box,) = mine(town)
    with imap() as port:
        changed = {**FIELDS, "port": port, "password": "", "name": "新しい呼び名"}
        client.post(f"/mailboxes/{box.pk}/settings/", changed)
    box.refresh_from_db()
    assert box.name == "新しい呼び名"
    assert unseal(box.secret, data=data, about=box.pk) == FIELDS["password"]


def test_pausing_resuming_and_removing(town: Town, client: Client, data: Path) -> None:
    box = town.aoba.mailbox

    def told() -> list[bool]:
        return [each.is_paused for each in load(data=data).mailboxes if each.id == box.id]

    client.post(f"/mailboxes/{box.pk}/pause/")
    assert told() == [True]
    client.post(f"/mailboxes/{box.pk}/resume/")
    assert told() == [False]
    assert "外しますか" in client.get(f"/mailboxes/{box.pk}/remove/").content.decode()
    assert told() == [False]
    client.post(f"/mailboxes/{box.pk}/remove/")
    assert told() == []
    assert not [r for r in load(data=data).mail_routes if r.mailbox == box.id]
    box.refresh_from_db()
    assert box.secret == ""
    assert "外しました" in client.get(f"/mailboxes/{box.pk}/").content.decode()


def test_a_handed_in_mailbox_has_an_address_of_its_own(town: Town, client: Client) -> None:
    fields = {"name": "転送の箱", "kind": "smtp", "address": "in@tower.example", "security": "tls"}
    assert client.post("/mailboxes/connect/", fields).status_code == 302
    again = client.post("/mailboxes/connect/", {**fields, "name": "もう1つ"})
    assert again.status_code == 422
    assert "もうあります" in again.content.decode()


def test_the_list_says_how_each_is_doing(town: Town, client: Client, post: Post) -> None:
    assert "まだ届いていません" in client.get("/mailboxes/").content.decode()
    post.held(sender="a@b.example", signed_by=("b.example",))
    broken = post.held(sender="a@b.example")
    outcome = Outcome(MailState.UNREADABLE, 1, reason=MailReason.LOCKED)
    post.room.judge(broken, outcome=outcome, at=now())
    post.room.looked(post.mailbox.id, at=now(), trouble="", fetched=2)
    text = client.get("/mailboxes/").content.decode()
    assert "つながっています" in text
    assert "1通を確かめる" in text
    assert (
        "パスワードがかかっています"
        in client.get(f"/mailboxes/{post.mailbox.pk}/").content.decode()
    )
    post.room.looked(post.mailbox.id, at=now(), trouble="ログインを断りました。", fetched=0)
    assert "つながりません" in client.get("/mailboxes/").content.decode()


def test_a_desk_person_sorts_but_does_not_connect(town: Town) -> None:
    desk = sign_in(town.people["desk", "own"])
    assert desk.get(f"/mailboxes/{town.aoba.mailbox.pk}/waiting/").status_code == 200
    assert desk.get("/mailboxes/connect/").status_code == 403
    owner = sign_in(town.people["owner", "own"])
    assert owner.get(f"/mailboxes/{town.aoba.mailbox.pk}/").status_code == 404
    assert owner.get("/mailboxes/").status_code == 403

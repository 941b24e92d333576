"""Mails handed in over SMTP: what is answered 250 is delivered once, to its company or nobody."""

from __future__ import annotations

import smtplib
import ssl
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.collect.certificates import make_pair
from tests.collect.conftest import PATIENCE_S, Collect, read_log
from tests.collect.letters import ADDRESS, alert, letter, signed, town, write_keys

from hinomi.collect.mail.limits import MailLimits
from hinomi.core.directory import MailRoute
from hinomi.core.mail import MailReason, MailState
from hinomi.store.directory import load, publish
from hinomi.store.mailroom import MailRoomReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hinomi.store.mailroom import KeptMail


@pytest.fixture
def tower(tmp_path: Path) -> Iterator[Collect]:
    """Provisioned with a town that has a mailbox; not started."""
    collect = Collect(tmp_path)
    publish(town(), data=tmp_path)
    yield collect
    if collect.process is not None and collect.process.poll() is None:
        collect.kill()


def start(tower: Collect, *arguments: str) -> None:
    keys = str(write_keys(tower.data))
    tower.start("--smtp-port", "0", "--dkim-keys", keys, *arguments)


def hand_in(tower: Collect, *mails: bytes, to: str = ADDRESS) -> None:
    host, _, port = tower.endpoints["smtp"].rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=PATIENCE_S) as client:
        for mail in mails:
            client.sendmail("bounce@console.example.jp", [to], mail)


def mails(tower: Collect) -> list[KeptMail]:
    with closing(MailRoomReader(tower.data)) as room:
        return room.mails(mailboxes=["box"], states=list(MailState))[::-1]


def wait(tower: Collect, until: Callable[[list[KeptMail]], bool]) -> list[KeptMail]:
    deadline = time.monotonic() + PATIENCE_S
    while not until(found := mails(tower)):
        assert time.monotonic() < deadline, (found, tower.log())
        time.sleep(0.05)
    return found


def settled(found: list[KeptMail]) -> bool:
    return bool(found) and all(mail.generation >= 0 for mail in found)


def given(tower: Collect) -> list[tuple[str, str]]:
    return sorted((r.organisation, r.source) for r in read_log(tower.data))


def test_each_company_gets_its_own_alert_and_the_unclear_one_waits(tower: Collect) -> None:
    start(tower)
    bodies = [alert("葵製作所"), alert("有限会社　文商店"), alert("知らない会社")]
    hand_in(tower, *(signed(letter(body, number=str(n))) for n, body in enumerate(bodies)))
    found = wait(tower, lambda m: len(m) == 3 and settled(m))
    assert [mail.state for mail in found] == ["delivered", "delivered", "waiting"]
    assert found[2].reason is MailReason.UNKNOWN_CLAIM
    assert given(tower) == [("aoi", "aoi_mail"), ("fumi", "fumi_mail")]
    assert {record.kind for record in read_log(tower.data)} == {"mail"}


def test_a_taught_route_delivers_what_waited_exactly_once(tower: Collect) -> None:
    start(tower)
    hand_in(tower, signed(letter(alert("Aoi Works"))))
    wait(tower, settled)
    present = load(data=tower.data)
    for value in ("Aoi Works", "another"):  # two generations: the second finds nothing to do
        routes = (*present.mail_routes, MailRoute("box", "tenant", value, "aoi_mail"))
        present = replace(present, mail_routes=routes)
        publish(present, data=tower.data)
    wait(tower, lambda m: m[0].state is MailState.DELIVERED)
    time.sleep(1.5)
    assert given(tower) == [("aoi", "aoi_mail")]


def test_a_stranger_waits_until_a_person_accepts_the_sender(tower: Collect) -> None:
    present = load(data=tower.data)
    publish(replace(present, mail_senders=()), data=tower.data)
    start(tower)
    hand_in(tower, signed(letter(alert("葵製作所"))))
    (mail,) = wait(tower, settled)
    assert (mail.state, mail.reason) == (MailState.HELD, MailReason.UNKNOWN_SENDER)
    assert mail.head.signed_by == ("console.example.jp",)
    assert given(tower) == []
    publish(present, data=tower.data)
    wait(tower, lambda m: m[0].state is MailState.DELIVERED)
    assert given(tower) == [("aoi", "aoi_mail")]


_GENUINE = signed(letter(alert("葵製作所")))
_FORGED = (
    (letter(alert("葵製作所")), MailReason.NOT_SIGNED),
    (_GENUINE.replace(b"PC-01", b"PC-02"), MailReason.NOT_SIGNED),
    (signed(letter(alert("葵製作所")), domain="evil.example.org"), MailReason.NOT_SIGNED),
    (b"Subject: x\r\n" + _GENUINE, MailReason.DOUBLE_HEAD),
    (signed(letter(alert("葵製作所")), length=True) + b"more\r\n", MailReason.NOT_SIGNED),
)


def test_a_forged_mail_reaches_nobody(tower: Collect) -> None:
    """Unsigned, changed, signed by another, with a second subject, with text after the signed."""
    start(tower)
    hand_in(tower, *(mail for mail, _ in _FORGED))
    found = wait(tower, lambda m: len(m) == len(_FORGED) and settled(m))
    assert [(kept.state, kept.reason) for kept in found] == [
        (MailState.HELD, reason) for _, reason in _FORGED
    ]
    assert given(tower) == []


def test_only_addresses_of_mailboxes_are_taken(tower: Collect) -> None:
    start(tower)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        hand_in(tower, letter("x"), to="somebody@example.jp")
    hand_in(tower, letter("x"), to="soc+aoi@mimamori.example.jp")
    (mail,) = wait(tower, settled)
    assert mail.recipient == "soc+aoi@mimamori.example.jp"


def test_the_tag_of_the_address_is_a_claim(tower: Collect) -> None:
    present = load(data=tower.data)
    route = MailRoute("box", "address", "soc+aoi@mimamori.example.jp", "aoi_mail")
    publish(replace(present, mail_routes=(route, *present.mail_routes)), data=tower.data)
    start(tower)
    plain = signed(letter("コンピューター名: PC-1\n脅威名: X\n", number="1"))
    contrary = signed(letter(alert("文商店"), number="2"))
    hand_in(tower, plain, contrary, to="soc+aoi@mimamori.example.jp")
    found = wait(tower, lambda m: len(m) == 2 and settled(m))
    assert [mail.reason for mail in found] == [None, MailReason.CONTRADICTORY]
    assert given(tower) == [("aoi", "aoi_mail")]


def test_a_mail_that_is_sent_again_is_one(tower: Collect) -> None:
    start(tower)
    mail = signed(letter(alert("葵製作所")))
    hand_in(tower, mail, b"Received: by another server\r\n" + mail)
    wait(tower, settled)
    assert len(mails(tower)) == 1
    assert given(tower) == [("aoi", "aoi_mail")]


@pytest.mark.parametrize(
    "point",
    ["mail:after-kept", "collect:after-commit-before-answer", "mail:before-settled"],
)
def test_nothing_is_lost_or_doubled_when_collect_dies(tower: Collect, point: str) -> None:
    """The sender does what mail servers do: it tries again until it reads 250."""
    mails_in = [
        signed(letter(alert(company), number=str(n)))
        for n, company in enumerate(["葵製作所", "文商店", "葵製作所"])
    ]
    start(tower, "--crash-at", f"{point}:2")
    waiting = list(mails_in)
    deadline = time.monotonic() + PATIENCE_S
    while waiting:
        assert time.monotonic() < deadline
        try:
            hand_in(tower, waiting[0])
            waiting.pop(0)
        except (OSError, smtplib.SMTPException):
            assert tower.process is not None
            tower.process.wait(PATIENCE_S)
            start(tower)
    deadline = time.monotonic() + PATIENCE_S
    while not (len(found := mails(tower)) == 3 and all(m.state == "delivered" for m in found)):
        assert time.monotonic() < deadline, (found, tower.log())
        if tower.process is not None and tower.process.poll() is not None:
            start(tower)
        time.sleep(0.05)
    assert given(tower) == [("aoi", "aoi_mail"), ("aoi", "aoi_mail"), ("fumi", "fumi_mail")]


def test_a_sender_may_speak_tls_and_sends_no_more_than_we_take(tower: Collect) -> None:
    pair = make_pair(tower.data, "tower")
    start(tower, "--certificate", str(pair.certificate), "--key", str(pair.key))
    host, _, port = tower.endpoints["smtp"].rpartition(":")
    trust = ssl.create_default_context(cafile=str(pair.certificate))
    with smtplib.SMTP(host, int(port), timeout=PATIENCE_S) as client:
        client.starttls(context=trust)
        client.ehlo()
        assert int(client.esmtp_features["size"]) == MailLimits().mail_bytes
        client.sendmail("x@console.example.jp", [ADDRESS], signed(letter(alert("葵製作所"))))
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            client.sendmail("x@console.example.jp", [ADDRESS], b"A: b\r\n\r\n" + b"x" * 11_000_000)
    assert refused.value.smtp_code == 552
    wait(tower, settled)
    assert given(tower) == [("aoi", "aoi_mail")]

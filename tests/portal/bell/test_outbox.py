"""The outbox: recorded before it is sent, tried again, given up, and never sent to a stranger."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.contacts.models import Address, Contact
from hinomi.portal.incidents.intake import take_in
from hinomi.portal.notices import outbox
from hinomi.portal.notices.models import Notice, NoticeAttempt, NoticeState
from hinomi.portal.notices.postman import Postman
from hinomi.portal.notices.services import Letter, queue_for, recipients_of
from hinomi.portal.ways import services as ways
from hinomi.rehearse.mailbox import Mailbox
from hinomi.respond.channels.channel import ChannelError, Receipt
from hinomi.respond.channels.mail import Mail, MailServer

if TYPE_CHECKING:
    from hinomi.respond.channels.channel import Channel
    from tests.portal.bell.conftest import FakeMail, Findings
    from tests.portal.town import Town

ALL = "a test looks at the outbox"


@pytest.fixture
def queued(town: Town, findings: Findings) -> list[Notice]:
    """Two notices of one incident, to the owner and to the staff."""
    Notice.objects.across_all(reason=ALL).delete()
    take_in(partition=3, rows=[findings.row(town.aoba.organisation.id)])
    return list(Notice.objects.across_all(reason=ALL).order_by("pk"))


def send(mail: Channel) -> list[Notice]:
    """One by one: threads of their own would not see this test's transaction."""
    due = Notice.objects.across_all(reason=ALL).filter(state=NoticeState.QUEUED, due_at__lte=now())
    for pk in list(due.values_list("pk", flat=True)):
        outbox.send_one(pk, channels={"mail": mail})
    return list(Notice.objects.across_all(reason=ALL).order_by("pk"))


def test_a_notice_goes_out_once_and_its_attempt_was_recorded_first(
    queued: list[Notice], mail: FakeMail
) -> None:
    sent = send(mail)
    assert [notice.state for notice in sent] == ["sent", "sent"]
    assert [message.to for message in mail.messages] == [notice.to for notice in queued]
    assert mail.recorded == [1, 1]
    assert send(mail) == sent
    assert len(mail.messages) == 2


def test_a_temporary_failure_is_tried_again_later_with_the_same_message_id(
    queued: list[Notice], mail: FakeMail
) -> None:
    mail.fails = ChannelError("The mail server cannot be reached.")
    first = send(mail)
    assert {notice.state for notice in first} == {"queued"}
    assert all(notice.due_at > now() for notice in first)
    assert "cannot be reached" in first[0].last_error
    Notice.objects.across_all(reason=ALL).update(due_at=now() - timedelta(seconds=1))
    mail.fails = None
    assert {notice.state for notice in send(mail)} == {"sent"}
    ids = [message.message_id for message in mail.messages]
    assert ids[:2] == ids[2:]
    tries = NoticeAttempt.objects.across_all(reason=ALL).filter(notice=queued[0])
    assert [each.outcome[:4] for each in tries.order_by("pk")] == ["The ", "sent"]


def test_a_permanent_failure_stops_at_once_and_shows(queued: list[Notice], mail: FakeMail) -> None:
    mail.fails = ChannelError("The mail server refused the recipient (550).", permanent=True)
    assert {notice.state for notice in send(mail)} == {"failed"}
    assert AuditEntry.objects.filter(what="notices:notice:failed").count() == len(queued)


def test_after_a_day_of_trying_it_is_given_up(queued: list[Notice], mail: FakeMail) -> None:
    Notice.objects.across_all(reason=ALL).update(created_at=now() - timedelta(days=2))
    mail.fails = ChannelError("The mail server cannot be reached.")
    assert {notice.state for notice in send(mail)} == {"failed"}
    assert queued


def test_an_attempt_whose_end_nobody_saw_is_made_again(
    queued: list[Notice], mail: FakeMail
) -> None:
    """The bell was killed between the hand-over and its record."""
    Notice.objects.across_all(reason=ALL).update(state=NoticeState.SENDING)
    assert outbox.resume() == len(queued)
    assert {notice.state for notice in send(mail)} == {"sent"}


def test_a_channel_that_breaks_does_not_stop_the_others(queued: list[Notice]) -> None:
    class Broken:
        kind = "mail"
        title_ja = "メール"
        settings: dict[str, object] = {}  # noqa: RUF012

        def send(self, _: object) -> None:
            raise KeyError("nobody thought of this")

    assert {notice.state for notice in send(Broken())} == {"failed"}  # type: ignore[arg-type]
    assert queued


def test_without_a_channel_notices_wait(queued: list[Notice]) -> None:
    assert Postman(channels=lambda _: {}, firm_of=lambda _: "").look() == 0
    assert {row.state for row in Notice.objects.across_all(reason=ALL)} == {"queued"}
    assert queued


@pytest.mark.sockets
def test_a_real_mail_arrives_over_smtp_as_it_was_written(queued: list[Notice]) -> None:
    with Mailbox() as box:
        channel = Mail(
            server=MailServer(host="127.0.0.1", port=box.smtp_port),
            sender="まちの見守り <tower@hinomi.example>",
            sent_at=now(),
        )
        assert {notice.state for notice in send(channel)} == {"sent"}
        caught = {mail.recipients[0]: mail for mail in box.mails}
    assert set(caught) == {notice.to for notice in queued}
    message = caught[queued[0].to].message
    assert message["Subject"] == queued[0].subject
    assert message["Message-ID"] == f"<{queued[0].message_id}>"
    assert message["To"] == queued[0].to
    assert "電源は入れたまま" in caught[queued[0].to].text


@pytest.mark.sockets
def test_a_mail_server_that_is_away_is_a_temporary_failure(queued: list[Notice]) -> None:
    channel = Mail(server=MailServer(host="127.0.0.1", port=1), sender="t@h.example", sent_at=now())
    assert {notice.state for notice in send(channel)} == {"queued"}
    assert queued


def test_mails_about_one_incident_are_one_conversation_for_each_reader(
    queued: list[Notice], mail: FakeMail, town: Town
) -> None:
    first = queued[0]
    letter = Letter(first.incident_number, "words:1", "次のお知らせ", "本文", answers=("his@mail",))
    people = recipients_of(town.aoba.organisation.id)
    queue_for(organisation_id=town.aoba.organisation.id, letter=letter, recipients=people)
    send(mail)
    sent = {message.to: message for message in mail.messages[len(queued) :]}
    assert len(sent) == len(queued)
    for before in queued:
        assert sent[before.to].refers_to == (before.message_id, "his@mail")
    assert all(message.refers_to == () for message in mail.messages[: len(queued)])


def refused(kind: str, address: str, town: Town, mail: FakeMail) -> Address:
    """An address in use, and a notice to it that its carrier refuses."""
    contact = Contact.objects.of(town.aoba.organisation.id).get()
    since = now() - timedelta(days=3)
    row = Address.objects.create(
        organisation=town.aoba.organisation, contact=contact, kind=kind, address=address,
        key=address, asked_at=since, proved_at=since, agreed_at=since,
    )  # fmt: skip
    notice = Notice.objects.create(
        organisation=town.aoba.organisation, channel=kind, to=address, subject="x", body_text="x",
        dedupe_key=kind,
    )  # fmt: skip
    outbox.send_one(notice.pk, channels={kind: mail}, firm_id=town.firm.id)
    row.refresh_from_db()
    return row


@pytest.mark.parametrize(
    ("kind", "address"), [("sms", "09000000000"), ("fax", "0300000000"), ("line", "U1")]
)
def test_an_address_that_its_carrier_refuses_for_good_is_switched_off(
    town: Town, mail: FakeMail, kind: str, address: str
) -> None:
    ways.count(town.firm.id, kind, Receipt(), now())
    mail.fails = ChannelError("No such number.", refuses_address=True)
    row = refused(kind, address, town, mail)
    assert row.bounced_at is not None
    assert row.trouble == "No such number."


def test_a_way_that_never_worked_switches_nobody_off(town: Town, mail: FakeMail) -> None:
    mail.fails = ChannelError("No such number.", refuses_address=True)
    assert refused("sms", "09000000000", town, mail).bounced_at is None


def test_a_refusal_that_is_not_about_the_address_switches_nobody_off(
    town: Town, mail: FakeMail
) -> None:
    ways.count(town.firm.id, "sms", Receipt(), now())
    mail.fails = ChannelError("The month is used up.", permanent=True)
    assert refused("sms", "09000000000", town, mail).bounced_at is None

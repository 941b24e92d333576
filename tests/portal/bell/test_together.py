"""A storm rings each of our people once, with everything in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.time import now
from hinomi.portal.notices import outbox
from hinomi.portal.notices.chiefs import Told, Word, tell
from hinomi.portal.notices.models import FirmNotice, FirmNoticeAttempt, NoticeState
from hinomi.portal.notices.together import MOST
from hinomi.portal.notices.trays import FIRMS
from hinomi.portal.organisations.models import Firm
from hinomi.portal.ways.models import WayUse
from hinomi.respond.channels.channel import ChannelError
from tests.portal.town import configured

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.bell.conftest import FakeMail
    from tests.portal.town import Town

ALL = "a test looks at the outbox"
CHIEF = Told("mail", "chief@ours.example", "長")


def rows() -> list[FirmNotice]:
    return list(FirmNotice.objects.across_all(reason=ALL).order_by("pk"))


def ask(town: Town, *numbers: int, person: Told = CHIEF, step: str = "{}:2") -> list[FirmNotice]:
    """As a ladder's step asks one of our people to ring a company."""
    for number in numbers:
        word = Word(
            reason=f"step:{number}:2",
            title=f"K-{number}：お客様に電話してください",
            lines=(f"お知らせ（K-{number}）に、まだ返事がありません。", "電話してください。"),
            path=f"/incidents/K-{number}/calls/",
            level="now",
            step=step.format(number),
        )
        tell(town.firm.id, word, people=[person])
    return rows()


def send(town: Town, mail: FakeMail, notice: FirmNotice) -> bool:
    return outbox.send_one(notice.pk, channels={"mail": mail}, tray=FIRMS, firm_id=town.firm.id)


@pytest.fixture(autouse=True)
def _empty(town: Town, settings: SettingsWrapper) -> None:
    settings.HINOMI = configured(public_url="https://tower.example")
    FirmNotice.objects.across_all(reason=ALL).delete()


def test_all_that_waits_leaves_as_one_message_that_names_each(town: Town, mail: FakeMail) -> None:
    first, *others = ask(town, *range(101, 113))
    assert send(town, mail, first)
    assert not any(send(town, mail, each) for each in others)
    (message,) = mail.messages
    assert message.to == CHIEF.address
    assert message.subject == f"{first.subject}（ほか11件）"
    assert message.body_text.count("電話してください。") == 1
    for number in range(101, 113):
        assert message.body_text.count(f"（K-{number}）") == 1
        assert f"https://tower.example/incidents/K-{number}/calls/\n" in f"{message.body_text}\n"
    assert message.body_html is not None
    assert "（K-112）" in message.body_html
    assert len(message.text_short) <= 70
    assert "11件" in message.text_short
    assert message.spoken.endswith("電話してください。ほかに11件、同じお知らせがあります")


def test_each_is_recorded_as_sent_and_paid_once(town: Town, mail: FakeMail) -> None:
    first, *_ = ask(town, 1, 2, 3)
    send(town, mail, first)
    sent = rows()
    assert {row.state for row in sent} == {NoticeState.SENT}
    assert {row.message_id for row in sent} == {first.message_id}
    assert [row.units for row in sent] == [1, 0, 0]
    tries = FirmNoticeAttempt.objects.across_all(reason=ALL)
    assert [each.outcome for each in tries] == ["sent"] * 3
    (use,) = WayUse.objects.of_firm(town.firm.id).filter(kind="mail")
    assert (use.messages, use.units) == (1, 1)


def test_alone_it_is_as_it_was(town: Town, mail: FakeMail) -> None:
    (first,) = ask(town, 1)
    send(town, mail, first)
    (message,) = mail.messages
    assert (message.subject, message.body_text) == (first.subject, first.body_text)


def test_what_was_answered_or_waits_for_later_is_not_named(town: Town, mail: FakeMail) -> None:
    first, dropped, later = ask(town, 1, 2, 3)
    FirmNotice.objects.across_all(reason=ALL).filter(pk=dropped.pk).update(state="dropped")
    FirmNotice.objects.across_all(reason=ALL).filter(pk=later.pk).update(
        due_at=now().replace(year=2090)
    )
    send(town, mail, first)
    assert mail.messages[0].subject == first.subject
    assert [row.state for row in rows()] == ["sent", "dropped", "queued"]


def test_other_people_other_ways_and_other_words_go_by_themselves(
    town: Town, mail: FakeMail
) -> None:
    ask(town, 1)
    ask(town, 2, person=Told("mail", "second@ours.example"))
    ask(town, 3, person=Told("sms", CHIEF.address))
    ask(town, 4, step="")
    tell(
        Firm.objects.get(name="隣町サービス").id,
        Word(reason="step:5:2", title="K-5", step="5:2"),
        people=[CHIEF],
    )
    first, *others = rows()
    send(town, mail, first)
    assert mail.messages[0].subject == first.subject
    assert {row.state for row in rows()[1:]} == {"queued"}
    assert len(others) == 4


def test_no_message_grows_without_end(town: Town, mail: FakeMail) -> None:
    first, *others = ask(town, *range(MOST + 5))
    send(town, mail, first)
    assert sum(row.state == "sent" for row in rows()) == MOST
    send(town, mail, others[-1])
    assert {row.state for row in rows()} == {"sent"}
    assert len(mail.messages) == 2


def test_what_could_not_be_sent_waits_as_it_was(town: Town, mail: FakeMail) -> None:
    before = ask(town, 1, 2, 3)
    mail.fails = ChannelError("The mail server cannot be reached.")
    send(town, mail, before[0])
    assert {row.state for row in rows()} == {"queued"}
    assert [row.message_id for row in rows()] == [row.message_id for row in before]
    assert {row.attempts for row in rows()} == {1}


def test_a_kill_after_the_hand_over_sends_the_same_once_more(town: Town, mail: FakeMail) -> None:
    first, *_ = ask(town, 1, 2, 3)
    FirmNotice.objects.across_all(reason=ALL).update(state=NoticeState.SENDING)
    assert outbox.resume() == 3
    send(town, mail, first)
    assert {row.state for row in rows()} == {"sent"}
    assert [message.message_id for message in mail.messages] == [first.message_id]

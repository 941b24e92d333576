"""S8: who waited longest is first, notes stop no clock, and two people never answer past each
other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.notices.models import Notice
from hinomi.portal.tickets import desk
from hinomi.portal.tickets.desk_queries import canned
from hinomi.portal.tickets.models import Ticket, TicketDraft, TicketMessage, TicketState
from hinomi.portal.tickets.services import Words, customer_writes
from hinomi.respond.check import texts_check
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from tests.portal.town import Town

PLAIN = "そのメールは消してください。"


@pytest.fixture
def staff(town: Town) -> Client:
    return sign_in(town.people["desk", "own"])


def fresh(town: Town) -> Ticket:
    return Ticket.objects.of(town.aoba.organisation.id).get(pk=town.aoba.ticket.pk)


def page(town: Town, act: str = "") -> str:
    return f"/tickets/{town.aoba.ticket.number}/{act}"


def reply(town: Town, client: Client, text: str = PLAIN, **more: object) -> int:
    data = {"text": text, "version": fresh(town).version, **more}
    return client.post(page(town, "reply/"), data).status_code


def test_who_waited_longest_is_first_and_notes_do_not_stop_the_clock(
    town: Town, staff: Client
) -> None:
    company = town.fumi.organisation.id
    Ticket.objects.of(company).update(waiting_since=now() - timedelta(hours=3))
    before = fresh(town).waiting_since
    staff.post(page(town, "note/"), {"text": "社内だけの話"})
    assert fresh(town).waiting_since == before
    shown = staff.get("/tickets/").content.decode()
    assert shown.index("カナリア文の相談") < shown.index("カナリア青の相談")


def test_an_answer_stops_the_clock_and_goes_out_by_mail_to_who_asked(
    town: Town, staff: Client
) -> None:
    customer_writes(
        ticket=town.aoba.ticket, words=Words(text="もう1つ", author=town.people["staff", "own"])
    )
    assert reply(town, staff) == 302
    ticket = fresh(town)
    assert ticket.waiting_since is None
    assert ticket.state == TicketState.WORKING
    (notice,) = Notice.objects.of(ticket.organisation_id).filter(incident_number=ticket.number)
    assert notice.to == town.people["staff", "own"].email
    assert f"[{ticket.number}-" in notice.subject
    assert PLAIN in notice.body_text
    assert "社内" not in notice.body_text


def test_a_form_sent_twice_answers_once(town: Town, staff: Client) -> None:
    for _ in range(2):
        reply(town, staff, once="one-form")
    rows = TicketMessage.objects.of(town.aoba.organisation.id).filter(side="desk")
    assert rows.count() == 1


def test_of_two_who_answer_at_once_the_second_reads_the_first(town: Town, staff: Client) -> None:
    seen = fresh(town).version
    assert reply(town, staff, version=seen) == 302
    other = sign_in(town.people["analyst", "own"])
    late = other.post(page(town, "reply/"), {"text": "別の答えです。", "version": seen})
    assert late.status_code == 409
    assert PLAIN in late.content.decode()
    assert "別の答えです。" in late.content.decode()
    version = fresh(town).version
    assert f'name="version" value="{version}"' in late.content.decode()


def test_a_step_of_a_colleague_does_not_refuse_an_answer(town: Town, staff: Client) -> None:
    seen = fresh(town).version
    desk.take(ticket=fresh(town), user=town.people["manager", "own"])
    assert reply(town, staff, version=seen) == 302


def test_red_words_are_shown_first_and_sent_only_with_a_named_yes(
    town: Town, staff: Client
) -> None:
    answer = staff.post(
        page(town, "reply/"), {"text": "端末を隔離しました！", "version": fresh(town).version}
    )
    assert answer.status_code == 422
    assert "ネットワークから切り離す" in answer.content.decode()
    assert fresh(town).waiting_since is not None
    assert reply(town, staff, text="端末を隔離しました！", all_the_same="on") == 302
    entry = AuditEntry.objects.filter(what="tickets:ticket:reply").latest("pk")
    assert entry.user == town.people["desk", "own"]
    assert "使わない言葉" in entry.detail["red"]


def test_every_canned_answer_passes_the_word_rules() -> None:
    for each in canned().values():
        assert texts_check(each.text) == [], each.key


def test_ready_words_and_articles_are_put_into_the_answer(town: Town, staff: Client) -> None:
    shown = staff.get(page(town, "?use=canned.photo")).content.decode()
    assert "画面の写真を送ってください。" in shown
    shown = staff.get(page(town, "?use=article.lost_usb")).content.decode()
    assert "入っていた物を、分かるところまで書いてください。" in shown
    assert staff.get(page(town, "?use=../../settings")).status_code == 200


def test_a_snoozed_ticket_is_back_when_the_customer_writes(town: Town, staff: Client) -> None:
    tomorrow = (now() + timedelta(days=2)).date().isoformat()
    staff.post(page(town, "snooze/"), {"day": tomorrow})
    assert "カナリア青の相談" not in staff.get("/tickets/").content.decode()
    customer_writes(ticket=fresh(town), words=Words(text="まだ直りません"))
    assert "カナリア青の相談" in staff.get("/tickets/").content.decode()


def test_a_finished_ticket_opens_again_when_the_customer_writes(town: Town, staff: Client) -> None:
    staff.post(page(town, "state/"), {"state": "done"})
    assert fresh(town).waiting_since is None
    customer_writes(ticket=fresh(town), words=Words(text="また出ました"))
    assert fresh(town).is_open
    assert fresh(town).waiting_since is not None


def test_it_is_handed_to_a_role_and_found_there(town: Town, staff: Client) -> None:
    staff.post(page(town, "hand-over/"), {"expert": "analyst", "text": "記録を見てほしい"})
    analyst = sign_in(town.people["analyst", "own"])
    assert "カナリア青の相談" in analyst.get("/tickets/?view=expert").content.decode()
    assert "カナリア青の相談" not in staff.get("/tickets/?view=expert").content.decode()
    analyst.post(page(town, "take/"))
    assert fresh(town).assigned_to == town.people["analyst", "own"]


def test_it_is_linked_to_an_incident_of_the_same_company_only(town: Town, staff: Client) -> None:
    assert staff.post(page(town, "link/"), {"number": town.fumi.incident.number}).status_code == 422
    number = town.aoba.incident.number.removeprefix("K-")
    assert staff.post(page(town, "link/"), {"number": f"ｋ－{number}"}).status_code == 302
    assert fresh(town).incident == town.aoba.incident


def test_a_telephone_note_becomes_a_ticket_and_keeps_what_was_typed(
    town: Town, staff: Client
) -> None:
    url = f"/companies/{town.aoba.organisation.id}/tickets/new/"
    wrong = staff.post(url, {"subject": "", "text": "社長の声が小さい"})
    assert wrong.status_code == 422
    assert "社長の声が小さい" in wrong.content.decode()
    staff.post(url, {"subject": "画面の音", "text": "音が鳴ります", "author_name": "田中"})
    made = Ticket.objects.of(town.aoba.organisation.id).get(kind="call")
    assert made.subject == "画面の音"
    staff.post(f"/tickets/{made.number}/called/", {"text": "線を抜いてもらった"})
    made.refresh_from_db()
    assert made.waiting_since is None
    owner = sign_in(town.people["owner", "own"])
    assert "線を抜いてもらった" not in owner.get(f"/consultations/{made.number}/").content.decode()


def test_drafts_are_kept_for_their_writer_only(town: Town, staff: Client) -> None:
    staff.post(page(town, "reply/"), {"text": "書きかけの返事", "draft": "yes"})
    assert "書きかけの返事" in staff.get(page(town)).content.decode()
    manager = sign_in(town.people["manager", "own"])
    assert "書きかけの返事" not in manager.get(page(town)).content.decode()
    owner = sign_in(town.people["owner", "own"])
    owner.post("/consultations/", {"subject": "題", "text": "書きかけの相談", "draft": "yes"})
    assert "書きかけの相談" in owner.get("/consultations/").content.decode()
    owner.post("/consultations/", {"subject": "題", "text": "書きかけの相談"})
    rows = TicketDraft.objects.of(town.aoba.organisation.id)
    assert not rows.filter(user=town.people["owner", "own"]).exists()


def test_the_list_asks_the_database_a_fixed_number_of_questions(
    town: Town, staff: Client, django_assert_max_num_queries: object
) -> None:
    for n in range(20):
        Ticket.objects.of(town.aoba.organisation.id).create(
            organisation_id=town.aoba.organisation.id, number=f"K-9{n:03}", kind="question",
            subject=f"相談{n}", waiting_since=now(),
        )  # fmt: skip
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        staff.get("/tickets/")

"""First call: whose number it is, in any spelling; written down at once; ended with one press."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.scope import CustomersOf, Scope
from hinomi.portal.access.time import now
from hinomi.portal.calls.finding import caller_of, companies_of
from hinomi.portal.calls.models import FirstCall, UnknownCaller
from hinomi.portal.calls.wording import questions, referral
from hinomi.portal.contacts.models import Address, Contact
from hinomi.portal.contacts.watchwords import set_watchword
from hinomi.portal.duties.models import Booking, Slot
from hinomi.portal.incidents.models import TimelineEntry
from hinomi.portal.organisations.services import set_contact_phone
from hinomi.portal.tickets.models import Ticket, TicketKind
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from tests.portal.town import Company, Town

NUMBER = "03-5555-1234"
SPELLINGS = [
    "0355551234", "03 5555 1234", "０３－５５５５－１２３４", "+81 3-5555-1234",
    "+81-(0)3-5555-1234", "(03)5555-1234", "81355551234", "03ー5555ー1234", "03-5555-1234 内線12",
]  # fmt: skip


@pytest.fixture
def desk(town: Town) -> Client:
    return sign_in(town.people["desk", "own"])


@pytest.fixture
def call(town: Town, desk: Client) -> FirstCall:
    set_contact_phone(organisation_id=town.aoba.organisation.id, phone=NUMBER)
    desk.post("/calls/first/find/", {"number": NUMBER})
    return newest(town.aoba)


def newest(company: Company) -> FirstCall:
    return FirstCall.objects.of(company.organisation.id).order_by("-began_at", "-pk")[0]


def post(desk: Client, call: FirstCall, act: str, **fields: object) -> HttpResponse:
    return desk.post(f"/calls/first/{call.pk}/{act}/", {"version": call.version, **fields})


def scope_of_firm(town: Town) -> Scope:
    return Scope((CustomersOf(town.firm.id, now()),))


@pytest.mark.parametrize("typed", SPELLINGS)
def test_a_number_begins_the_call_of_its_company_in_any_spelling(
    town: Town, desk: Client, typed: str
) -> None:
    set_contact_phone(organisation_id=town.aoba.organisation.id, phone=NUMBER)
    answer = desk.post("/calls/first/find/", {"number": typed}, follow=True)
    page = answer.content.decode()
    assert "青葉工務店" in page
    assert "会社の代表番号" in page


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    digits=st.from_regex(r"0[1-9][0-9]{8,9}", fullmatch=True),
    between=st.sampled_from(["", "-", " ", "‐", "－", "ー", "・"]),
    wide=st.sampled_from([str, lambda text: text.translate(_WIDE)]),
)
def test_what_was_registered_is_found_whatever_stands_between(
    town: Town, digits: str, between: str, wide: object
) -> None:
    set_contact_phone(organisation_id=town.aoba.organisation.id, phone=digits)
    typed = wide(between.join((digits[:2], digits[2:6], digits[6:])))  # type: ignore[operator]
    (found,) = companies_of(scope_of_firm(town), typed)
    assert found.pk == town.aoba.organisation.pk


_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def test_a_number_of_another_firm_s_customer_finds_nobody(town: Town, desk: Client) -> None:
    set_contact_phone(organisation_id=town.umi.organisation.id, phone=NUMBER)
    page = desk.post("/calls/first/find/", {"number": NUMBER}).content.decode()
    assert "海野水産" not in page
    assert referral().desks[0].phone in page


def test_several_companies_of_one_number_are_chosen_from(town: Town, desk: Client) -> None:
    for company in (town.aoba, town.fumi):
        set_contact_phone(organisation_id=company.organisation.id, phone=NUMBER)
    before = FirstCall.objects.across_all(reason="the test looks").count()
    page = desk.post("/calls/first/find/", {"number": NUMBER}).content.decode()
    assert "青葉工務店" in page
    assert "文京歯科" in page
    assert FirstCall.objects.across_all(reason="the test looks").count() == before


def test_a_contact_s_own_number_says_who_it_should_be_and_whether_they_decide(town: Town) -> None:
    company, owner = town.aoba.organisation, town.people["owner", "own"]
    person = Contact.objects.create(organisation=company, name="葵", user=owner)
    Address.objects.create(
        organisation=company, contact=person, kind="voice", address="09011112222",
        key="09011112222", proved_at=now() - timedelta(days=9), is_first=True,
    )  # fmt: skip
    found = caller_of(company.pk, "090-1111-2222")
    assert (found.name, found.standing, found.decides) == ("葵", "責任者", True)
    assert [each.pk for each in companies_of(scope_of_firm(town), "090 1111 2222")] == [company.pk]


def test_a_number_that_nobody_proved_names_nobody(town: Town) -> None:
    company, owner = town.aoba.organisation, town.people["owner", "own"]
    person = Contact.objects.create(organisation=company, name="葵", user=owner)
    Address.objects.create(
        organisation=company, contact=person, kind="voice", address="09011112222",
        key="09011112222",
    )  # fmt: skip
    found = caller_of(company.pk, "09011112222")
    assert (found.name, found.standing, found.decides) == ("", "確かめていない番号", False)


@pytest.mark.parametrize("typed", ["", "   ", "1", "\n"])
def test_nothing_to_look_for_is_said_and_kept(desk: Client, typed: str) -> None:
    assert desk.post("/calls/first/find/", {"number": typed}).status_code == 422


def test_an_unknown_caller_is_referred_and_noted_once(town: Town, desk: Client) -> None:
    for _ in range(2):
        desk.post("/calls/first/unknown/", {"number": "0312349999", "note": "変な画面が出た"})
    row = UnknownCaller.objects.of_firm(town.firm.id).get()
    assert (row.note, row.words_version) == ("変な画面が出た", referral().version)
    page = desk.post("/calls/first/find/", {"number": "03-1234-9999"}).content.decode()
    assert "変な画面が出た" in page


def test_one_press_of_the_start_twice_is_one_call(town: Town, desk: Client) -> None:
    address = f"/calls/first/with/{town.aoba.organisation.id}/"
    first, second = (desk.post(address, {"number": NUMBER}) for _ in range(2))
    assert first["Location"] == second["Location"]


def test_the_screen_shows_what_the_customer_s_page_says_now(
    town: Town, desk: Client, call: FirstCall
) -> None:
    page = desk.get(f"/calls/first/{call.pk}/").content.decode()
    assert town.aoba.incident.number in page
    assert "今すぐ" in page
    assert "葵 ownさん" in page
    assert all(each.ask in page for each in questions().values())


def test_an_answer_is_saved_by_its_press_with_what_was_typed(desk: Client, call: FirstCall) -> None:
    post(desk, call, "save", press="cable:はい", seen="赤い画面", caller="佐藤")
    call.refresh_from_db()
    assert call.answers == {"cable": "はい", "seen": "赤い画面"}
    assert (call.caller, call.version) == ("佐藤", 2)


def test_an_answer_that_no_button_has_is_not_kept(desk: Client, call: FirstCall) -> None:
    post(desk, call, "save", press="cable:そのうち")
    post(desk, call, "save", press="other_key:はい")
    call.refresh_from_db()
    assert call.answers == {}


def test_an_older_page_saves_nothing_and_keeps_what_was_typed(
    desk: Client, call: FirstCall
) -> None:
    post(desk, call, "save", seen="赤い画面")
    answer = post(desk, call, "save", seen="青い画面")
    call.refresh_from_db()
    assert answer.status_code == 409
    assert "青い画面" in answer.content.decode()
    assert call.answers == {"seen": "赤い画面"}


def test_a_look_changes_nothing(desk: Client, call: FirstCall) -> None:
    before = AuditEntry.objects.count()
    for address in ("/calls/first/", f"/calls/first/{call.pk}/"):
        desk.get(address)
        desk.head(address)
    call.refresh_from_db()
    assert (call.version, AuditEntry.objects.count()) == (1, before)


def test_the_watchword_is_shown_to_be_said_and_that_is_kept(
    town: Town, desk: Client, call: FirstCall
) -> None:
    set_watchword(organisation_id=call.organisation_id, word="ひのみやぐら", user_id=None)
    assert "ひのみやぐら" not in desk.get(f"/calls/first/{call.pk}/").content.decode()
    answer = post(desk, call, "watchword", seen="まだ保存していない")
    assert "ひのみやぐら" in answer.content.decode()
    assert "まだ保存していない" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert AuditEntry.objects.filter(what="organisations:watchword:show").count() == 1


def test_without_a_duty_no_time_is_named(desk: Client, call: FirstCall) -> None:
    answer = desk.post(
        f"/calls/first/{call.pk}/promise/", {"version": 1, "within": "hour"}, follow=True
    )
    assert "時刻は言わず" in answer.content.decode()
    assert not Booking.objects.across_all(reason="the test looks").exists()


def test_a_promise_names_person_and_time_and_goes_with_the_ticket(
    town: Town, desk: Client, call: FirstCall
) -> None:
    on_duty(town)
    for _ in range(2):
        post(desk, call, "promise", within="hour", seen="赤い画面")
        call.refresh_from_db()
    booking = Booking.objects.of(call.organisation_id).get()
    assert "窓 own" in desk.get(f"/calls/first/{call.pk}/").content.decode()
    for _ in range(2):
        post(desk, call, "finish", about="")
    (ticket,) = Ticket.objects.of(call.organisation_id).filter(kind=TicketKind.CALL)
    assert (ticket.booking, ticket.promised_at) == (booking, booking.promised_at)
    assert (ticket.subject, ticket.phone) == ("赤い画面", NUMBER)
    assert not Booking.objects.of(call.organisation_id).filter(dropped_at__isnull=False).exists()


def test_a_promise_can_be_taken_back(town: Town, desk: Client, call: FirstCall) -> None:
    on_duty(town)
    post(desk, call, "promise", within="hour")
    post(desk, call, "promise", within="none")
    call.refresh_from_db()
    assert call.booking is None
    assert Booking.objects.of(call.organisation_id).get().dropped_at is not None


def test_a_call_about_an_incident_becomes_its_note_once(
    town: Town, desk: Client, call: FirstCall
) -> None:
    post(desk, call, "save", press="power:はい", caller="佐藤")
    call.refresh_from_db()
    for _ in range(2):
        post(desk, call, "finish", about=town.aoba.incident.number, caller="佐藤")
    notes = TimelineEntry.objects.of(call.organisation_id).filter(text__contains="佐藤さんと話し")
    (note,) = notes
    assert "電源が入ったままか：はい" in note.text
    assert not note.visible_to_customer
    assert not Ticket.objects.of(call.organisation_id).filter(kind=TicketKind.CALL).exists()


def test_another_company_s_incident_cannot_be_written_on(
    town: Town, desk: Client, call: FirstCall
) -> None:
    answer = post(desk, call, "finish", about=town.fumi.incident.number)
    call.refresh_from_db()
    assert (answer.status_code, call.ended_at) == (409, None)


def test_an_ended_call_is_not_written_any_more(desk: Client, call: FirstCall) -> None:
    post(desk, call, "finish", about="")
    post(desk, call, "save", seen="あとから")
    call.refresh_from_db()
    assert call.answers == {}


def on_duty(town: Town) -> None:
    Slot.objects.create(
        firm=town.firm,
        user=town.people["desk", "own"],
        order="first",
        starts_at=now() - timedelta(hours=1),
        ends_at=now() + timedelta(hours=30),
        published_at=now(),
    )

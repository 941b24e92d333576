"""A call that rings is on the screen by itself; one that nobody answered is a ticket, once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hinomi.business.incoming_calls import RINGS_FOR, SETTLES_IN
from hinomi.portal import bell
from hinomi.portal.access.scope import CustomersOf, Scope
from hinomi.portal.access.time import now
from hinomi.portal.calls import missed
from hinomi.portal.calls.finding import companies_of
from hinomi.portal.calls.models import FirstCall, IncomingCall
from hinomi.portal.calls.wording import missed_words
from hinomi.portal.duties.models import Booking, Slot
from hinomi.portal.organisations.models import Engagement, Organisation
from hinomi.portal.organisations.services import set_contact_phone
from hinomi.portal.tickets.models import Ticket, TicketKind, TicketMessage, TicketState
from hinomi.respond.check import texts_check
from tests.portal.calls.exchanges import NUMBER, Pbx, pbx_of
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Company, Town

PART = {"HX-Request": "true"}


@pytest.fixture
def pbx(town: Town, settings: SettingsWrapper) -> Pbx:
    made = pbx_of(town, settings)
    set_contact_phone(organisation_id=town.aoba.organisation.id, phone=NUMBER)
    return made


@pytest.fixture
def desk(town: Town) -> Client:
    return sign_in(town.people["desk", "own"])


def part(desk: Client) -> str:
    return str(desk.get("/calls/first/", headers=PART).content.decode())


def on_duty(town: Town) -> None:
    Slot.objects.create(
        firm=town.firm, user=town.people["desk", "own"], order="first", phone="03-1111-2222",
        starts_at=now() - timedelta(hours=1), ends_at=now() + timedelta(hours=30),
        published_at=now(),
    )  # fmt: skip


def tickets(company: Company) -> list[Ticket]:
    rows = Ticket.objects.of(company.organisation.id).filter(kind=TicketKind.CALL)
    return list(rows.select_related("booking").order_by("pk"))


def said(ticket: Ticket) -> list[str]:
    rows = TicketMessage.objects.of(ticket.organisation_id).filter(ticket=ticket, side="customer")
    return [row.text for row in rows.order_by("pk")]


# ringing


def test_a_call_that_rings_is_on_the_page_with_its_company(pbx: Pbx, desk: Client) -> None:
    assert "鳴っています" not in desk.get("/calls/first/").content.decode()
    pbx.tell("ringing")
    for page in (part(desk), desk.get("/calls/first/").content.decode()):
        assert "青葉工務店" in page
        assert NUMBER in page
        assert "会社の代表番号" in page


def test_a_part_without_news_costs_no_rendering(pbx: Pbx, desk: Client) -> None:
    pbx.tell("ringing")
    first = desk.get("/calls/first/", headers=PART)
    again = desk.get("/calls/first/", headers={**PART, "If-None-Match": first["ETag"]})
    assert again.status_code == 304
    pbx.tell("answered")
    news = desk.get("/calls/first/", headers={**PART, "If-None-Match": first["ETag"]})
    assert "話しています" in news.content.decode()


@pytest.mark.parametrize("event", ["ended", "missed"])
def test_a_call_that_is_over_is_off_the_page(pbx: Pbx, desk: Client, event: str) -> None:
    pbx.tell("ringing")
    pbx.tell(event)
    assert "青葉工務店" not in part(desk)


def test_one_press_opens_the_call_with_company_and_number_once(
    town: Town, pbx: Pbx, desk: Client
) -> None:
    pbx.tell("ringing")
    (call,) = pbx.calls()
    first, second = (desk.post(f"/calls/ringing/{call.pk}/take/") for _ in range(2))
    (made,) = FirstCall.objects.of(town.aoba.organisation.id).filter(number=NUMBER)
    assert first["Location"] == second["Location"] == f"/calls/first/{made.pk}/"
    assert "青葉工務店" not in part(desk)


def test_a_colleague_s_press_finds_what_the_first_one_opened(
    town: Town, pbx: Pbx, desk: Client
) -> None:
    pbx.tell("ringing")
    (call,) = pbx.calls()
    desk.post(f"/calls/ringing/{call.pk}/take/")
    other = sign_in(town.people["analyst", "own"])
    answer = other.post(f"/calls/ringing/{call.pk}/take/", follow=True)
    assert "窓 ownさんが先に開きました" in answer.content.decode()
    assert FirstCall.objects.of(town.aoba.organisation.id).filter(number=NUMBER).count() == 1


def test_a_number_of_several_companies_shows_them_all_and_one_is_chosen(
    town: Town, pbx: Pbx, desk: Client
) -> None:
    set_contact_phone(organisation_id=town.fumi.organisation.id, phone=NUMBER)
    pbx.tell("ringing")
    page = part(desk)
    assert "青葉工務店" in page
    assert "文京歯科" in page
    answer = desk.post(f"/calls/ringing/{pbx.calls()[0].pk}/take/").content.decode()
    assert "どの会社ですか" in answer
    assert f'name="number" value="{NUMBER}"' in answer


def test_a_number_of_nobody_leads_to_the_referral(pbx: Pbx, desk: Client) -> None:
    pbx.tell("ringing", **{"from": "0399998888"})
    assert "お客様に見つかりません" in part(desk)
    answer = desk.post(f"/calls/ringing/{pbx.calls()[0].pk}/take/").content.decode()
    assert "#9110" in answer


def test_a_withheld_number_asks_for_the_name(pbx: Pbx, desk: Client) -> None:
    pbx.tell("ringing", **{"from": "anonymous"})
    assert "番号なし" in part(desk)
    answer = desk.post(f"/calls/ringing/{pbx.calls()[0].pk}/take/", follow=True)
    assert "会社の名前を聞いて" in answer.content.decode()


def test_another_firm_s_calls_do_not_exist(town: Town, pbx: Pbx) -> None:
    pbx.tell("ringing")
    (call,) = pbx.calls()
    stranger = sign_in(town.people["desk", "other firm"])
    assert NUMBER not in part(stranger)
    for act in ("take", "back"):
        assert stranger.post(f"/calls/ringing/{call.pk}/{act}/").status_code == 404
    assert pbx.calls()[0].taken_at is None


def test_a_company_of_another_firm_is_not_named(town: Town, pbx: Pbx, desk: Client) -> None:
    set_contact_phone(organisation_id=town.umi.organisation.id, phone="0355550000")
    pbx.tell("ringing", **{"from": "0355550000"})
    assert "海野水産" not in part(desk)


def test_a_hostile_number_shows_as_text(pbx: Pbx, desk: Client) -> None:
    pbx.tell("ringing", **{"from": "<script>1</script>\u202e"})
    page = part(desk)
    assert "<script>" not in page
    assert "&lt;script&gt;1" in page


# missed


def test_what_stands_in_the_ticket_keeps_the_word_rules() -> None:
    words = missed_words()
    for text in (words.subject, words.first, words.again):
        assert texts_check(text.format(time="11月22日（日）10時05分")) == []


def test_a_missed_call_is_a_ticket_with_a_promised_call(town: Town, pbx: Pbx) -> None:
    on_duty(town)
    pbx.tell("ringing")
    pbx.tell("missed")
    assert missed.settle_due() == 0  # an answer may still be told
    pbx.later(seconds=6)
    assert [missed.settle_due(), missed.settle_due()] == [1, 0]
    (ticket,) = tickets(town.aoba)
    assert (ticket.subject, ticket.phone, ticket.promise) == (
        missed_words().subject,
        "0355551234",
        "call",
    )
    assert ticket.booking is not None
    assert ticket.promised_at == ticket.booking.promised_at
    assert ticket.booking.user == town.people["desk", "own"]


def test_without_a_duty_the_ticket_names_no_time_of_a_call(town: Town, pbx: Pbx) -> None:
    pbx.tell("missed")
    pbx.later(seconds=6)
    missed.settle_due()
    (ticket,) = tickets(town.aoba)
    assert (ticket.promise == "call", ticket.booking) == (False, None)
    assert not Booking.objects.of(ticket.organisation_id).exists()
    assert not re.search(r"までに", " ".join(said(ticket)))


def test_a_call_that_rang_and_rang_is_missed(town: Town, pbx: Pbx) -> None:
    pbx.tell("ringing")
    pbx.later(seconds=RINGS_FOR.total_seconds() - 1)
    assert missed.settle_due() == 0
    pbx.later(seconds=1)
    assert missed.settle_due() == 1
    assert len(tickets(town.aoba)) == 1


@pytest.mark.parametrize("told", [("ringing", "answered", "ended"), ("ended", "answered")])
def test_a_call_that_was_answered_is_no_ticket(town: Town, pbx: Pbx, told: tuple[str, ...]) -> None:
    for event in told:
        pbx.tell(event)
    pbx.later(hours=1)
    assert missed.settle_due() == 0
    assert tickets(town.aoba) == []


def test_a_call_that_was_opened_on_the_screen_is_no_ticket(
    town: Town, pbx: Pbx, desk: Client
) -> None:
    """Of an exchange that tells of no answers."""
    pbx.tell("ringing")
    desk.post(f"/calls/ringing/{pbx.calls()[0].pk}/take/")
    pbx.tell("ended")
    pbx.later(hours=1)
    assert missed.settle_due() == 0
    assert tickets(town.aoba) == []


def test_what_is_told_after_the_ticket_makes_no_second_one(town: Town, pbx: Pbx) -> None:
    pbx.tell("missed")
    pbx.later(seconds=6)
    missed.settle_due()
    for event in ("ringing", "ended", "answered"):
        pbx.tell(event)
    pbx.tell("missed", id="another")
    pbx.later(hours=1)
    assert missed.settle_due() == 0
    assert [len(said(ticket)) for ticket in tickets(town.aoba)] == [1]


def miss(pbx: Pbx, call: str, **changes: object) -> None:
    pbx.tell("missed", call, **changes)
    pbx.later(seconds=SETTLES_IN.total_seconds())
    missed.settle_due()


def test_the_same_number_within_a_quarter_of_an_hour_is_one_ticket(town: Town, pbx: Pbx) -> None:
    on_duty(town)
    miss(pbx, "c1")
    for call in ("c2", "c3"):
        pbx.later(minutes=14)
        miss(pbx, call, **{"from": "+81 3 5555 1234"})
    (ticket,) = tickets(town.aoba)
    assert len(said(ticket)) == 3
    live = Booking.objects.of(ticket.organisation_id).filter(dropped_at=None)
    assert live.count() == 1  # the first promise stands
    pbx.later(minutes=16)
    miss(pbx, "c4")
    assert len(tickets(town.aoba)) == 2


def test_a_ticket_that_was_done_is_open_again_with_a_new_promise(town: Town, pbx: Pbx) -> None:
    on_duty(town)
    miss(pbx, "c1")
    (ticket,) = tickets(town.aoba)
    Ticket.objects.of(ticket.organisation_id).filter(pk=ticket.pk).update(
        state=TicketState.DONE, waiting_since=None, promise="", promised_at=None, booking=None
    )
    miss(pbx, "c2")
    (ticket,) = tickets(town.aoba)
    assert (ticket.state, ticket.promise) == (TicketState.WORKING, "call")
    assert ticket.waiting_since is not None


def test_two_companies_with_one_number_get_no_ticket_and_wait_for_a_person(
    town: Town, pbx: Pbx, desk: Client
) -> None:
    set_contact_phone(organisation_id=town.fumi.organisation.id, phone=NUMBER)
    miss(pbx, "c1")
    assert tickets(town.aoba) + tickets(town.fumi) == []
    assert NUMBER in desk.get("/calls/first/").content.decode()


def test_missed_calls_of_nobody_s_number_wait_until_somebody_called_back(
    town: Town, pbx: Pbx, desk: Client
) -> None:
    drawn = re.search(r"drawn=(\d+)", desk.get("/calls/first/").content.decode())
    assert drawn is not None
    for call in ("c1", "c2"):
        miss(pbx, call, **{"from": "0399998888"})
    news = desk.get(f"/calls/first/?drawn={drawn[1]}", headers=PART).content.decode()
    assert "新しく2件" in news
    page = desk.get("/calls/first/").content.decode()
    assert "0399998888" in page
    assert "2回" in page
    newest = pbx.calls()[1]
    for _ in range(2):
        desk.post(f"/calls/ringing/{newest.pk}/back/")
    assert "0399998888" not in desk.get("/calls/first/").content.decode()
    assert {call.called_back_by for call in pbx.calls()} == {town.people["desk", "own"]}


def test_a_call_missed_after_the_list_was_drawn_still_waits(pbx: Pbx, desk: Client) -> None:
    miss(pbx, "c1", **{"from": "0399998888"})
    listed = pbx.calls()[0]
    pbx.later(minutes=1)
    miss(pbx, "c2", **{"from": "0399998888"})
    desk.post(f"/calls/ringing/{listed.pk}/back/")
    assert [call.called_back_at is None for call in pbx.calls()] == [False, True]


def test_a_kill_between_event_and_ticket_loses_and_doubles_nothing(
    town: Town, pbx: Pbx, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_duty(town)
    pbx.tell("missed")
    pbx.later(seconds=6)

    def die(name: str) -> None:
        raise KeyboardInterrupt(name)

    with monkeypatch.context() as killed:
        killed.setattr("hinomi.portal.calls.missed.crash.point", die)
        with pytest.raises(KeyboardInterrupt):
            missed.settle_due()
    assert tickets(town.aoba) == []
    assert not Booking.objects.of(town.aoba.organisation.id).exists()
    assert missed.settle_due() == 1
    (ticket,) = tickets(town.aoba)
    assert (len(said(ticket)), ticket.promise) == (1, "call")


def test_a_call_that_cannot_be_settled_holds_up_no_other(
    town: Town, pbx: Pbx, monkeypatch: pytest.MonkeyPatch
) -> None:
    pbx.tell("missed", "c1")
    pbx.tell("missed", "c2", **{"from": "0399998888"})
    pbx.later(seconds=6)

    def broken(*_: object) -> Ticket:
        raise ValueError("a fault of ours")

    with monkeypatch.context() as patched:
        patched.setattr(missed, "_ticket", broken)
        patched.setattr(missed.log, "exception", lambda *_: None)
        assert missed.settle_due() == 1
    assert missed.settle_due() == 0
    pbx.later(minutes=1)
    assert missed.settle_due() == 1
    assert len(tickets(town.aoba)) == 1


def test_the_bell_settles_missed_calls() -> None:
    assert bell.settle_missed_calls is missed.settle_due
    assert bell.CALLS_EVERY_S <= 2


# 20,000 companies


@pytest.fixture
def many(town: Town) -> Scope:
    companies = [
        Organisation(id=f"org_many_{at}", name=f"会社{at}", phone_key=f"06{at:08}")
        for at in range(20_000)
    ]
    moment = now() - timedelta(days=1)
    engaged = [
        Engagement(organisation=each, firm=town.firm, role="provider", valid_from=moment)
        for each in companies
    ]
    Organisation.objects.bulk_create(companies, batch_size=2_000)
    Engagement.objects.bulk_create(engaged, batch_size=2_000)
    return Scope((CustomersOf(town.firm.id, now()),))


def test_a_number_among_20_000_companies_is_found_by_index_in_two_queries(
    town: Town, many: Scope
) -> None:
    few = Scope((CustomersOf(town.people["desk", "other firm"].pk, now()),))
    with CaptureQueriesContext(
        connection,
    ) as small:
        companies_of(few, NUMBER)
    with CaptureQueriesContext(connection) as large:
        (found,) = companies_of(many, "06-0001-2345")
    assert found.pk == "org_many_12345"
    assert len(large) == len(small) == 2
    if connection.vendor != "sqlite":
        return  # PostgreSQL's planner scans what was never analysed
    for query in large.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            plan = [row[-1] for row in cursor.fetchall()]
        assert not [step for step in plan if step.startswith("SCAN")], plan


def test_the_page_asks_as_much_with_20_000_companies_as_with_two(
    pbx: Pbx, desk: Client, many: Scope
) -> None:
    assert many
    for call, number in (("c1", NUMBER), ("c2", "0600012345"), ("c3", "0399998888")):
        pbx.tell("ringing", call, **{"from": number})
    with CaptureQueriesContext(connection) as asked:
        page = part(desk)
    assert "会社12345" in page
    assert len(asked) < 30
    assert IncomingCall.objects.of_firm(pbx.exchange.firm_id).count() >= 3

"""困った: one tap is a ticket; two taps are one; a photograph is only what it shows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.tickets.choices import choices
from hinomi.portal.tickets.models import Ticket, TicketKind, TicketMessage
from hinomi.portal.tickets.services import press_help
from tests.portal.town import configured, sign_in

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town


@pytest.fixture
def owner(town: Town) -> Client:
    return sign_in(town.people["owner", "own"])


def urgent(town: Town) -> list[Ticket]:
    rows = Ticket.objects.of(town.aoba.organisation.id).filter(kind=TicketKind.URGENT)
    return list(rows.order_by("pk"))


def test_the_page_asks_one_question_with_six_large_answers(owner: Client) -> None:
    page = owner.get("/help/").content.decode()
    assert "何が起きましたか" in page
    assert [each.label for each in choices().values() if each.label in page] == [
        "変な画面が出た", "メールを開いた・押した", "ファイルが開けない",
        "ネットが遅い・つながらない", "なくした・盗まれた", "わからない",
    ]  # fmt: skip
    assert page.count('name="choice"') == 6


def test_help_is_one_tap_away_from_every_page_of_a_customer(town: Town, owner: Client) -> None:
    for page in ("/home/", "/incidents/", f"/incidents/{town.aoba.incident.number}/", "/sources/"):
        assert 'href="/help/"' in owner.get(page).content.decode(), page
    assert (
        'href="/help/"' not in sign_in(town.people["desk", "own"]).get("/queue/").content.decode()
    )


def test_two_clicks_show_the_number(town: Town, owner: Client) -> None:
    """Task T2: 困った, then the choice."""
    answer = owner.post("/help/", {"choice": "screen"}, follow=True)
    (ticket,) = urgent(town)
    page = answer.content.decode()
    assert answer.redirect_chain == [(f"/help/{ticket.number}/", 302)]
    assert ticket.number in page
    assert "画面に出ている電話番号に、電話しないでください。" in page
    assert AuditEntry.objects.filter(what="tickets:ticket:open", detail__ticket=ticket.number)


def test_a_double_tap_is_one_ticket_and_another_choice_is_another(
    town: Town, owner: Client
) -> None:
    for choice in ("screen", "screen", "mail"):
        owner.post("/help/", {"choice": choice})
    assert [ticket.choice for ticket in urgent(town)] == ["screen", "mail"]


def test_the_same_choice_later_or_by_a_colleague_is_a_new_ticket(town: Town) -> None:
    company = town.aoba.organisation.id
    first = press_help(organisation_id=company, choice="slow", user=town.people["owner", "own"])
    press_help(organisation_id=company, choice="slow", user=town.people["staff", "own"])
    Ticket.objects.of(company).filter(pk=first.pk).update(opened_at=now() - timedelta(minutes=3))
    press_help(organisation_id=company, choice="slow", user=town.people["owner", "own"])
    assert len(urgent(town)) == 3


def test_incidents_and_tickets_share_one_counter(town: Town, owner: Client) -> None:
    owner.post("/help/", {"choice": "screen"})
    owner.post("/help/", {"choice": "lost"})
    first, second = (int(each.number.removeprefix("K-")) for each in urgent(town))
    assert second == first + 1


def test_without_a_booked_slot_no_time_is_named_but_the_direct_number(
    town: Town, owner: Client, settings: SettingsWrapper
) -> None:
    settings.HINOMI = configured(provider_phone="03-0000-1111")
    owner.post("/help/", {"choice": "unknown"})
    (ticket,) = urgent(town)
    page = owner.get(f"/help/{ticket.number}/").content.decode()
    main = page.partition("<main")[2].partition("</main>")[0]
    assert "までに" not in main
    assert 'href="tel:03-0000-1111"' in main


def test_an_unknown_choice_makes_nothing_and_says_so(town: Town, owner: Client) -> None:
    answer = owner.post("/help/", {"choice": "<script>"})
    assert answer.status_code == 422
    assert urgent(town) == []


def test_looking_makes_nothing(town: Town, owner: Client) -> None:
    for url in ("/help/", "/help/?choice=screen", "/consultations/"):
        owner.get(url)
        owner.head(url)
    assert urgent(town) == []


def test_the_number_is_changed_for_this_call_only(town: Town, owner: Client) -> None:
    owner.post("/help/", {"choice": "screen"})
    (ticket,) = urgent(town)
    wrong = owner.post(f"/help/{ticket.number}/phone/", {"phone": "内線だけ"})
    assert wrong.status_code == 422
    assert "内線だけ" in wrong.content.decode()
    owner.post(f"/help/{ticket.number}/phone/", {"phone": "090-0000-2222"})
    ticket.refresh_from_db()
    town.aoba.organisation.refresh_from_db()
    assert ticket.phone == "090-0000-2222"
    assert town.aoba.organisation.contact_phone == ""


def test_another_company_s_ticket_does_not_exist(town: Town) -> None:
    stranger = sign_in(town.people["owner", "same firm"])
    number, photo = town.aoba.ticket.number, town.aoba.photo.pk
    for url in (f"/help/{number}/", f"/consultations/{number}/", f"/photos/{photo}/"):
        assert stranger.get(url).status_code == 404
    assert stranger.post(f"/consultations/{number}/", {"text": "x"}).status_code == 404
    assert stranger.post(f"/help/{number}/phone/", {"phone": "0300000000"}).status_code == 404


def test_what_we_write_for_ourselves_is_never_on_the_customer_s_page(
    town: Town, owner: Client
) -> None:
    TicketMessage.objects.create(
        organisation=town.aoba.organisation, ticket=town.aoba.ticket, side="inside", text="社外秘X"
    )
    page = owner.get(f"/consultations/{town.aoba.ticket.number}/").content.decode()
    assert "カナリア青の聞きたいこと" in page
    assert "社外秘X" not in page

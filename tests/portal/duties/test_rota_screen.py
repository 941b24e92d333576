"""当番表 (O3): what the page says, and that its forms do what they name."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils.timezone import localdate

from hinomi.business.rota import week_of
from hinomi.portal.access.time import now
from hinomi.portal.duties import rota
from hinomi.portal.duties.models import DutyDesk, DutyMember, PatternLine, Slot, Swap, Week
from hinomi.portal.organisations.services import add_firm
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from hinomi.portal.accounts.models import User
    from tests.portal.town import Town


@pytest.fixture
def chief(town: Town) -> Client:
    """長's browser."""
    return sign_in(town.people["manager", "own"])


@pytest.fixture
def monday() -> date:
    """Next week: all of it lies ahead."""
    return week_of(localdate(now())) + timedelta(days=7)


def line(chief: Client, who: User, starts: str, ends: str, **more: str) -> int:
    """Add a line of the pattern by its form; the answer's status."""
    fields = {"order": "first", "weekday": "", "weeks": "every", "holidays": "also"}
    said = {**fields, "starts": starts, "ends": ends, "who": f"user:{who.pk}", "phone": "", **more}
    return chief.post("/rota/pattern/", said).status_code


def page(client: Client, monday: date) -> str:
    """The week's page."""
    return client.get(f"/rota/?week={monday}").content.decode()


def test_from_an_empty_rota_to_a_week_that_is_known(
    town: Town, chief: Client, monday: date
) -> None:
    guard, desk = town.people["analyst", "own"], town.people["desk", "own"]
    assert "いま、当番がいません" in page(chief, monday)
    assert line(chief, guard, "08:30", "18:00") == 302
    chief.post("/rota/lay/", {"week": str(monday)})
    shown = page(chief, monday)
    assert "空き 18:00–24:00" in shown
    assert "空きがあると公開できません" in shown
    refused = chief.post("/rota/publish/", {"week": str(monday)})
    assert refused.status_code == 422
    assert "つあるため、公開できません" in refused.content.decode()
    assert not Week.objects.of_firm(town.firm.id).exists()
    line(chief, desk, "18:00", "08:30")
    chief.post("/rota/lay/", {"week": str(monday)})
    shown = page(chief, monday)
    assert "24時間の当番に、空きはありません" in shown
    assert "夜が7日続きます" in shown
    published = {"week": str(monday), "reason": "今月だけです"}
    assert chief.post("/rota/publish/", published).status_code == 302
    assert "公開済み" in page(chief, monday)


def test_a_double_click_adds_one_line(town: Town, chief: Client) -> None:
    for _ in range(2):
        line(chief, town.people["analyst", "own"], "18:00", "08:30", weekday="4", weeks="a")
    (row,) = PatternLine.objects.of_firm(town.firm.id)
    assert (row.minutes, row.weekday, row.hours_ja) == (870, 4, "18:00–翌8:30")


def test_a_stranger_cannot_be_put_on_duty(town: Town, chief: Client, monday: date) -> None:
    stranger = town.people["analyst", "other firm"]
    assert line(chief, stranger, "08:30", "18:00") == 422
    said = {"day": str(monday), "order": "first", "starts": "09:00", "ends": "10:00", "phone": ""}
    answer = chief.post("/rota/change/", {**said, "who": f"user:{stranger.pk}"})
    assert answer.status_code == 422
    assert "一覧から選んでください" in answer.content.decode()
    assert not Slot.objects.of_firm(town.firm.id).exists()


def test_a_swap_is_asked_and_taken_on_the_page(town: Town, monday: date) -> None:
    guard, desk = town.people["analyst", "own"], town.people["desk", "own"]
    starts = now() + timedelta(hours=30)
    slot = Slot.objects.create(
        firm=town.firm,
        order="first",
        user=guard,
        starts_at=starts,
        ends_at=starts + timedelta(hours=8),
        published_at=now(),
    )
    mine, theirs = sign_in(guard), sign_in(desk)
    said = {"slot": slot.pk, "of": desk.pk, "reason": "通院"}
    for _ in range(2):
        assert mine.post("/rota/swaps/ask/", said).status_code == 302
    (swap,) = Swap.objects.of_firm(town.firm.id)
    assert "交代を頼まれています" in theirs.get("/rota/").content.decode()
    assert "交代を頼まれています" not in mine.get("/rota/").content.decode()
    assert mine.post("/rota/swaps/answer/", {"swap": swap.pk, "answer": "take"}).status_code == 422
    for _ in range(2):
        theirs.post("/rota/swaps/answer/", {"swap": swap.pk, "answer": "take"})
    held = Slot.objects.of_firm(town.firm.id).get()
    assert held.user == desk
    other = sign_in(town.people["manager", "other firm"])
    assert other.post("/rota/swaps/answer/", {"swap": swap.pk, "answer": "take"}).status_code == 404
    assert other.post("/rota/swaps/ask/", said).status_code == 404


def test_the_settings_are_kept_and_an_older_form_is_refused(town: Town, chief: Client) -> None:
    guard = town.people["analyst", "own"]
    said = {
        "phone": "03-1111-1111",
        "chief": str(guard.pk),
        "nights_in_row": "2",
        "nights_in_month": "6",
        "rest_hours": "9",
        "calls_in_half_hour": "3",
        "version": "0",
        f"phone_{guard.pk}": "090-1111-1111",
    }
    assert chief.post("/rota/settings/", said).status_code == 302
    late = chief.post("/rota/settings/", {**said, "nights_in_row": "5"})
    assert late.status_code == 422
    assert "ほかの人が先に変えました" in late.content.decode()
    desk = DutyDesk.objects.of_firm(town.firm.id).get()
    assert (desk.nights_in_row, desk.chief, desk.version) == (2, guard, 1)
    assert DutyMember.objects.of_firm(town.firm.id).get(user=guard).phone == "090-1111-1111"
    wrong = chief.post("/rota/settings/", {**said, "version": "1", "nights_in_row": "たくさん"})
    assert "数字で入力してください" in wrong.content.decode()
    assert "たくさん" in wrong.content.decode()


def test_a_partner_is_registered_with_its_minutes_and_ended(town: Town, chief: Client) -> None:
    eyes = add_firm(name="夜の目", kind="soc")
    said = {"partner": eyes.pk, "partner_phone": "03-3333-3333", "answer_minutes": "7"}
    assert chief.post("/rota/settings/", said).status_code == 302
    shown = chief.get("/rota/settings/").content.decode()
    assert "7分返事がないときは" in shown
    (row,) = rota.partnerships(town.firm.id)
    chief.post("/rota/settings/", {"end": row.pk})
    assert rota.partnerships(town.firm.id) == []
    refused = chief.post("/rota/settings/", {**said, "partner": town.firm.pk})
    assert refused.status_code == 422


@pytest.mark.parametrize("week", ["", "2026-13-45", "9999-12-31", "0001-01-01", "％"])
def test_a_week_that_makes_no_sense_is_this_week(town: Town, chief: Client, week: str) -> None:
    answer = chief.get("/rota/", {"week": week})
    assert answer.status_code == 200
    assert "今日" in answer.content.decode()


def test_every_month_can_be_reached_and_years_end_without_a_loop(chief: Client) -> None:
    shown = page(chief, date(2026, 12, 28))
    assert "?week=2026-11-" in shown
    assert "?week=2027-01-" in shown
    shown = page(chief, date(2028, 2, 28))
    assert "2月29日（火）" in shown

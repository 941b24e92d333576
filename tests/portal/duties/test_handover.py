"""引き継ぎ (S10) and what a chief must know: gaps, missing signatures, unknown weeks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.time import now
from hinomi.portal.duties.alerts import raise_due
from hinomi.portal.duties.models import ChiefAlert, Handover, Slot, Week
from tests.portal.access.partners import partner_of
from tests.portal.duties.making import japan, slot
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.accounts.models import User
    from tests.portal.town import Town


@pytest.fixture
def guard(town: Town) -> User:
    """守, who goes."""
    return town.people["analyst", "own"]


@pytest.fixture
def desk(town: Town) -> User:
    """窓, who comes."""
    return town.people["desk", "own"]


@pytest.fixture
def change(town: Town, guard: User, desk: User) -> Handover:
    """守 hands over to 窓 in half an hour."""
    at = now() + timedelta(minutes=30)
    held(town, guard, at - timedelta(hours=8), at)
    held(town, desk, at, at + timedelta(hours=8))
    keeps_a_rota(town)
    raise_due(now())
    return Handover.objects.of_firm(town.firm.id).get()


def held(town: Town, user: User, starts: datetime, ends: datetime) -> Slot:
    """A published slot."""
    return Slot.objects.create(
        firm=town.firm, order="first", user=user, starts_at=starts, ends_at=ends,
        published_at=starts,
    )  # fmt: skip


def keeps_a_rota(town: Town) -> None:
    """Only firms that made a week known are watched."""
    Week.objects.create(firm=town.firm, monday=date(2026, 1, 5))


def alerts(town: Town, kind: str) -> list[str]:
    """What the chief is told of one kind."""
    rows = ChiefAlert.objects.of_firm(town.firm.id).filter(kind=kind)
    return list(rows.order_by("pk").values_list("words", flat=True))


def test_both_sign_once_and_each_signs_only_their_side(
    town: Town, change: Handover, guard: User, desk: User
) -> None:
    goes, comes = sign_in(guard), sign_in(desk)
    give = {"handover": change.pk, "side": "give", "note": "青葉工務店の返事待ちです"}
    assert comes.post("/handovers/", give).status_code == 422
    assert "署名できるのは" in comes.post("/handovers/", give).content.decode()
    for _ in range(2):
        assert goes.post("/handovers/", give).status_code == 302
    assert "青葉工務店の返事待ちです" in comes.get("/handovers/").content.decode()
    for _ in range(2):
        comes.post("/handovers/", {"handover": change.pk, "side": "take"})
    change.refresh_from_db()
    assert (change.given_by, change.taken_by) == (guard, desk)
    assert any(town.aoba.incident.number in line[0] for line in change.given_lines)
    assert "終わりました" in goes.get("/handovers/").content.decode()


def test_the_page_lists_what_is_open_and_reading_it_writes_nothing(
    town: Town, change: Handover, guard: User
) -> None:
    before = list(Handover.objects.of_firm(town.firm.id).values())
    shown = sign_in(guard).get("/handovers/").content.decode()
    for number in (town.aoba.incident.number, town.fumi.incident.number):
        assert number in shown
    assert town.umi.incident.number not in shown
    assert "途絶えている機器はありません" in shown
    assert list(Handover.objects.of_firm(town.firm.id).values()) == before


def test_another_firm_s_hand_over_does_not_exist(town: Town, change: Handover) -> None:
    other = sign_in(town.people["manager", "other firm"])
    answer = other.post("/handovers/", {"handover": change.pk, "side": "take"})
    assert answer.status_code == 404


def test_a_hand_over_follows_the_rota_until_it_is_signed(
    town: Town, change: Handover, guard: User
) -> None:
    chief = town.people["manager", "own"]
    Slot.objects.of_firm(town.firm.id).filter(starts_at=change.at).update(user=chief)
    raise_due(now())
    change.refresh_from_db()
    assert change.to_user == chief
    sign_in(guard).post("/handovers/", {"handover": change.pk, "side": "give", "note": ""})
    Slot.objects.of_firm(town.firm.id).filter(ends_at=change.at).update(user=chief)
    raise_due(now())
    change.refresh_from_db()
    assert change.from_user == guard, "who signed stays"


def test_a_missing_signature_is_told_once_a_quarter_of_an_hour_later(
    town: Town, change: Handover, guard: User
) -> None:
    raise_due(change.at + timedelta(minutes=14))
    assert alerts(town, "handover") == []
    sign_in(guard).post("/handovers/", {"handover": change.pk, "side": "give", "note": ""})
    for minutes in (15, 40, 16):  # the clock jumps back once
        raise_due(change.at + timedelta(minutes=minutes))
    (words,) = alerts(town, "handover")
    assert "窓 ownの署名がありません" in words
    assert "守" not in words


def test_with_nobody_on_duty_the_chief_is_told_once_a_gap(
    town: Town, change: Handover, desk: User
) -> None:
    end = change.at + timedelta(hours=8)
    raise_due(end - timedelta(seconds=1))
    assert alerts(town, "no_duty") == []
    for minutes in (0, 1, 300, 2):
        raise_due(end + timedelta(minutes=minutes))
    (words,) = alerts(town, "no_duty")
    assert "次の当番もいません" in words
    held(town, desk, end + timedelta(hours=12), end + timedelta(hours=13))
    raise_due(end + timedelta(hours=12))
    raise_due(end + timedelta(hours=14))
    assert len(alerts(town, "no_duty")) == 2


def test_a_next_week_nobody_made_known_is_told_three_days_before(town: Town, guard: User) -> None:
    keeps_a_rota(town)
    slot(town.firm, guard, "2026-12-01 00:00", "2027-02-01 00:00")
    raise_due(japan("2026-12-24 23:59"))
    assert alerts(town, "unpublished") == []
    raise_due(japan("2026-12-25 00:00"))
    raise_due(japan("2026-12-27 12:00"))
    assert alerts(town, "unpublished") == ["12月28日（月）からの当番表が、まだ公開されていません。"]


def test_a_firm_that_keeps_no_rota_here_is_left_alone(town: Town) -> None:
    assert raise_due(now()) == 0


def test_a_partner_signs_at_the_end_of_its_slot_and_sees_only_its_company(
    town: Town, guard: User
) -> None:
    eye = partner_of(town, relation="on slot")
    theirs = Slot.objects.of_firm(town.firm.id).get()
    held(town, guard, theirs.starts_at - timedelta(hours=8), theirs.starts_at)
    held(town, guard, theirs.ends_at, theirs.ends_at + timedelta(hours=8))
    keeps_a_rota(town)
    raise_due(now())
    begin, end = Handover.objects.of_firm(town.firm.id).order_by("at")
    client = sign_in(eye)
    shown = client.get("/handovers/").content.decode()
    assert town.aoba.incident.number in shown
    assert town.fumi.incident.number not in shown
    assert client.post("/handovers/", {"handover": begin.pk, "side": "take"}).status_code == 302
    assert client.post("/handovers/", {"handover": begin.pk, "side": "give"}).status_code == 422
    Slot.objects.of_firm(town.firm.id).filter(pk=theirs.pk).update(
        ends_at=now() - timedelta(minutes=1)
    )
    over = {"handover": end.pk, "side": "give", "note": "静かでした"}
    assert client.post("/handovers/", over).status_code == 302, "also when the slot is over"
    shown = client.get("/handovers/").content.decode()
    assert town.aoba.incident.number not in shown
    end.refresh_from_db()
    assert (end.given_by, end.given_lines) == (eye, [])

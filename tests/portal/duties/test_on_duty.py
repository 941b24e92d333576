"""Who holds a firm's duty at a moment, and under which number."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.duties.models import DutyDesk, DutyMember, Partnership
from hinomi.portal.duties.queries import on_duty, phone_of
from hinomi.portal.organisations.services import add_firm
from tests.portal.duties.making import japan, person, slot

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from hinomi.portal.organisations.models import Firm


@pytest.fixture
def firm(db: None) -> Firm:
    """Ours."""
    return add_firm(name="火の見サービス")


def test_a_night_holds_over_midnight_and_ends_at_its_minute(firm: Firm) -> None:
    night, day = person(firm, "守"), person(firm, "窓")
    slot(firm, night, "2026-12-31 18:00", "2027-01-01 08:30")
    slot(firm, day, "2027-01-01 08:30", "2027-01-01 18:00")
    for at, name in (
        ("2026-12-31 23:59", "守"),
        ("2027-01-01 00:00", "守"),
        ("2027-01-01 03:00", "守"),
        ("2027-01-01 08:29", "守"),
        ("2027-01-01 08:30", "窓"),
    ):
        found = on_duty(firm.id, japan(at)).first
        assert found is not None, at
        assert found.name == name, at
    assert on_duty(firm.id, japan("2027-01-01 18:00")).first is None


def test_the_number_that_wakes_a_person_and_the_one_customers_read_are_two(
    firm: Firm, settings: SettingsWrapper
) -> None:
    settings.HINOMI = dataclasses.replace(settings.HINOMI, provider_phone="03-0000-0000")
    at = japan("2026-11-24 10:00")
    assert phone_of(firm.id, at) == "03-0000-0000"
    DutyDesk.objects.create(firm=firm, phone="03-1111-1111")
    assert phone_of(firm.id, at) == "03-1111-1111"
    mamoru = person(firm, "守")
    DutyMember.objects.create(firm=firm, user=mamoru, phone="090-9999-9999")
    slot(firm, mamoru, "2026-11-24 08:00", "2026-11-24 18:00", phone="03-2222-2222")
    found = on_duty(firm.id, at)
    assert found.phone == phone_of(firm.id, at) == "03-2222-2222"
    assert found.first is not None
    assert found.first.phone == "090-9999-9999"


def test_with_nobody_on_duty_the_chief_stands_in(firm: Firm) -> None:
    at = japan("2026-11-24 03:00")
    assert on_duty(firm.id, at).chief is None
    person(firm, "長", "manager")
    found = on_duty(firm.id, at)
    assert not found.is_planned
    assert found.chief is not None
    assert found.chief.name == "長", "the first manager"
    DutyDesk.objects.create(firm=firm, chief=person(firm, "守"))
    chief = on_duty(firm.id, at).chief
    assert chief is not None
    assert chief.name == "守", "as the desk says"
    slot(firm, person(firm, "窓"), "2026-11-24 00:00", "2026-11-24 08:00", order="chief")
    chief = on_duty(firm.id, at).chief
    assert chief is not None
    assert chief.name == "窓", "as the rota says"


def test_a_partner_s_slot_names_its_desk_and_when_our_chief_is_rung(firm: Firm) -> None:
    eyes = add_firm(name="夜の目", kind="soc")
    person(firm, "長", "manager")
    slot(firm, eyes, "2026-11-24 22:00", "2026-11-25 06:00")
    at = japan("2026-11-25 01:00")
    assert on_duty(firm.id, at).first is None, "no partnership: nobody there answers for us"
    partnership = Partnership.objects.create(
        firm=firm, partner=eyes, answer_minutes=7, phone="03-3333-3333", mail="eyes@example.jp"
    )
    found = on_duty(firm.id, at)
    assert found.first is not None
    assert (found.first.user_id, found.first.name) == (None, "夜の目")
    assert (found.first.phone, found.first.mail) == ("03-3333-3333", "eyes@example.jp")
    assert (found.firm_id, found.answer_minutes) == (eyes.id, 7)
    assert found.chief is not None
    partnership.ended_at = at
    partnership.save()
    assert on_duty(firm.id, at).firm_id == ""


def test_another_firm_s_slot_is_not_ours(firm: Firm) -> None:
    other = add_firm(name="隣町サービス")
    slot(other, person(other, "隣"), "2026-11-24 08:00", "2026-11-24 18:00")
    assert not on_duty(firm.id, japan("2026-11-24 10:00")).is_planned

"""A promised time is a booked duty slot; a missed one reaches the chief once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.time import now
from hinomi.portal.duties.models import Booking, Slot
from hinomi.portal.notices.models import FirmNotice
from hinomi.portal.tickets import desk
from hinomi.portal.tickets.models import Ticket
from hinomi.portal.tickets.promises import tell_missed
from hinomi.portal.tickets.services import Words, press_help
from hinomi.portal.ui.moments import moment_ja
from tests.portal.town import configured, sign_in

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town


@pytest.fixture
def staffed(town: Town) -> Town:
    """窓 holds the duty for hours around now."""
    Slot.objects.create(
        firm=town.firm,
        order="first",
        user=town.people["desk", "own"],
        starts_at=now() - timedelta(hours=4),
        ends_at=now() + timedelta(hours=8),
        phone="03-1234-0000",
        published_at=now(),
    )
    return town


def pressed(town: Town) -> Ticket:
    return press_help(
        organisation_id=town.aoba.organisation.id,
        choice="screen",
        user=town.people["owner", "own"],
    )


def chief_words(town: Town) -> list[str]:
    rows = FirmNotice.objects.of_firm(town.firm.id).filter(subject__contains="約束の")
    return list(rows.values_list("subject", flat=True))


def missed(ticket: Ticket) -> None:
    early = now() - timedelta(minutes=1)
    Ticket.objects.of(ticket.organisation_id).filter(pk=ticket.pk).update(promised_at=early)
    Booking.objects.of(ticket.organisation_id).update(promised_at=early)


def test_the_page_says_who_calls_from_which_number_until_when(staffed: Town) -> None:
    ticket = pressed(staffed)
    assert ticket.promised_at is not None
    page = sign_in(staffed.people["owner", "own"]).get(f"/help/{ticket.number}/").content.decode()
    assert f"{moment_ja(ticket.promised_at)}までに" in page
    assert "03-1234-0000" in page
    assert "窓 own" in page
    assert now() < ticket.promised_at <= now() + timedelta(hours=1)


def test_a_double_tap_books_one_call(staffed: Town) -> None:
    assert pressed(staffed).pk == pressed(staffed).pk
    assert Booking.objects.of(staffed.aoba.organisation.id).count() == 1


def test_a_missed_call_is_owned_up_to_and_the_chief_is_told_once(
    staffed: Town, settings: SettingsWrapper
) -> None:
    settings.HINOMI = configured(provider_phone="03-0000-1111")
    ticket = pressed(staffed)
    assert tell_missed() == 0
    missed(ticket)
    page = sign_in(staffed.people["owner", "own"]).get(f"/help/{ticket.number}/").content.decode()
    assert "お待たせしています" in page
    assert 'href="tel:03-1234-0000"' in page
    assert tell_missed() == 1
    assert tell_missed() == 0
    (subject,) = chief_words(staffed)
    assert ticket.number in subject
    assert "青葉工務店" not in subject


def test_a_call_that_was_made_keeps_the_promise(staffed: Town) -> None:
    ticket = pressed(staffed)
    desk.called(ticket=ticket, words=Words(text="話しました"), user=staffed.people["desk", "own"])
    missed(ticket)
    assert tell_missed() == 0
    assert Booking.objects.of(ticket.organisation_id).get().kept_at is not None
    assert chief_words(staffed) == []


def test_a_question_without_an_answer_on_its_day_reaches_the_chief(town: Town) -> None:
    missed(town.aoba.ticket)
    assert tell_missed() == 1
    (subject,) = chief_words(town)
    assert "返事" in subject


def test_a_second_promise_takes_the_first_one_back(staffed: Town) -> None:
    ticket = pressed(staffed)
    desk.book_call(ticket=ticket, user=staffed.people["desk", "own"])
    rows = Booking.objects.of(ticket.organisation_id)
    assert rows.filter(dropped_at=None).count() == 1
    assert rows.count() == 2


def test_without_a_place_nobody_is_promised(town: Town) -> None:
    with pytest.raises(desk.NobodyCanCall):
        desk.book_call(ticket=town.aoba.ticket, user=town.people["desk", "own"])

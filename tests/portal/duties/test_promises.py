"""A promised time is a booked duty slot: no slot, no promise, and no place is given twice."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections
from pysqlite3 import dbapi2

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.duties import queries, services
from hinomi.portal.duties.models import Booking, DutyDesk
from hinomi.portal.organisations.services import add_firm, add_organisation
from tests.portal.duties.making import JAPAN, japan, person, slot

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.portal.accounts.models import User
    from hinomi.portal.organisations.models import Firm, Organisation


@pytest.fixture
def firm(db: None) -> Firm:
    """Ours."""
    return add_firm(name="火の見サービス")


@pytest.fixture
def company(firm: Firm) -> Organisation:
    """Its customer."""
    return add_organisation(name="青葉工務店", firm_id=firm.id)


@pytest.fixture
def mamoru(firm: Firm) -> User:
    """守."""
    return person(firm, "守")


def promise(firm: Firm, company: Organisation, since: str, until: str) -> Booking | None:
    """Ask for a call between two times of 24 November 2026."""
    between = (japan(f"2026-11-24 {since}"), japan(f"2026-11-24 {until}"))
    return services.book(
        firm_id=firm.id, organisation_id=company.id, what="困った", between=between
    )


def test_the_soonest_readable_time_of_the_person_on_duty_is_promised(
    firm: Firm, company: Organisation, mamoru: User
) -> None:
    slot(firm, mamoru, "2026-11-24 08:00", "2026-11-24 18:00", phone="03-1111-2222")
    booking = promise(firm, company, "10:12", "10:45")
    assert booking is not None
    assert booking.promised_at == japan("2026-11-24 10:30")
    assert (booking.person, booking.phone) == ("守", "03-1111-2222")


def test_without_a_slot_there_is_no_promise(firm: Firm, company: Organisation) -> None:
    assert promise(firm, company, "10:12", "11:30") is None
    assert not Booking.objects.of(company.id).exists()


def test_a_slot_that_was_not_made_known_promises_nothing(
    firm: Firm, company: Organisation, mamoru: User
) -> None:
    draft = slot(firm, mamoru, "2026-11-24 08:00", "2026-11-24 18:00")
    draft.published_at = None
    draft.save()
    assert promise(firm, company, "10:12", "11:30") is None


def test_a_person_who_left_or_a_partner_is_never_promised(
    firm: Firm, company: Organisation, mamoru: User
) -> None:
    slot(firm, add_firm(name="夜の目", kind="soc"), "2026-11-24 08:00", "2026-11-24 12:00")
    slot(firm, mamoru, "2026-11-24 12:00", "2026-11-24 18:00")
    mamoru.is_active = False
    mamoru.save()
    assert promise(firm, company, "10:00", "17:00") is None


def test_whoever_comes_on_duty_later_is_promised_for_later(
    firm: Firm, company: Organisation, mamoru: User
) -> None:
    slot(firm, mamoru, "2026-11-24 13:00", "2026-11-24 18:00")
    booking = promise(firm, company, "10:12", "15:00")
    assert booking is not None
    assert booking.promised_at == japan("2026-11-24 13:20"), "a quarter of an hour into the duty"
    assert promise(firm, company, "10:12", "13:10") is None


def test_a_full_half_hour_goes_to_the_second_then_to_the_next_half_hour(
    firm: Firm, company: Organisation, mamoru: User
) -> None:
    DutyDesk.objects.create(firm=firm, calls_in_half_hour=1)
    slot(firm, mamoru, "2026-11-24 08:00", "2026-11-24 18:00")
    slot(firm, person(firm, "窓"), "2026-11-24 08:00", "2026-11-24 18:00", order="second")
    made = [promise(firm, company, "10:12", "11:00") for _ in range(5)]
    told = [
        (
            each.person,
            f"{each.promised_at.astimezone(JAPAN):%H%M}",
        )
        for each in made
        if each
    ]
    assert told == [("守", "1030"), ("窓", "1030"), ("守", "1040"), ("窓", "1040")]
    assert made[4] is None, "everybody is full until 11"


def test_a_promise_that_was_taken_back_frees_its_place(
    firm: Firm, company: Organisation, mamoru: User
) -> None:
    DutyDesk.objects.create(firm=firm, calls_in_half_hour=1)
    slot(firm, mamoru, "2026-11-24 08:00", "2026-11-24 18:00")
    first = promise(firm, company, "10:12", "10:30")
    assert first is not None
    assert promise(firm, company, "10:12", "10:30") is None
    assert services.drop(first)
    assert promise(firm, company, "10:12", "10:30") is not None


def test_a_double_click_keeps_once(firm: Firm, company: Organisation, mamoru: User) -> None:
    slot(firm, mamoru, "2026-11-24 08:00", "2026-11-24 18:00")
    booking = promise(firm, company, "10:12", "10:30")
    assert booking is not None
    assert services.keep(booking, user_id=mamoru.pk)
    assert not services.keep(booking, user_id=mamoru.pk)
    assert AuditEntry.objects.filter(what="duties:booking:keep").count() == 1


def test_what_was_not_kept_in_time_is_missed_until_it_is_noted(
    firm: Firm, company: Organisation, mamoru: User
) -> None:
    slot(firm, mamoru, "2026-11-24 08:00", "2026-11-24 18:00")
    late, kept = promise(firm, company, "10:00", "11:00"), promise(firm, company, "10:00", "11:00")
    assert late is not None
    assert kept is not None
    services.keep(kept)
    assert queries.missed(late.promised_at) == [], "at the promised minute it is not late"
    after = japan("2026-11-24 11:00")
    assert [each.pk for each in queries.missed(after)] == [late.pk]
    assert services.note_missed(late, after)
    assert not services.note_missed(late, after)
    assert queries.missed(after) == []
    assert services.keep(late), "late, but called"


def test_a_clock_that_jumps_back_misses_nothing_that_was_not_late(
    firm: Firm, company: Organisation, mamoru: User
) -> None:
    slot(firm, mamoru, "2026-11-24 08:00", "2026-11-24 18:00")
    booking = promise(firm, company, "10:00", "11:00")
    assert booking is not None
    assert not services.note_missed(booking, japan("2026-11-24 09:00"))
    assert queries.missed(japan("2026-11-24 09:00")) == []


@pytest.mark.django_db(transaction=True)
def test_many_requests_at_once_never_share_the_last_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real connections, one per thread, as granian's threads have them."""
    firm = add_firm(name="火の見サービス")
    company = add_organisation(name="青葉工務店", firm_id=firm.id)
    slot(firm, person(firm, "守"), "2026-11-24 08:00", "2026-11-24 18:00")
    _share_with_threads(tmp_path / "portal.sqlite", monkeypatch)
    told: list[bool] = []
    begin = threading.Barrier(8)

    def ask() -> None:
        begin.wait()
        try:
            told.append(promise(firm, company, "10:00", "10:30") is not None)
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # until 10:30 there is one half hour with two places, whoever was quicker
    assert sorted(told) == [False] * 6 + [True] * 2


def _share_with_threads(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's database in memory is of one thread; a copy on disk is everybody's."""
    if connection.vendor != "sqlite":
        return
    connection.ensure_connection()
    with closing(dbapi2.connect(str(path))) as copy:
        connection.connection.backup(copy)
    settings = {**connections.settings["default"], "NAME": str(path)}
    monkeypatch.setitem(connections.settings, "default", settings)

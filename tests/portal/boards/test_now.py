"""いま answers at first glance: whose promise breaks next, and who is on duty."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from hinomi.portal.access.time import now
from hinomi.portal.boards.counting import KEPT_FOR, note_day
from hinomi.portal.boards.models import DayCount
from hinomi.portal.duties.models import Booking, DutyMember, Slot
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.queries import feed
from tests.portal.screens.test_queue import make
from tests.portal.town import Town, sign_in

if TYPE_CHECKING:
    from django.test import Client

POLL = {"HX-Request": "true"}


@pytest.fixture
def manager(town: Town) -> Client:
    for company in (town.aoba, town.fumi):
        Incident.objects.of(company.organisation.id).update(state="done")
    return sign_in(town.people["manager", "own"])


def body(client: Client) -> str:
    return client.get("/now/").content.decode()


def first(page: str) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", page.split('class="first"')[1].split("</p>")[0])


def test_the_next_promise_stands_first_with_time_company_and_nobody(
    town: Town, manager: Client
) -> None:
    make(town.aoba.organisation, "K-11", level="check", minutes=5)
    make(town.fumi.organisation, "K-12", level="now", minutes=10)
    make(town.umi.organisation, "K-13", level="now", minutes=29)  # another firm's
    page = body(manager)
    assert "あと19分" in first(page) or "あと20分" in first(page)
    assert "文京歯科" in first(page)
    assert "未割当" in first(page)
    assert "K-13" not in page
    assert "海野水産" not in page


def test_a_call_that_was_promised_stands_among_the_incidents_by_its_time(
    town: Town, manager: Client
) -> None:
    make(town.fumi.organisation, "K-12", level="today")
    user, soon = town.people["desk", "own"], now() + timedelta(minutes=3)
    Booking.objects.create(
        organisation=town.aoba.organisation,
        firm=town.firm,
        user=user,
        what="折り返し",
        promised_at=soon,
        half_hour=soon,
        place=1,
    )
    shown = first(body(manager))
    assert "約束した電話：折り返し" in shown
    assert user.shown_name in shown


def test_who_is_on_duty_stands_there_with_the_number_that_wakes_them(
    town: Town, manager: Client
) -> None:
    assert "当番がいません" in body(manager)
    user = town.people["analyst", "own"]
    DutyMember.objects.of_firm(town.firm.id).create(
        firm=town.firm, user=user, phone="090-1111-2222"
    )
    Slot.objects.create(
        firm=town.firm,
        order="first",
        user=user,
        starts_at=now() - timedelta(hours=1),
        ends_at=now() + timedelta(hours=1),
        published_at=now(),
    )
    page = body(manager)
    assert "当番がいません" not in page
    assert user.shown_name in page
    assert 'href="tel:090-1111-2222"' in page


def test_counters_stand_beside_last_week_s_and_say_when_there_are_none(
    town: Town, manager: Client
) -> None:
    for number in range(3):
        make(town.aoba.organisation, f"K-1{number}", state="investigating")
    assert "先週の数はありません" in body(manager)
    DayCount.objects.of_firm(town.firm.id).create(
        firm=town.firm, day=localdate(now()) - timedelta(days=7), counter="working", count=1
    )
    assert "先週より2多い（先週1）" in body(manager)


def test_each_firm_is_counted_once_a_day_and_old_days_go(town: Town) -> None:
    day = localdate(now())
    DayCount.objects.of_firm(town.firm.id).create(
        firm=town.firm, day=day - KEPT_FOR - timedelta(days=1), counter="working", count=9
    )
    assert note_day() == 2  # the firm whose engagement ended has nobody to count
    assert note_day() == 0
    rows = DayCount.objects.of_firm(town.firm.id)
    assert {row.day for row in rows} == {day}
    assert {row.counter for row in rows} == {"working", "waiting", "unwatched"}


def test_old_data_is_grey_and_said_so(
    town: Town, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "data-old" not in body(manager)
    monkeypatch.setattr(feed, "_read", lambda _: feed.Feed(bell=timedelta(minutes=6)))
    cache.clear()
    page = body(manager)
    assert "data-old" in page
    assert "6分遅れています" in page


def test_an_unchanged_board_costs_a_304(town: Town, manager: Client) -> None:
    answers = [manager.get("/now/", headers=POLL)]
    etag = answers[0].headers["ETag"]
    again = manager.get("/now/", headers={**POLL, "If-None-Match": etag})
    # The minute may turn between the two; then it is a new picture, and rightly so.
    assert again.status_code == 304 or again.headers["ETag"] != etag
    make(town.aoba.organisation, "K-11", level="now")
    told = manager.get("/now/", headers={**POLL, "If-None-Match": etag})
    assert told.status_code == 200
    assert "K-11" in told.content.decode()


def test_the_board_asks_the_database_as_often_for_five_as_for_fifty(
    town: Town, manager: Client
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert manager.get("/now/").status_code == 200
        return len(queries)

    for number in range(5):
        make(town.aoba.organisation, f"K-{100 + number}")
    few = asked()
    for number in range(5, 50):
        company = (town.aoba, town.fumi)[number % 2].organisation
        make(company, f"K-{100 + number}")
    assert asked() == few

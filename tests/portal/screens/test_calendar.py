"""「会社の休みと時間」: said by the company's people or its provider, and used at once."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

import pytest

from hinomi.business.working_days import Calendar
from hinomi.portal.organisations.calendars import (
    MOST_SPECIAL,
    calendar_of,
    calendars_of,
    special_days,
)
from hinomi.portal.organisations.models import SpecialDays
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from tests.portal.town import Town

HOURS = {
    "opens": "10:00",
    "closes": "20:00",
    "closed_weekdays": ["2"],
    "new_year_first": "12/31",
    "new_year_last": "1/2",
    "obon_first": "",
    "obon_last": "",
}


@pytest.fixture
def staff(town: Town) -> Client:
    return sign_in(town.people["staff", "own"])


def url(town: Town, rest: str = "") -> str:
    return f"/companies/{town.aoba.organisation.id}/calendar/{rest}"


def test_a_company_that_said_nothing_works_as_most_do(town: Town, staff: Client) -> None:
    assert calendar_of(town.aoba.organisation.id) == Calendar()
    shown = staff.get(url(town)).content.decode()
    assert 'value="12/29"' in shown
    assert "登録した休みはありません" in shown


def test_what_is_said_is_used(town: Town, staff: Client) -> None:
    assert staff.post(url(town), HOURS).status_code == 302
    known = calendar_of(town.aoba.organisation.id)
    assert (known.opens, known.closes) == (time(10), time(20))
    assert known.closed_weekdays == frozenset({2})
    assert (known.keeps_holidays, known.obon) == (False, None)
    assert known.new_year == ((12, 31), (1, 2))
    assert calendar_of(town.fumi.organisation.id) == Calendar()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"closes": "09:00"}, "開く時刻よりあと"),
        ({"opens": "朝"}, "「8:30」のように"),
        ({"obon_first": "8/13"}, "両方とも入力"),
        ({"obon_first": "8/32", "obon_last": "8/15"}, "月と日を入力"),
        ({"closed_weekdays": ["9"]}, "一覧から選んで"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_changed(
    town: Town, staff: Client, wrong: dict[str, object], told: str
) -> None:
    answer = staff.post(url(town), HOURS | wrong)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert calendar_of(town.aoba.organisation.id) == Calendar()


def test_29_february_can_be_said(town: Town, staff: Client) -> None:
    answer = staff.post(url(town), HOURS | {"obon_first": "2/29", "obon_last": "3月1日"})
    assert answer.status_code == 302
    assert calendar_of(town.aoba.organisation.id).obon == ((2, 29), (3, 1))


def test_own_closed_days_come_and_go(town: Town, staff: Client) -> None:
    days = {"first": "2026-12-24", "last": "2026-12-26", "name": "社員旅行\u202e"}
    assert staff.post(url(town, "days/"), days).status_code == 302
    assert staff.post(url(town, "days/"), days).status_code == 302, "said twice"
    (row,) = special_days(town.aoba.organisation.id)
    known = calendar_of(town.aoba.organisation.id)
    assert known.closed_why(date(2026, 12, 25)) == "社員旅行"
    assert "社員旅行" in staff.get(url(town)).content.decode()
    staff.post(url(town, "days/remove/"), {"days": str(row.pk)})
    assert calendar_of(town.aoba.organisation.id).is_open_day(date(2026, 12, 25))


def test_a_saturday_can_be_worked(town: Town, staff: Client) -> None:
    staff.post(url(town, "days/"), {"first": "2026-11-28", "is_open": "1"})
    assert calendar_of(town.aoba.organisation.id).is_open_day(date(2026, 11, 28))


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": "2026-12-24", "last": "2026-12-20"},
        {"first": "2026-12-24", "last": "2027-12-20"},
        {"first": "0001-01-01"},
        {"first": "明日"},
        {"first": "2026-12-24", "name": "長" * 61},
    ],
)
def test_impossible_days_are_refused(town: Town, staff: Client, wrong: dict[str, str]) -> None:
    assert staff.post(url(town, "days/"), wrong).status_code == 422
    assert special_days(town.aoba.organisation.id) == []


def test_another_companys_days_cannot_be_taken_away(town: Town, staff: Client) -> None:
    theirs = SpecialDays.objects.create(
        organisation=town.fumi.organisation, first=date(2026, 12, 1), last=date(2026, 12, 1)
    )
    staff.post(url(town, "days/remove/"), {"days": str(theirs.pk)})
    assert special_days(town.fumi.organisation.id) == [theirs]


def test_no_company_can_fill_the_table(town: Town, staff: Client) -> None:
    SpecialDays.objects.bulk_create(
        SpecialDays(
            organisation=town.aoba.organisation,
            first=date(2026, 1, 1),
            last=date(2027, 1 + n % 12, 1 + n // 12),
        )
        for n in range(MOST_SPECIAL)
    )
    answer = staff.post(url(town, "days/"), {"first": "2026-12-24"})
    assert answer.status_code == 422


def test_many_companies_cost_three_queries(town: Town, django_assert_num_queries: object) -> None:
    companies = [each.organisation.id for each in (town.aoba, town.fumi, town.umi)]
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert set(calendars_of(companies)) == set(companies)

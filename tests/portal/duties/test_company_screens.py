"""夜間の約束 and 閉まる日と緊急連絡先, as the company and our people use them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.business.night import NightAct, Rung
from hinomi.portal.duties import holidays
from hinomi.portal.duties.models import ClosureAsk, NightTerms
from hinomi.portal.organisations.calendars import calendar_of
from hinomi.portal.organisations.models import Organisation, SpecialDays
from hinomi.respond.check import texts_check
from tests.portal.duties.making import japan
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from tests.portal.town import Town


@pytest.fixture
def december(town: Town, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """20 December 2026: New Year is nine days away."""
    moment = japan("2026-12-20 12:00").astimezone(UTC)
    monkeypatch.setattr("hinomi.portal.duties.views.company.now", lambda: moment)
    return moment


@pytest.fixture
def owner(town: Town) -> Client:
    """葵's browser."""
    return sign_in(town.people["owner", "own"])


def closure_of(town: Town) -> str:
    """The address of 青葉工務店's form."""
    return f"/companies/{town.aoba.organisation.id}/closure/"


SAID = {
    "first": "2026-12-30",
    "last": "2027-01-05",
    "contact_name": "青葉太郎",
    "contact_phone": "090-1234-5678",
    "remark": "",
    "version": "1",
}


def test_the_form_comes_filled_in_from_the_calendar(
    town: Town, owner: Client, december: datetime
) -> None:
    shown = owner.get(closure_of(town)).content.decode()
    assert 'value="2026-12-29"' in shown
    assert 'value="2027-01-03"' in shown
    assert not ClosureAsk.objects.of(town.aoba.organisation.id).exists(), "reading writes nothing"


def test_the_answer_goes_into_the_calendar_and_a_later_one_replaces_it(
    town: Town, owner: Client, december: datetime
) -> None:
    company = town.aoba.organisation.id
    assert owner.post(closure_of(town), SAID).status_code == 302
    calendar = calendar_of(company)
    assert calendar.is_open_day(date(2026, 12, 29)), "a Tuesday on which they work after all"
    assert not calendar.is_open_day(date(2027, 1, 5))
    assert calendar.is_open_day(date(2027, 1, 6))
    row = ClosureAsk.objects.of(company).get()
    assert (row.contact_phone, row.report_on) == ("090-1234-5678", date(2027, 1, 6))
    late = owner.post(closure_of(town), {**SAID, "last": "2027-01-04"})
    assert late.status_code == 422, "an older form: a double click or another person's"
    again = {**SAID, "first": "2026-12-29", "last": "2027-01-04", "version": "2"}
    assert owner.post(closure_of(town), again).status_code == 302
    calendar = calendar_of(company)
    assert not calendar.is_open_day(date(2026, 12, 29))
    assert calendar.is_open_day(date(2027, 1, 5))
    assert SpecialDays.objects.of(company).count() == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("last", "2026-12-01", "初日と同じか、それよりあと"),
        ("first", "2026-10-01", "60日まで"),
        ("contact_phone", "社長の携帯", "「090-1234-5678」のように"),
        ("contact_name", "", "連絡がつく人の名前"),
        ("first", "年末", "「2026-12-31」のように"),
    ],
)
def test_bad_input_is_said_and_what_was_typed_stays(
    town: Town, owner: Client, december: datetime, field: str, value: str, words: str
) -> None:
    answer = owner.post(closure_of(town), {**SAID, field: value})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert words in shown
    assert value in shown
    assert not SpecialDays.objects.of(town.aoba.organisation.id).exists()


def test_in_an_ordinary_week_nothing_is_asked(
    town: Town, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = japan("2028-02-29 12:00")
    monkeypatch.setattr("hinomi.portal.duties.views.company.now", lambda: moment)
    assert "いま、お聞きすることはありません" in owner.get(closure_of(town)).content.decode()
    assert owner.post(closure_of(town), SAID).status_code == 200
    assert not ClosureAsk.objects.of(town.aoba.organisation.id).exists()


def test_each_company_is_due_once_two_weeks_before(town: Town) -> None:
    assert holidays.due_forms(japan("2026-12-14 23:59")) == []
    moment = japan("2026-12-15 00:00")
    due = holidays.due_forms(moment)
    companies = {each.organisation.id for each in (town.aoba, town.fumi, town.umi)}
    assert {row.organisation_id for row in due} == companies
    assert len(holidays.due_forms(moment)) == 3, "asked again before anything was sent"
    for row in due:
        assert holidays.note_sent(row, moment)
        assert not holidays.note_sent(row, moment)
    assert holidays.due_forms(japan("2026-12-16 09:00")) == []
    assert holidays.due_forms(japan("2026-12-10 09:00")) == [], "the clock jumped back"


def test_a_deleted_company_is_asked_nothing(town: Town) -> None:
    moment = japan("2026-12-20 09:00")
    Organisation.objects.of(town.aoba.organisation.id).update(deleted_at=moment)
    due = holidays.due_forms(moment)
    assert town.aoba.organisation.id not in {row.organisation_id for row in due}
    assert len(due) == 2


def test_what_happened_is_due_when_the_company_opens_again(town: Town) -> None:
    holidays.due_forms(japan("2026-12-20 09:00"))
    assert holidays.due_reports(japan("2027-01-04 08:29")) == []
    due = holidays.due_reports(japan("2027-01-04 08:30"))
    assert len(due) == 3
    assert holidays.note_report_sent(due[0], japan("2027-01-04 08:30"))
    assert not holidays.note_report_sent(due[0], japan("2027-01-04 08:31"))
    assert len(holidays.due_reports(japan("2027-01-04 09:00"))) == 2
    assert holidays.due_reports(japan("2027-02-01 09:00")) == [], "weeks later nobody needs it"


NIGHT = {
    "acts": ["block"],
    "rung": "first",
    "rung_until": "22:00",
    "waits": "確認だけのお知らせ",
    "opens": "",
    "closes": "",
    "agreed_by": "代表取締役 青葉太郎",
    "agreed_on": "2026-11-01",
}


def test_our_people_record_and_the_owner_reads(town: Town, owner: Client) -> None:
    at = f"/companies/{town.aoba.organisation.id}/night/"
    assert "夜間の約束は、まだありません" in owner.get(at).content.decode()
    desk = sign_in(town.people["desk", "own"])
    for _ in range(2):
        assert desk.post(f"{at}record/", NIGHT).status_code == 302
    assert NightTerms.objects.of(town.aoba.organisation.id).count() == 1
    shown = owner.get(at).content.decode()
    for words in ("18時00分から", "22時00分までです", "確認だけのお知らせ", "2026年11月1日"):
        assert words in shown, words
    assert owner.post(f"{at}record/", NIGHT).status_code == 403
    analyst = sign_in(town.people["analyst", "own"])
    assert analyst.post(f"{at}record/", NIGHT).status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [("agreed_by", ""), ("agreed_on", "2099-01-01"), ("rung", "all"), ("opens", "9:00")],
)
def test_terms_that_nobody_can_have_agreed_to_are_refused(
    town: Town, field: str, value: str
) -> None:
    desk = sign_in(town.people["desk", "own"])
    at = f"/companies/{town.aoba.organisation.id}/night/record/"
    answer = desk.post(at, {**NIGHT, field: value})
    assert answer.status_code == 422
    assert "確認だけのお知らせ" in answer.content.decode(), "what was typed stays"
    assert not NightTerms.objects.of(town.aoba.organisation.id).exists()


@pytest.mark.parametrize("each", [*NightAct, *Rung])
def test_what_the_owner_reads_keeps_the_word_rules(each: NightAct | Rung) -> None:
    assert texts_check(f"{each.ja}。") == []

"""Weekly re-judging: drawn by nobody's choice, answered once, told as a rate with its number."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hinomi.core.clock import FixedClock
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.incidents.decisions import DecisionKind, record_decision
from hinomi.portal.incidents.models import DecisionRecord, Incident
from hinomi.portal.notices.models import FirmNotice, Notice, NoticeState
from hinomi.portal.rejudgings import queries, services
from hinomi.portal.rejudgings.drawing import draw_due, redraw
from hinomi.portal.rejudgings.models import Draw, Rejudging, Verdict
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client
    from pytest_django.fixtures import SettingsWrapper

    from hinomi.portal.organisations.models import Organisation
    from tests.portal.town import Town

pytestmark = pytest.mark.django_db

# Far from the day on which the town is built: its own decisions must lie in no week drawn here.
WEDNESDAY = datetime(2046, 11, 28, 3, tzinfo=UTC)
MONDAY = datetime(2046, 12, 2, 15, 0, 1, tzinfo=UTC)  # 0:00:01 in Japan


@pytest.fixture
def analyst(town: Town) -> Client:
    return sign_in(town.people["analyst", "own"])


def at(settings: SettingsWrapper, moment: datetime) -> None:
    settings.HINOMI = replace(settings.HINOMI, clock=FixedClock(moment))


def decide(company: Organisation, count: int, kind: str = "closed_after_quiet_day") -> None:
    for _ in range(count):
        record_decision(
            organisation_id=company.id, kind=DecisionKind(kind), incident=None, body={"findings": 1}
        )


def draws(town: Town) -> list[Draw]:
    return list(Draw.objects.of_firm(town.firm.id).exclude(seed="0:0"))


def url(town: Town) -> str:
    return f"/rejudgings/{town.aoba.rejudging.pk}/"


def says(client: Client, path: str, verdict: str, reason: str = "記録を読みました") -> HttpResponse:
    return client.post(path, {"verdict": verdict, "reason": reason})


def test_the_week_is_drawn_once_from_served_companies_and_can_be_drawn_again(
    town: Town, settings: SettingsWrapper
) -> None:
    at(settings, WEDNESDAY)
    decide(town.aoba.organisation, 600)
    decide(town.fumi.organisation, 1, kind="too_few_to_matter")
    decide(town.umi.organisation, 30)
    decide(town.aoba.organisation, 5, kind="explained_by_update")  # a person's answer
    at(settings, MONDAY)
    assert draw_due() == 2  # our firm and the other
    assert draw_due() == 0
    (draw,) = draws(town)
    assert (draw.decisions, draw.drawn) == (601, 13)
    assert draw.kinds == {"closed_after_quiet_day": [600, 12], "too_few_to_matter": [1, 1]}
    rows = list(draw.rejudgings.order_by("pk"))
    assert {row.organisation_id for row in rows} == {
        town.aoba.organisation.id,
        town.fumi.organisation.id,
    }
    assert redraw(draw) == [row.decision_id for row in rows]
    place, mark = draw.seed.split(":")
    assert AuditEntry.objects.get(sequence=int(place)).hash == mark


def test_decisions_of_other_weeks_and_of_people_are_not_drawn(
    town: Town, settings: SettingsWrapper
) -> None:
    at(settings, MONDAY - timedelta(seconds=2))  # the last second of the week
    decide(town.aoba.organisation, 1)
    at(settings, MONDAY)
    decide(town.aoba.organisation, 4)
    assert draw_due() == 2
    (draw,) = draws(town)
    assert (draw.decisions, draw.drawn) == (1, 1)
    body = {"by_person": True}
    company = town.aoba.organisation.id
    for each in (True, False):
        record_decision(
            organisation_id=company,
            kind=DecisionKind.MASS_SILENCE_DROPPED,
            incident=None,
            body=body | {"by_person": each},
        )
    at(settings, MONDAY + timedelta(days=7))
    draw_due()
    assert draws(town)[-1].decisions == 5  # the four, and what no person dropped


def test_a_quiet_week_is_drawn_too_and_asks_nobody(town: Town, settings: SettingsWrapper) -> None:
    at(settings, MONDAY)
    draw_due()
    (draw,) = draws(town)
    assert (draw.decisions, draw.drawn) == (0, 0)
    assert draw_due() == 0


def test_the_page_shows_facts_and_what_the_customer_read(town: Town, analyst: Client) -> None:
    page = analyst.get(url(town)).content.decode()
    for word in ("同じお知らせが続くため", "カナリア青の画面", "カナリア青-PC", "正しい"):
        assert word in page
    assert "カナリア文" not in page


def test_right_needs_no_reason_and_leads_to_the_next(town: Town, analyst: Client) -> None:
    answer = says(analyst, url(town), "right", "")
    assert answer.headers["Location"] == f"/rejudgings/{town.fumi.rejudging.pk}/"
    row = Rejudging.objects.of(town.aoba.organisation.id).get()
    assert (row.verdict, row.judged_by) == ("right", town.people["analyst", "own"])


@pytest.mark.parametrize("verdict", ["wrong", "unclear"])
def test_what_others_act_on_needs_a_reason_and_keeps_what_was_typed(
    town: Town, analyst: Client, verdict: str
) -> None:
    answer = says(analyst, url(town), verdict, "  ")
    assert answer.status_code == 422
    assert "理由を書いてください" in answer.content.decode()
    other = says(analyst, url(town), "nonsense", "読んだこと")
    assert other.status_code == 422
    assert "読んだこと" in other.content.decode()
    assert Rejudging.objects.of(town.aoba.organisation.id).get().verdict == ""


def test_an_answer_is_final_and_a_double_click_answers_once(town: Town, analyst: Client) -> None:
    for _ in range(2):
        assert says(analyst, url(town), "right").status_code == 302
    told = AuditEntry.objects.filter(what="rejudgings:answer")
    assert told.count() == 1
    colleague = sign_in(town.people["manager", "own"])
    page = colleague.post(url(town), {"verdict": "wrong", "reason": "違う"}, follow=True)
    assert "先に「正しい」と答えています" in page.content.decode()
    assert Rejudging.objects.of(town.aoba.organisation.id).get().verdict == "right"
    assert told.count() == 1


def test_a_wrong_one_leads_to_reopening_and_to_a_correction(town: Town, analyst: Client) -> None:
    company, number = town.aoba.organisation.id, town.aoba.incident.number
    Incident.objects.of(company).filter(number=number).update(state="done", closed_at=now())
    assert "お知らせの訂正" not in analyst.get(url(town)).content.decode()
    Notice.objects.of(company).update(state=NoticeState.SENT, sent_at=now())
    page = analyst.post(
        url(town), {"verdict": "wrong", "reason": "本物の攻撃でした"}, follow=True
    ).content.decode()
    assert "案件をもう一度開く" in page
    assert f"/queue/{number}/compose/" in page
    version = Incident.objects.of(company).get(number=number).version
    analyst.post(
        f"/queue/{number}/state/",
        {"version": version, "state": "investigating", "reason": "本物の攻撃でした"},
    )
    assert Incident.objects.of(company).get(number=number).state == "investigating"


def test_who_serves_nobody_here_finds_nothing(town: Town) -> None:
    for who in ("other firm", "ended"):
        stranger = sign_in(town.people["analyst", who])
        assert stranger.get(url(town)).status_code == 404
        assert says(stranger, url(town), "right").status_code == 404
        path = f"/companies/{town.aoba.organisation.id}/decisions/"
        assert stranger.get(path).status_code == 404
    assert sign_in(town.people["desk", "own"]).get(url(town)).status_code == 403
    assert sign_in(town.people["owner", "own"]).get(url(town)).status_code == 403


def test_the_chief_is_told_once_of_what_nobody_judged_in_seven_days(
    town: Town, settings: SettingsWrapper
) -> None:
    mails = FirmNotice.objects.of_firm(town.firm.id)
    assert services.tell_overdue() == 0
    at(settings, now() + timedelta(days=7, seconds=1))
    assert services.tell_overdue() == 2  # the other firm's draw waits as well
    assert services.tell_overdue() == 0
    (mail,) = mails
    assert mail.subject.endswith("自動の判断の見直しが2件、終わっていません")
    assert town.aoba.canary not in mail.body_text
    assert queries.overdue(town.firm.id) == 2


def test_the_rate_stands_on_now_from_thirty_answers_on(
    town: Town, settings: SettingsWrapper
) -> None:
    at(settings, WEDNESDAY)
    decide(town.aoba.organisation, 1_501)
    at(settings, MONDAY)
    draw_due()
    rows = list(draws(town)[0].rejudgings.order_by("pk"))
    user = town.people["analyst", "own"]
    for row in rows[:28]:
        services.answer(asked=row, verdict=Verdict.RIGHT, reason="", user=user)
    services.answer(asked=rows[28], verdict=Verdict.WRONG, reason="違う", user=user)
    services.answer(asked=rows[29], verdict=Verdict.UNCLEAR, reason="不明", user=user)
    assert [each.sentence for each in queries.rates(town.firm.id)] == [
        "29件を見直しました。30件になるまで、割合は出しません。"
    ] * 2
    services.answer(asked=rows[30], verdict=Verdict.RIGHT, reason="", user=user)
    rate = queries.rates(town.firm.id)[0]
    assert rate.sentence == "30件中1件（3.3%）、誤りは0.6〜16.7%と見ています"
    assert rate.unclear == 1
    page = sign_in(town.people["manager", "own"]).get("/now/").content.decode()
    assert rate.sentence in page
    at(settings, MONDAY + timedelta(weeks=4))
    month, quarter = queries.rates(town.firm.id)
    assert month.sentence.startswith("0件を見直しました")
    assert quarter.sentence == rate.sentence


def test_an_owner_reads_the_records_of_the_own_company_and_whether_they_hold(town: Town) -> None:
    owner = sign_in(town.people["owner", "own"])
    page = owner.get("/decisions/", follow=True).content.decode()
    assert "書き換えも、抜けもありません" in page
    assert "カナリア青の画面" in page
    company = town.aoba.organisation.id
    DecisionRecord.objects.of(company).update(body={"shown": "別の画面"})
    page = owner.get(f"/companies/{company}/decisions/").content.decode()
    assert "1件目から、つながりが合いません" in page


def test_a_customer_does_not_read_of_an_incident_that_is_held(town: Town) -> None:
    company = town.aoba.organisation.id
    Incident.objects.of(company).update(held_since=now())
    path = f"/companies/{company}/decisions/"
    assert "カナリア青の画面" not in sign_in(town.people["owner", "own"]).get(path).content.decode()
    assert "カナリア青の画面" in sign_in(town.people["desk", "own"]).get(path).content.decode()


def test_the_records_come_in_parts_and_none_twice(town: Town) -> None:
    decide(town.aoba.organisation, 40)
    desk = sign_in(town.people["desk", "own"])
    seen: list[int] = []
    path = "/decisions/"
    while path:
        view = desk.get(path).context["view"]
        seen += [each.row.pk for each in view.items]
        path = f"/decisions/?before={view.following}" if view.following else ""
    assert len(seen) == len(set(seen)) == 42
    assert desk.get("/decisions/?before=x'--").status_code == 200


@pytest.mark.parametrize("path", ["/rejudgings/", "/rejudgings/?show=done", "/decisions/"])
def test_the_number_of_queries_does_not_grow(
    town: Town, analyst: Client, settings: SettingsWrapper, path: str
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert analyst.get(path).status_code == 200
        return len(seen)

    asked()
    before = asked()
    at(settings, WEDNESDAY)
    decide(town.aoba.organisation, 12)
    decide(town.fumi.organisation, 12)
    at(settings, MONDAY)
    draw_due()
    user = town.people["analyst", "own"]
    for row in list(draws(town)[0].rejudgings.order_by("pk"))[:5]:
        services.answer(asked=row, verdict=Verdict.RIGHT, reason="", user=user)
    assert asked() <= before + 2  # names of people are one query more, not one each


def test_an_empty_list_says_when_the_next_draw_is(town: Town, analyst: Client) -> None:
    for company in (town.aoba, town.fumi):
        services.answer(
            asked=company.rejudging,
            verdict=Verdict.RIGHT,
            reason="",
            user=town.people["manager", "own"],
        )
    page = analyst.get("/rejudgings/").content.decode()
    assert "見直すものはありません" in page
    assert "カナリア" not in page

"""認知 on a case, the clocks that run from it, and what was handed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.business.legal_clocks import Breach, Clock, State
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.papers import queries, services
from hinomi.portal.papers.law import law
from hinomi.portal.papers.models import Delivery, Recognition
from hinomi.portal.papers.offices import offices
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from tests.portal.town import Town

pytestmark = pytest.mark.django_db


def page(town: Town) -> str:
    return f"/queue/{town.aoba.incident.number}/papers/"


def fields(**other: object) -> dict[str, object]:
    said = (now() - timedelta(hours=1)).astimezone().strftime("%Y-%m-%dT%H:%M")
    return {
        "seen": 0,
        "at": said,
        "known_by": "青葉さん（社長）",
        "reason": "電話で聞いた",
        "breach": "unlawful",
    } | other


@pytest.fixture
def desk(town: Town) -> Client:
    return sign_in(town.people["desk", "own"])


def known(town: Town, **other: object) -> Recognition:
    wanted = {
        "at": datetime(2026, 1, 5, 1, 0, tzinfo=UTC),
        "known_by": "社長",
        "reason": "電話",
        "breach": Breach.UNLAWFUL,
    } | other
    return services.recognise(
        incident=town.aoba.incident,
        known=services.Known(**wanted),  # type: ignore[arg-type]
        seen=len(queries.recognitions(town.aoba.incident)),
        user=town.people["desk", "own"],
    )


def rows(town: Town) -> int:
    return Recognition.objects.of(town.aoba.organisation.id).count()


def test_no_clock_runs_before_somebody_knew(desk: Client, town: Town) -> None:
    answer = desk.get(page(town))
    assert answer.context["clocks"] == []
    assert "知った時刻がまだありません" in answer.content.decode()


def test_the_case_leads_to_its_papers(desk: Client, town: Town) -> None:
    case = desk.get(f"/queue/{town.aoba.incident.number}/").content.decode()
    assert page(town) in case


def test_a_second_click_writes_nothing_more(desk: Client, town: Town) -> None:
    for _ in range(2):
        assert desk.post(page(town) + "recognised/", fields()).status_code == 302
    assert rows(town) == 1
    assert AuditEntry.objects.filter(what="papers:recognition:write").count() == 1
    shown = desk.get(page(town))
    assert [each.deadline.clock for each in shown.context["clocks"]] == [Clock.FIRST, Clock.FINAL]
    assert "青葉さん（社長）" in shown.content.decode()


def test_a_moved_time_keeps_the_earlier_one_and_two_people_do_not_overwrite_each_other(
    desk: Client, town: Town
) -> None:
    desk.post(page(town) + "recognised/", fields())
    stale = desk.post(page(town) + "recognised/", fields(reason="別の人の話"))
    assert stale.status_code == 422
    assert "別の人の話" in stale.content.decode(), "what was typed stays"
    assert rows(town) == 1
    assert stale.context["form"]["seen"].value() == "1", "the next press is meant"
    assert desk.post(page(town) + "recognised/", fields(seen=1, reason="訂正")).status_code == 302
    assert [each.reason for each in queries.recognitions(town.aoba.incident)] == [
        "訂正",
        "電話で聞いた",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "2999-01-01T00:00"},
        {"at": "きのう"},
        {"known_by": ""},
        {"reason": ""},
        {"breach": "x"},
        {"seen": "x"},
    ],
)
def test_bad_input_is_told_and_kept(desk: Client, town: Town, wrong: dict[str, str]) -> None:
    answer = desk.post(page(town) + "recognised/", fields(**wrong))
    assert answer.status_code == 422
    assert rows(town) == 0


def test_what_is_handed_in_stands_still_and_a_mistake_runs_again(desk: Client, town: Town) -> None:
    known(town)
    said = {"clock": "first", "delivered_at": "2026-01-07T10:00", "receipt": "R-1"}
    for _ in range(2):
        assert desk.post(page(town) + "delivered/", said).status_code == 302
    assert Delivery.objects.of(town.aoba.organisation.id).count() == 1
    late = datetime(2026, 12, 1, tzinfo=UTC)
    assert [each.state for each in queries.clocks(town.aoba.incident, late)] == [
        State.DONE,
        State.OVER,
    ]
    assert [each.clock for each in queries.due(late)] == [Clock.FINAL]
    desk.post(page(town) + "delivered/", {"withdraw": "first"})
    assert [each.clock for each in queries.due(late)] == [Clock.FIRST, Clock.FINAL]
    again = desk.post(page(town) + "delivered/", {"withdraw": "first"})
    assert again.status_code == 302


def test_due_goes_by_the_row_that_holds(town: Town) -> None:
    known(town)
    (first, final) = queries.due(datetime(2026, 1, 5, 2, tzinfo=UTC))
    assert (first.incident_number, str(first.deadline.last)) == (
        town.aoba.incident.number,
        "2026-01-09",
    )
    assert str(final.deadline.last) == "2026-03-05"
    known(town, breach=Breach.NONE)
    assert queries.due(now()) == []


def test_another_company_s_papers_do_not_exist(town: Town) -> None:
    other = sign_in(town.people["desk", "other firm"])
    assert other.get(page(town)).status_code == 404
    assert other.post(page(town) + "recognised/", fields()).status_code == 404
    owner = sign_in(town.people["owner", "own"])
    assert owner.get(page(town)).status_code == 403


def test_an_office_nobody_confirmed_says_so(desk: Client, town: Town) -> None:
    shown = desk.get(page(town)).content.decode()
    unsure = [each for each in offices().offices if not each.confirmed]
    assert shown.count("使う前に確かめてください") == len(unsure) > 0
    for each in offices().offices:
        assert each.name in shown
        assert each.source
        assert each.page or each.phone


def test_the_law_says_where_it_was_read_and_what_is_not_confirmed() -> None:
    assert law().sources
    assert law().unverified
    assert {rule.clock for rule in law().rules} == set(Clock)
    assert all(0 < rule.days <= rule.unlawful_days for rule in law().rules)

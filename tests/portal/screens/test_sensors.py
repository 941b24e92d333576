"""S12 センサー: who is silent, who knows, and the answer to "is it us?"."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import HeldSilence, MassSilence
from hinomi.portal.sources.models import Source, SourceWatch
from hinomi.portal.sources.services import Wanted, register_source
from tests.portal.town import Company, Town, sign_in

if TYPE_CHECKING:
    from django.test import Client


@pytest.fixture
def analyst(town: Town) -> Client:
    return sign_in(town.people["analyst", "own"])


def seen(source: Source, state: str, **changes: object) -> SourceWatch:
    return SourceWatch.objects.create(
        organisation_id=source.organisation_id,
        source=source,
        state=state,
        since=now() - timedelta(hours=2),
        **changes,
    )


def another(company: Company, name: str) -> Source:
    wanted = Wanted(kind="linux", name=name)
    return register_source(organisation_id=company.organisation.id, wanted=wanted).source


def page(client: Client, question: str = "") -> str:
    answer = client.get(f"/sensors/{question}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_silent_come_first_and_the_healthy_are_not_shown_at_first(
    town: Town, analyst: Client
) -> None:
    for name, state in (("元気", "watching"), ("遅い", "late"), ("黙り", "silent")):
        seen(another(town.aoba, name), state)
    shown = page(analyst)
    assert shown.index("黙り") < shown.index("遅い")
    assert "元気" not in shown
    assert "元気" in page(analyst, "?show=watching")
    assert "見るべきもの 2" in shown


def test_a_firm_sees_its_own_customers_sensors_only(town: Town, analyst: Client) -> None:
    for company in (town.aoba, town.fumi, town.umi):
        seen(company.source, "silent")
    shown = page(analyst)
    assert town.aoba.canary in shown
    assert town.fumi.canary in shown
    assert town.umi.canary not in shown
    assert "すべて 2" in shown


def test_search_finds_by_the_devices_and_the_companys_name(town: Town, analyst: Client) -> None:
    seen(town.aoba.source, "silent")
    seen(town.fumi.source, "silent")
    found = page(analyst, "?q=文京")
    assert town.fumi.canary in found
    assert town.aoba.canary not in found
    assert "見つかりませんでした" in page(analyst, "?q=どこにもない")


def test_when_nobody_is_silent_the_page_says_so(town: Town, analyst: Client) -> None:
    seen(town.aoba.source, "watching")
    assert "黙っている機器はありません" in page(analyst)


def test_held_notices_and_troubles_show_on_the_line(town: Town, analyst: Client) -> None:
    seen(town.aoba.source, "silent", trouble="clock")
    HeldSilence.objects.create(
        organisation=town.aoba.organisation,
        source=town.aoba.source,
        mass=town.aoba.mass,
        last_alive=now(),
    )
    shown = page(analyst)
    assert "止めています" in shown
    assert "時計がずれています" in shown
    assert town.aoba.canary in page(analyst, "?show=mend")


def test_hundreds_of_sensors_cost_the_same_queries(
    town: Town, analyst: Client, django_assert_max_num_queries: object
) -> None:
    for n in range(60):
        seen(another(town.aoba if n % 2 else town.fumi, f"機器{n}"), "silent")
    with django_assert_max_num_queries(26):  # type: ignore[operator]
        assert "機器" in page(analyst)
    assert len(analyst.get("/sensors/").content) < 150_000


def test_unknown_filters_and_pages_are_the_first_ones(town: Town, analyst: Client) -> None:
    seen(town.aoba.source, "silent")
    assert town.aoba.canary in page(analyst, "?show=<script>&page=99999999999")


@pytest.mark.parametrize("url", ["/sensors/", "/queue/"])
def test_the_question_stands_on_top_of_queue_and_list(
    town: Town, analyst: Client, url: str
) -> None:
    shown = analyst.get(url).content.decode()
    assert "こちら側の問題ですか？" in shown
    assert f"/sensors/questions/{town.aoba.mass.pk}/" in shown
    assert f"/sensors/questions/{town.umi.mass.pk}/" not in shown


def test_an_answer_needs_a_side_and_a_reason(town: Town, analyst: Client) -> None:
    url = f"/sensors/questions/{town.aoba.mass.pk}/"
    answer = analyst.post(url, {"choice": "customers", "reason": ""})
    assert answer.status_code == 422
    assert "理由を入力してください" in answer.content.decode()
    assert analyst.post(url, {"choice": "x", "reason": "y"}).status_code == 422
    assert analyst.post(url, {"choice": "ours", "reason": "回線の工事"}).status_code == 302
    row = MassSilence.objects.of(town.firm.pk).get(pk=town.aoba.mass.pk)
    assert (row.answer, row.reason) == ("ours", "回線の工事")
    assert row.answered_by == town.people["analyst", "own"]


def test_the_second_answer_changes_nothing(town: Town, analyst: Client) -> None:
    url = f"/sensors/questions/{town.aoba.mass.pk}/"
    analyst.post(url, {"choice": "ours", "reason": "回線の工事"})
    analyst.post(url, {"choice": "customers", "reason": "やはり違う"})
    assert MassSilence.objects.of(town.firm.pk).get(pk=town.aoba.mass.pk).answer == "ours"


def test_a_person_says_what_a_source_is(town: Town) -> None:
    owner = sign_in(town.people["owner", "own"])
    url = f"/sources/{town.aoba.source.pk}/watching/"
    assert "見守り方" in owner.get(url).content.decode()
    wrong = owner.post(url, {"source_class": "spaceship", "expect_every_s": "7"})
    assert wrong.status_code == 422
    done = owner.post(url, {"source_class": "pc", "expect_every_s": "604800"})
    assert done.status_code == 302
    row = Source.objects.of(town.aoba.organisation.id).get(pk=town.aoba.source.pk)
    assert (row.source_class, row.expect_every_s) == ("pc", 604_800)

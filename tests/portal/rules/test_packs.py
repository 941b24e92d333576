"""検知ルール: versions, a trial, held rules; and what a person does about them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.ids import PARTITIONS
from hinomi.pipeline.packs import acts
from hinomi.pipeline.packs.noise import Reason
from hinomi.pipeline.packs.overview import held_rules
from hinomi.pipeline.packs.state_file import read_state
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import configuration, now
from hinomi.portal.sources.publication import publish_directory
from hinomi.store.held_rules import HeldRule
from hinomi.store.pipeline import FILE_NAME
from hinomi.store.pipeline_writer import PipelineWriter
from tests.portal.town import Town, sign_in
from tests.unit.pipeline.packs.making import made, put, rule_id

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "/rules/"


@pytest.fixture
def trial(town: Town, data: Path, tmp_path: Path) -> None:
    """Version 1 is used, version 2 is on trial at a company of ours and one of another firm; one
    of its rules is held."""
    for version, rules in (("1", {1: "fire"}), ("2", {1: "fire", 2: "smoke"})):
        put(data, made(tmp_path / "making", rules, version=version))
    publish_directory()
    acts.activate(configuration(), "town", "1", who="command")
    companies = [town.aoba.organisation.id, town.umi.organisation.id]
    acts.start_trial(
        configuration(),
        "town",
        "2",
        organisations=companies,
        span=timedelta(hours=24),
        who="command",
    )
    hold(data, rule_id(2), "煙 <b>")


def hold(data: Path, rule: str, title: str) -> None:
    store = PipelineWriter(data / FILE_NAME)
    assert len(store.claim(owner="test", is_free=lambda *_: True)) == PARTITIONS
    reason = Reason.COMPANY_HOUR.value
    held = HeldRule(rule, "wording", title, "town", "2", now(), reason, 1, 140, 100)
    assert store.hold_rules([held]) == 1
    assert store.hold_rules([held]) == 0
    store.close()


def text_of(town: Town, role: str = "analyst") -> str:
    return sign_in(town.people[role, "own"]).get(PAGE).content.decode()


def active() -> tuple[str, bool]:
    """The version all companies use, and whether another is on trial."""
    state = read_state(configuration().data, now=now())
    return state.use("town").active, state.trial is not None


def test_without_packs_the_page_says_that_the_shipped_rules_are_used(town: Town) -> None:
    text = text_of(town)
    assert "追加の版はありません" in text
    assert "最初から入っているルール" in text


@pytest.mark.usefixtures("trial")
def test_the_page_shows_versions_the_trial_and_why_a_rule_is_held(town: Town) -> None:
    text = text_of(town)
    for shown in ("使用中", "お試し中：town 2", "new words", "決めてください（1件）"):
        assert shown in text
    assert "1社で、1時間に140件も出ました。目安は100件までです。" in text
    assert "煙 &lt;b&gt;" in text


@pytest.mark.usefixtures("trial")
def test_the_queue_tells_that_a_held_rule_waits_until_somebody_decided(town: Town) -> None:
    client = sign_in(town.people["analyst", "own"])
    assert "出しすぎのため止めたルール" in client.get("/queue/").content.decode()
    answer = {"rule": rule_id(2), "verb": "resume", "reason": "確かめた", "days": "7"}
    client.post("/rules/held/", answer)
    assert "出しすぎのため止めたルール" not in client.get("/queue/").content.decode()


@pytest.mark.usefixtures("trial")
def test_companies_of_another_firm_are_counted_and_not_named(town: Town) -> None:
    text = text_of(town)
    assert "青葉工務店、ほか1社" in text
    assert "海野水産" not in text


@pytest.mark.usefixtures("trial")
def test_the_desk_reads_and_does_not_change(town: Town) -> None:
    assert "すべてのお客様で使う" not in text_of(town, "desk")
    client = sign_in(town.people["desk", "own"])
    for address in ("/rules/back/", "/rules/promote/", "/rules/held/"):
        assert client.post(address, {"pack": "town"}).status_code == 403
    assert active() == ("1", True)


@pytest.mark.parametrize("role", ["owner", "staff"])
@pytest.mark.usefixtures("trial")
def test_customers_see_nothing_of_it(town: Town, role: str) -> None:
    client = sign_in(town.people[role, "own"])
    assert client.get(PAGE).status_code in (403, 404)
    assert "検知ルール" not in client.get("/", follow=True).content.decode()


@pytest.mark.usefixtures("trial")
def test_one_press_ends_the_trial_and_the_next_goes_a_version_back(town: Town) -> None:
    client = sign_in(town.people["analyst", "own"])
    answer = client.post("/rules/back/", {"pack": "town"}, follow=True).content.decode()
    assert "「town 1」に戻しました" in answer
    assert active() == ("1", False)
    assert "townを使うのをやめる" in answer
    client.post("/rules/back/", {"pack": "town"})
    assert active() == ("", False)
    again = client.post("/rules/back/", {"pack": "town"}, follow=True).content.decode()
    assert "戻せる版がありません" in again
    who = [act.who for act in read_state(configuration().data, now=now()).acts]
    assert who[-2:] == [town.people["analyst", "own"].email] * 2
    assert AuditEntry.objects.filter(what="rules:pack:rollback").count() == 3


@pytest.mark.usefixtures("trial")
def test_a_trial_is_promoted_by_a_press(town: Town) -> None:
    client = sign_in(town.people["manager", "own"])
    client.post("/rules/promote/")
    assert active() == ("2", False)
    assert (
        "お試し中の版はありません" in client.post("/rules/promote/", follow=True).content.decode()
    )


@pytest.mark.usefixtures("trial")
@pytest.mark.parametrize(("verb", "is_held"), [("resume", False), ("keep", True)])
def test_a_person_decides_on_a_held_rule_with_a_reason(
    town: Town, verb: str, is_held: bool
) -> None:
    client = sign_in(town.people["analyst", "own"])
    address = f"/rules/held/?rule={rule_id(2)}"
    assert "止めたルールをどうしますか" in client.get(address).content.decode()
    answer = {"rule": rule_id(2), "verb": verb, "reason": "夜間バックアップの記録", "days": "7"}
    text = client.post("/rules/held/", answer, follow=True).content.decode()
    assert "夜間バックアップの記録" in text
    assert "決めてください" not in text
    (held,) = held_rules(configuration())
    assert held.is_held is is_held
    assert held.decision is not None
    assert held.decision.who == town.people["analyst", "own"].email
    assert (held.until is not None) is is_held
    assert AuditEntry.objects.filter(what=f"rules:rule:{verb}").count() == 1


@pytest.mark.usefixtures("trial")
def test_without_a_choice_and_a_reason_nothing_is_decided(town: Town) -> None:
    client = sign_in(town.people["analyst", "own"])
    answer = {"rule": rule_id(2), "reason": " \u202e ", "days": "7"}
    response = client.post("/rules/held/", answer)
    assert response.status_code == 422
    text = response.content.decode()
    assert "どうするかを選んでください。" in text
    assert "理由を入力してください。" in text
    (held,) = held_rules(configuration())
    assert held.decision is None


def test_a_rule_that_is_not_held_is_not_asked_about(town: Town) -> None:
    client = sign_in(town.people["analyst", "own"])
    text = client.get("/rules/held/?rule=x", follow=True).content.decode()
    assert "止められているルールではありません" in text


@pytest.mark.usefixtures("trial")
def test_a_damaged_state_is_said_calmly(town: Town, data: Path) -> None:
    (data / "packs" / "state.json").write_text("{")
    answer = sign_in(town.people["analyst", "own"]).get(PAGE)
    assert answer.status_code == 503
    assert "ルールの版を読めませんでした" in answer.content.decode()

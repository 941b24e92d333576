"""The case page: playbook, what changed meanwhile, similar incidents."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.words import IncidentState
from hinomi.portal.access.actor import load_actor
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.incidents import casework, playbooks, second_looks
from hinomi.portal.incidents.models import Incident, PlaybookAnswer
from hinomi.portal.incidents.queries.changes import differences, seen
from hinomi.portal.incidents.queries.similar import similar
from hinomi.portal.notices.models import FirmNotice
from hinomi.respond.playbook import Reply
from tests.portal.incidents.cast import NIGHT, Desk, again, clock_at
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from hinomi.portal.access.scope import Scope
    from hinomi.portal.accounts.models import User
    from tests.portal.town import Town


@pytest.fixture
def incident(town: Town) -> Incident:
    return Desk(town.aoba.organisation).incident("PC-1")


@pytest.fixture
def analyst(town: Town) -> User:
    return town.people["analyst", "own"]


def test_an_answer_is_locked_with_its_words_and_leads_to_the_next(
    incident: Incident, analyst: User
) -> None:
    client, url = sign_in(analyst), f"/queue/{incident.number}/"
    page = client.get(url).content.decode()
    assert "LANケーブルは抜けていますか" in page
    assert "広がりは止まっている" in page, "the outcome stands beside the button"
    for answer in ("no", "yes"):
        client.post(f"{url}playbook/", {"question": "cable", "answer": answer})
    row = PlaybookAnswer.objects.of(incident.organisation_id).get()
    assert (row.answer, row.by) == ("no", analyst)
    assert "電話で、いっしょに抜いてもらう" in row.outcome
    assert "バックアップは" in client.get(url).content.decode()
    client.post(f"{url}playbook/", {"question": "paid", "answer": "yes"})
    client.post(f"{url}playbook/", {"question": "backup", "answer": "<b>"})
    assert PlaybookAnswer.objects.of(incident.organisation_id).count() == 1


def test_answers_stay_visible_after_closing_and_after_the_kind_changed(
    incident: Incident, analyst: User
) -> None:
    playbooks.reply(incident=incident, question="cable", answer=Reply.YES, user=analyst)
    Incident.objects.of(incident.organisation_id).filter(pk=incident.pk).update(
        state="done", kind="other"
    )
    page = sign_in(analyst).get(f"/queue/{incident.number}/").content.decode()
    assert "LANケーブルは抜けていますか" in page
    assert analyst.shown_name in page


def test_a_stale_form_shows_who_when_and_what_changed_and_keeps_the_words(
    town: Town, incident: Incident, analyst: User
) -> None:
    client, url = sign_in(analyst), f"/queue/{incident.number}/state/"
    form = {
        "version": incident.version,
        "seen": seen(incident),
        "state": "contained",
        "reason": "線を抜いた",
    }
    casework.take(incident=incident, from_user_id=None, user=town.people["manager", "own"])
    answer = client.post(url, form)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert f"{town.people['manager', 'own'].shown_name}さんが" in page
    assert "<dt>状態</dt><dd><del>新規</del> → <strong>割当済み</strong>" in page
    assert "<dt>担当</dt>" in page
    assert "線を抜いた" in page
    assert again(incident).state == "assigned"
    once_more = {**form, "version": again(incident).version}
    client.post(url, once_more)
    assert again(incident).state == "contained"


@pytest.mark.parametrize("shown", ["", "{", "[1]", '"x"', "null", "{" * 5_000])
def test_a_form_that_brings_nonsense_shows_no_difference(incident: Incident, shown: str) -> None:
    assert differences(incident, shown) == []
    hostile = json.dumps({"状態": "<script>" * 200})
    assert all(len(each.before) <= 200 for each in differences(incident, hostile))


def test_similar_ones_are_found_here_elsewhere_and_among_false_alarms(
    town: Town, incident: Incident, analyst: User
) -> None:
    twin = Desk(town.aoba.organisation, first=50).incident("PC-2")
    elsewhere = Desk(town.fumi.organisation, first=100).incident("PC-1")
    hidden = Desk(town.umi.organisation, first=200).incident("PC-1")
    casework.change_state(
        incident=twin,
        version=twin.version,
        state=IncidentState.FALSE_ALARM,
        reason="業者の作業",
        user=analyst,
    )
    scope = _scope(analyst)
    here, others, false = similar(incident, scope)
    assert twin.pk in {each.incident.pk for each in here.rows}
    assert {each.incident.pk for each in others.rows} == {elsewhere.pk}
    assert {each.incident.pk for each in false.rows} == {twin.pk}
    page = sign_in(analyst).get(f"/queue/{incident.number}/").content.decode()
    assert elsewhere.number in page
    assert hidden.number not in page


def test_each_box_says_that_it_is_empty(town: Town, analyst: User) -> None:
    Incident.objects.of(town.aoba.organisation.id).update(opened_at=now() - timedelta(days=30))
    page = sign_in(analyst).get(f"/queue/{town.aoba.incident.number}/").content.decode()
    for word in ("過去7日に、同じもの", "ほかの会社では", "この1年ありません"):
        assert word in page


def test_at_noon_the_chief_learns_once_that_nobody_looked(
    town: Town, incident: Incident, analyst: User, settings: SettingsWrapper
) -> None:
    clock_at(settings, NIGHT)
    casework.change_state(
        incident=incident,
        version=incident.version,
        state=IncidentState.DONE,
        reason="x",
        user=analyst,
    )
    clock_at(settings, NIGHT + timedelta(hours=9, minutes=59))
    assert second_looks.remind() == 0
    clock_at(settings, NIGHT + timedelta(hours=10))
    assert second_looks.remind() == 1
    assert second_looks.remind() == 0
    told = FirmNotice.objects.of_firm(town.firm.id).get()
    assert incident.number in told.subject
    assert told.to == town.people["manager", "own"].email


def _scope(user: User) -> Scope:
    actor = load_actor(user_id=user.pk, name=user.shown_name)
    return actor.scope(Permission.INCIDENT_WORK)

"""At night nobody closes what was 今すぐ alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.words import IncidentState
from hinomi.portal.incidents import casework, second_looks
from hinomi.portal.incidents.models import Incident, SecondLook
from tests.portal.incidents.cast import DAY, NIGHT, again, clock_at
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from hinomi.portal.accounts.models import User
    from tests.portal.town import Town


def close(incident: Incident, user: User, state: IncidentState = IncidentState.DONE) -> Incident:
    present = again(incident)
    return casework.change_state(
        incident=present, version=present.version, state=state, reason="調べ終えた", user=user
    )


@pytest.fixture
def incident(town: Town) -> Incident:
    return again(town.aoba.incident)


@pytest.fixture
def first(town: Town) -> User:
    return town.people["analyst", "own"]


@pytest.fixture
def second(town: Town) -> User:
    return town.people["manager", "own"]


def test_at_night_one_person_does_not_close_it_and_a_second_one_does(
    incident: Incident, first: User, second: User, settings: SettingsWrapper
) -> None:
    clock_at(settings, NIGHT)
    assert close(incident, first).state == "new"
    look = second_looks.pending(incident)
    assert look is not None
    assert look.due_at.isoformat() == "2026-12-05T03:00:00+00:00", "noon in Japan"
    assert close(incident, first).state == "new", "the same person twice is one person"
    assert SecondLook.objects.of(incident.organisation_id).count() == 1
    assert close(incident, second).state == "done"
    assert second_looks.pending(incident) is None


def test_the_morning_does_not_free_who_asked_at_night(
    incident: Incident, first: User, settings: SettingsWrapper
) -> None:
    clock_at(settings, NIGHT)
    close(incident, first)
    clock_at(settings, DAY + timedelta(days=3))
    assert close(incident, first).state == "new"


@pytest.mark.parametrize("state", [IncidentState.FALSE_ALARM, IncidentState.OBSERVING])
def test_a_false_alarm_and_watching_on_need_one_person(
    incident: Incident, first: User, settings: SettingsWrapper, state: IncidentState
) -> None:
    clock_at(settings, NIGHT)
    assert close(incident, first, state).state == state


def test_by_day_and_below_now_one_person_is_enough(
    incident: Incident, first: User, settings: SettingsWrapper
) -> None:
    clock_at(settings, DAY)
    assert close(incident, first).state == "done"
    clock_at(settings, NIGHT)
    Incident.objects.of(incident.organisation_id).update(level="today", state="new")
    assert close(incident, first).state == "done"


def test_another_way_withdraws_the_question(
    incident: Incident, first: User, settings: SettingsWrapper
) -> None:
    clock_at(settings, NIGHT)
    close(incident, first)
    close(incident, first, IncidentState.INVESTIGATING)
    assert second_looks.pending(incident) is None
    assert SecondLook.objects.of(incident.organisation_id).get().outcome == "withdrawn"


def test_on_screen_the_second_person_confirms_or_declines(
    incident: Incident, first: User, second: User, settings: SettingsWrapper
) -> None:
    clock_at(settings, NIGHT)
    url = f"/queue/{incident.number}/"
    one = sign_in(first)
    form = {"version": incident.version, "state": "done", "reason": "調べ終えた"}
    said = one.post(f"{url}state/", form, follow=True).content.decode()
    assert "2人目の確認を待ちます" in said
    look = {"version": again(incident).version, "outcome": "confirmed", "reason": "記録を見た"}
    page = one.post(f"{url}second-look/", look, follow=True).content.decode()
    assert "別の担当者が行ってください" in page
    assert again(incident).state == "new"
    two = sign_in(second)
    assert "2人目の確認を待っています" in two.get(url).content.decode()
    empty = two.post(f"{url}second-look/", {**look, "reason": ""})
    assert empty.status_code == 422
    two.post(f"{url}second-look/", {**look, "outcome": "declined"})
    assert again(incident).state == "new"
    close(incident, first)
    look["version"] = again(incident).version
    done = two.post(f"{url}second-look/", look, follow=True).content.decode()
    assert "完了にしました" in done
    assert again(incident).state == "done"

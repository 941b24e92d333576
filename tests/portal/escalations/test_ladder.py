"""The ladder in the portal: begun with the alarm, one step at a time, ended by a person only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from hinomi.core.words import Disposition, IncidentState
from hinomi.portal.escalations import round_of_bell
from hinomi.portal.escalations.models import CallBack, Escalation, Step
from hinomi.portal.escalations.services import reached
from hinomi.portal.incidents.answering import give_answer
from hinomi.portal.incidents.casework import change_state
from hinomi.portal.incidents.conversation import handle_answers
from hinomi.portal.incidents.models import Incident, TimelineEntry
from hinomi.portal.notices.models import Alarm, FirmNotice, Notice

if TYPE_CHECKING:
    from tests.portal.escalations.conftest import Night

ALL = "a test looks"
LAP = [
    ("tell", "", "done"),
    ("call", "葵", "done"),
    ("call", "悠", "done"),
    ("desk", "窓", "done"),
    ("second", "守", "done"),
    ("chief", "長", "done"),
]


def test_an_alarm_is_told_by_every_written_way_and_climbs(night: Night) -> None:
    incident = night.attack()
    told = Notice.objects.of(night.company).filter(incident_number=incident.number)
    assert sorted(told.values_list("channel", "whom")) == [
        ("mail", "悠"), ("mail", "葵"), ("sms", "悠"), ("sms", "葵"),
    ]  # fmt: skip
    assert all(row.text_short.startswith("【") and "http" not in row.text_short for row in told)
    assert night.at() == [LAP[0], ("call", "", "waiting")]
    for minutes in (2, 5, 5, 10, 10):
        night.at(minutes=minutes)
    assert night.steps()[:6] == LAP
    assert [call.to for call in night.calls()] == ["03-1111-1111", "03-2222-2222"]
    assert all("受付番号は" in call.spoken for call in night.calls())


def test_looking_again_and_again_does_no_step_twice(night: Night) -> None:
    night.attack()
    night.at()
    night.turn(minutes=2)
    for _ in range(5):
        round_of_bell.look()
    assert len(night.calls()) == 1
    assert [step[2] for step in night.steps()] == ["done", "done", "waiting"]


def test_what_is_not_now_is_told_in_writing_only_and_does_not_climb(night: Night) -> None:
    night.attack(disposition=Disposition.STOPPED)
    night.at(minutes=60)
    assert night.steps() == []
    assert set(Notice.objects.of(night.company).exclude(dedupe_key="opened").values_list(
        "channel", flat=True
    )) == {"mail"}  # fmt: skip


def test_a_button_on_the_page_ends_it_and_takes_back_a_call_nobody_began(night: Night) -> None:
    incident = night.attack()
    night.at()
    night.at(minutes=2)
    give_answer(incident=incident, choice="done", user=night.town.people["owner", "own"])
    night.at(minutes=60)
    stopped = night.escalation()
    assert (stopped.how, stopped.by) == ("page", night.town.people["owner", "own"])
    assert [step[2] for step in night.steps()] == ["done", "done", "stopped"]
    assert [call.state for call in night.calls()] == ["dropped"]


def test_an_answer_that_came_before_the_bell_looked_ends_it_at_once(night: Night) -> None:
    incident = night.attack()
    night.turn(seconds=1)
    give_answer(incident=incident, choice="done", user=night.town.people["owner", "own"])
    night.at(minutes=30)
    assert night.escalation().how == "page"
    assert night.calls() == []


def test_an_old_answer_does_not_stop_a_new_round_and_the_same_word_again_does(
    night: Night,
) -> None:
    """The attack came back after the all-clear: the company must hear of it as on the first day."""
    incident = night.attack()
    owner = night.town.people["owner", "own"]
    night.at()
    night.turn(seconds=9)
    give_answer(incident=incident, choice="done", user=owner)
    night.at(minutes=1)
    handle_answers()
    Incident.objects.of(night.company).filter(pk=incident.pk).update(state="observing")
    night.turn(minutes=5)
    night.attack(device="SOUMU1")
    night.at(minutes=3)
    rounds = Escalation.objects.of(night.company).order_by("round")
    assert [(row.round, row.how) for row in rounds] == [(1, "page"), (2, "")]
    night.turn(seconds=9)
    give_answer(incident=night.incident(), choice="done", user=owner)
    night.at(seconds=1)
    assert night.escalation().how == "page"


def test_the_desk_s_note_ends_it_with_name_and_words(night: Night) -> None:
    incident = night.attack()
    night.at()
    desk = night.town.people["desk", "own"]
    reached(incident=incident, who="葵", said="線を抜いた", user=desk)
    stopped = night.escalation()
    assert (stopped.how, stopped.who, stopped.said, stopped.by) == (
        "desk",
        "葵",
        "線を抜いた",
        desk,
    )
    notes = TimelineEntry.objects.of(night.company).filter(incident=incident)
    assert notes.filter(text="電話で葵さんと話しました：線を抜いた").exists()


def test_only_what_a_person_closed_stops_the_ringing(night: Night) -> None:
    incident = night.attack()
    night.at()
    Incident.objects.of(night.company).filter(pk=incident.pk).update(state="false_alarm")
    night.at(minutes=2)
    assert len(night.calls()) == 1  # a program closed it: nobody answered
    Incident.objects.of(night.company).filter(pk=incident.pk).update(state="new")
    fresh = night.incident()
    change_state(
        incident=fresh,
        version=fresh.version,
        state=IncidentState.FALSE_ALARM,
        reason="試験でした",
        user=night.town.people["analyst", "own"],
    )
    night.at(minutes=60)
    assert night.escalation().how == "closed"


def test_who_cannot_go_on_is_rung_by_a_person_and_told_no_time_nobody_booked(
    night: Night,
) -> None:
    incident = night.attack()
    night.at()
    give_answer(incident=incident, choice="help", user=night.town.people["owner", "own"])
    night.at(seconds=1)
    (back,) = CallBack.objects.of(night.company)
    assert back.booking is None
    waiting = FirmNotice.objects.of_firm(night.town.firm.id).filter(
        dedupe_key__startswith=f"help:{back.answer_id}"
    )
    assert waiting.exists()
    shown = TimelineEntry.objects.of(night.company).filter(visible_to_customer=True)
    assert not any("電話します" in row.text for row in shown)


def test_our_people_hear_no_company_s_name_outside_the_house(night: Night) -> None:
    night.attack()
    night.at()
    for minutes in (2, 5, 5):
        night.at(minutes=minutes)
    told = night.ours()
    assert {row.channel for row in told} == {"mail", "sms", "voice"}
    name = night.town.aoba.organisation.name
    assert not any(name in row.subject + row.body_text + row.spoken for row in told)


def test_a_clock_that_goes_back_puts_no_step_off_and_doubles_none(night: Night) -> None:
    night.attack()
    night.at()
    night.at(minutes=2)
    night.turn(hours=-3)
    round_of_bell.look_again()
    night.at(minutes=5)
    assert [call.whom for call in night.calls()] == ["葵", "悠"]


def test_a_held_incident_does_not_climb_until_it_is_told(night: Night) -> None:
    incident = night.attack()
    Incident.objects.of(night.company).filter(pk=incident.pk).update(held_since=night.moment)
    assert night.at(minutes=10) == []
    Incident.objects.of(night.company).filter(pk=incident.pk).update(held_since=None)
    assert night.at() == [LAP[0], ("call", "", "waiting")]
    assert not Alarm.objects.of(night.company).filter(handled_at=None).exists()


def test_the_database_refuses_a_second_waiting_step(night: Night) -> None:
    night.attack()
    night.at()
    waiting = Step.objects.of(night.company).get(state="waiting")
    waiting.pk, waiting.number = None, 9
    with pytest.raises(IntegrityError), transaction.atomic():
        waiting.save(force_insert=True)


def test_another_company_hears_nothing(night: Night) -> None:
    night.attack()
    night.at(minutes=2)
    for other in (night.town.fumi, night.town.umi):
        rows = Notice.objects.of(other.organisation.id).exclude(dedupe_key="opened")
        assert not rows.exists()
        assert not Escalation.objects.of(other.organisation.id).exists()

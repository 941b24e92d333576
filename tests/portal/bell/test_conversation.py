"""A customer's answer moves the incident and is never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.core.words import Disposition, IncidentState
from hinomi.portal.incidents.casework import change_state
from hinomi.portal.incidents.conversation import handle_answers
from hinomi.portal.incidents.intake import take_in
from hinomi.portal.incidents.models import Answer, DecisionRecord, Incident, TimelineEntry
from hinomi.portal.incidents.wording import text_of
from hinomi.portal.notices.models import Notice

if TYPE_CHECKING:
    from tests.portal.bell.conftest import Findings
    from tests.portal.town import Town


@pytest.fixture
def incident(town: Town, findings: Findings) -> Incident:
    aoba = town.aoba.organisation
    take_in(partition=3, rows=[findings.row(aoba.id)])
    Answer.objects.of(aoba.id).all().delete()
    return Incident.objects.of(aoba.id).get(kind="ransomware")


def press(incident: Incident, choice: str, town: Town) -> Incident:
    Answer.objects.create(
        organisation_id=incident.organisation_id,
        incident=incident,
        choice=choice,
        by=town.people["owner", "own"],
    )
    assert handle_answers() >= 1
    return Incident.objects.of(incident.organisation_id).get(pk=incident.pk)


def history(incident: Incident) -> list[str]:
    rows = TimelineEntry.objects.of(incident.organisation_id).filter(incident=incident)
    return [row.text for row in rows.order_by("pk")]


def test_an_answer_stands_in_the_history_in_the_words_of_its_button(
    incident: Incident, town: Town
) -> None:
    after = press(incident, "done", town)
    assert "「線を抜いた」が押されました" in history(after)
    assert after.version == incident.version + 1


def test_an_answer_is_carried_out_once(incident: Incident, town: Town) -> None:
    press(incident, "done", town)
    assert handle_answers() == 0
    assert history(incident).count("「線を抜いた」が押されました") == 1


def test_help_asks_for_a_person_and_brings_a_waiting_incident_back(
    incident: Incident, town: Town
) -> None:
    incident.state = "waiting"
    incident.save()
    after = press(incident, "help", town)
    assert after.state == "new"
    assert "担当者からの連絡が必要です" in history(after)


def test_no_answer_closes_what_mattered(incident: Incident, town: Town) -> None:
    """The button says what was done; it does not prove it."""
    assert press(incident, "done", town).state == "new"
    assert press(incident, "understood", town).state == "new"


def test_news_that_was_read_is_put_away_with_a_record(town: Town, findings: Findings) -> None:
    aoba = town.aoba.organisation
    stopped = {"case": "phishing_blocked", "disposition": Disposition.STOPPED}
    take_in(partition=3, rows=[findings.row(aoba.id, **stopped)])
    news = Incident.objects.of(aoba.id).get(kind="phishing_blocked")
    after = press(news, "understood", town)
    assert after.state == "done"
    assert after.closed_at is not None
    kinds = DecisionRecord.objects.of(aoba.id).filter(incident=news).values_list("kind", flat=True)
    assert list(kinds.order_by("sequence")) == ["no_action_needed", "closed_when_read"]


def test_the_all_clear_is_written_answered_and_taken_back(
    incident: Incident, town: Town, findings: Findings
) -> None:
    """Without the signal people reconnect too early or never; with a new attack it is void."""
    analyst = town.people["analyst", "own"]
    released = incident
    for state in (IncidentState.INVESTIGATING, IncidentState.RECOVERING):
        released = change_state(
            incident=released,
            version=released.version,
            state=state,
            reason="調べ終わった",
            user=analyst,
        )
    mails = Notice.objects.of(incident.organisation_id).filter(incident_number=incident.number)
    assert (
        mails.order_by("pk")
        .last()
        .subject.startswith("【まちの見守り】確認だけ：元に戻してよい合図です")
    )
    assert [button.choice for button in text_of(released).buttons] == ["restored", "help"]
    assert press(released, "restored", town).state == "observing"
    take_in(partition=3, rows=[findings.row(incident.organisation_id)])
    again = Incident.objects.of(incident.organisation_id).get(pk=incident.pk)
    assert again.state == "new"
    assert "ランサムウェア" in mails.order_by("pk").last().subject

"""The console's queue and case: order, saved views, taking, moving, and being told what is new."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.words import IncidentState
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.incidents import casework
from hinomi.portal.incidents.models import Answer, Incident, TimelineEntry
from tests.portal.town import Town, sign_in

if TYPE_CHECKING:
    from django.test import Client

    from hinomi.portal.organisations.models import Organisation


def make(
    company: Organisation,
    number: str,
    *,
    level: str = "today",
    minutes: int = 5,
    state: str = "new",
) -> Incident:
    at = now() - timedelta(minutes=minutes)
    return Incident.objects.create(
        organisation=company,
        number=number,
        kind="malware_on_pc",
        group_key=f"malware_on_pc:{number}",
        level=level,
        certainty="confirmed",
        disposition="seen",
        state=state,
        device=f"PC-{number}",
        opened_at=at,
        first_event_at=at,
        last_event_at=at,
    )


def numbers(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"/queue/(K-\d+)/", page)))


@pytest.fixture
def analyst(town: Town) -> Client:
    return sign_in(town.people["analyst", "own"])


def test_whose_promise_breaks_next_stands_first(town: Town, analyst: Client) -> None:
    company = town.aoba.organisation
    Incident.objects.of(company.id).update(state="done")
    Incident.objects.of(town.fumi.organisation.id).update(state="done")
    make(company, "K-1", level="check", minutes=90)
    make(company, "K-2", level="now", minutes=1)
    make(company, "K-3", level="now", minutes=30)
    make(company, "K-4", level="today", minutes=600)
    page = analyst.get("/queue/").content.decode()
    # 今日中 of ten hours ago is six hours late; 今すぐ has half an hour; what needs nobody is last.
    assert numbers(page) == ["K-4", "K-3", "K-2", "K-1"]


def test_a_taken_incident_moves_from_unassigned_to_mine(town: Town, analyst: Client) -> None:
    number = town.aoba.incident.number
    analyst.post(f"/queue/{number}/take/")
    assert number not in numbers(analyst.get("/queue/").content.decode())
    assert number in numbers(analyst.get("/queue/?view=mine").content.decode())
    row = Incident.objects.of(town.aoba.organisation.id).get(number=number)
    assert row.state == IncidentState.ASSIGNED
    assert row.assigned_to == town.people["analyst", "own"]


def test_who_takes_second_is_told_who_was_faster(town: Town, analyst: Client) -> None:
    number = town.aoba.incident.number
    sign_in(town.people["manager", "own"]).post(f"/queue/{number}/take/")
    page = analyst.post(f"/queue/{number}/take/", follow=True).content.decode()
    assert "に先に変更しました" in page
    assert town.people["manager", "own"].name in page
    row = Incident.objects.of(town.aoba.organisation.id).get(number=number)
    assert row.assigned_to == town.people["manager", "own"]


def test_a_form_that_was_open_too_long_changes_nothing(town: Town) -> None:
    incident, user = town.aoba.incident, town.people["analyst", "own"]
    casework.take(incident=incident, from_user_id=None, user=user)
    with pytest.raises(casework.ChangedMeanwhile):
        casework.change_state(
            incident=incident,
            version=incident.version,
            state=IncidentState.DONE,
            reason="x",
            user=user,
        )


def test_a_way_that_another_s_move_closed_is_told_as_that(town: Town, analyst: Client) -> None:
    """Not as a mistake in the form: the page this person saw did offer it."""
    incident, other = town.aoba.incident, town.people["manager", "own"]
    casework.change_state(
        incident=incident,
        version=incident.version,
        state=IncidentState.CONTAINED,
        reason="抜いた",
        user=other,
    )
    asked = {"version": incident.version, "state": "false_alarm", "reason": "x"}
    told = analyst.post(f"/queue/{incident.number}/state/", asked, follow=True).content.decode()
    assert "に先に変更しました" in told
    assert other.name in told
    assert "選べません" not in told


def test_what_was_typed_survives_another_s_move_and_can_be_sent_again(
    town: Town, analyst: Client
) -> None:
    incident, other = town.aoba.incident, town.people["manager", "own"]
    asked = {
        "version": incident.version,
        "state": "investigating",
        "reason": "社長と電話で話した内容",
    }
    casework.take(incident=incident, from_user_id=None, user=other)
    url = f"/queue/{incident.number}/state/"
    answer = analyst.post(url, asked)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "に先に変更しました" in page
    assert "社長と電話で話した内容" in page
    assert re.search(r'<option value="investigating"[^>]* selected', page)
    assert "エラー" not in page
    now_there = Incident.objects.of(incident.organisation_id).get(pk=incident.pk)
    assert f'name="version" value="{now_there.version}"' in page
    assert analyst.post(url, {**asked, "version": now_there.version}).status_code == 302
    now_there.refresh_from_db()
    assert now_there.state == IncidentState.INVESTIGATING


def test_who_moved_it_first_is_named(town: Town) -> None:
    """The customer's word for the new state has no name of its own."""
    incident, user = town.aoba.incident, town.people["analyst", "own"]
    seen = incident.version

    def move(state: IncidentState) -> None:
        casework.change_state(incident=incident, version=seen, state=state, reason="x", user=user)

    move(IncidentState.INVESTIGATING)
    with pytest.raises(casework.ChangedMeanwhile) as told:
        move(IncidentState.DONE)
    assert told.value.last is not None
    assert told.value.last.actor == user.shown_name


def test_a_move_needs_a_reason_and_keeps_what_was_typed(town: Town, analyst: Client) -> None:
    incident = town.aoba.incident
    answer = analyst.post(
        f"/queue/{incident.number}/state/", {"version": incident.version, "state": "investigating"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>エラー：" in page
    assert '<a href="#id_reason">理由を入力してください。</a>' in page
    assert '<option value="investigating" selected>' in page


def test_a_move_shows_the_customers_word_to_the_customer_and_hides_the_reason(
    town: Town, analyst: Client
) -> None:
    incident = town.aoba.incident
    analyst.post(
        f"/queue/{incident.number}/state/",
        {"version": incident.version, "state": "investigating", "reason": "ひみつの理由"},
    )
    page = sign_in(town.people["owner", "own"]).get(f"/incidents/{incident.number}/")
    assert "いまの状態：調べています" in page.content.decode()
    assert "ひみつの理由" not in page.content.decode()


def test_a_closed_incident_is_not_opened_beside_its_successor(town: Town) -> None:
    user, company = town.people["analyst", "own"], town.aoba.organisation
    old = make(company, "K-8", state="done")
    newer = make(company, "K-9")
    Incident.objects.of(company.id).filter(pk=newer.pk).update(group_key=old.group_key)
    with pytest.raises(casework.AnotherIsOpen):
        casework.change_state(
            incident=old, version=1, state=IncidentState.INVESTIGATING, reason="x", user=user
        )


def test_a_note_is_for_us_unless_it_is_said_to_be_for_the_customer(
    town: Town, analyst: Client
) -> None:
    incident = town.aoba.incident
    url = f"/queue/{incident.number}/note/"
    analyst.post(url, {"text": "うちだけ"})
    analyst.post(url, {"text": "お客様にも", "for_customer": "on"})
    shown = TimelineEntry.objects.of(town.aoba.organisation.id).filter(visible_to_customer=True)
    texts = list(shown.values_list("text", flat=True))
    assert "お客様にも" in texts
    assert "うちだけ" not in texts


def test_a_call_for_help_stands_out(town: Town, analyst: Client) -> None:
    assert "お客様が助けを待っています" not in analyst.get("/queue/").content.decode()
    Answer.objects.create(
        organisation=town.aoba.organisation, incident=town.aoba.incident, choice="help"
    )
    assert "お客様が助けを待っています" in analyst.get("/queue/").content.decode()


def test_news_is_counted_and_costs_a_304_while_nothing_changes(town: Town, analyst: Client) -> None:
    since = town.fumi.incident.pk
    url = f"/queue/?view=all&since={since}"
    quiet = analyst.get(url, headers={"HX-Request": "true"})
    assert quiet.content.strip() == b""
    assert "HX-Request" in quiet.headers["Vary"]
    again = analyst.get(url, headers={"HX-Request": "true", "If-None-Match": quiet.headers["ETag"]})
    assert again.status_code == 304
    make(town.aoba.organisation, "K-5")
    make(town.umi.organisation, "K-6")  # another firm's customer
    told = analyst.get(url, headers={"HX-Request": "true", "If-None-Match": quiet.headers["ETag"]})
    assert "新しい警報が1件あります" in told.content.decode()


def test_looking_as_the_customer_is_noted(town: Town, analyst: Client) -> None:
    number = town.aoba.incident.number
    analyst.get(f"/incidents/{number}/")
    entry = AuditEntry.objects.get(what="incidents:incident:view_as_customer")
    assert entry.user == town.people["analyst", "own"]
    assert entry.detail == {"incident": number}
    sign_in(town.people["owner", "own"]).get(f"/incidents/{number}/")
    assert AuditEntry.objects.filter(what="incidents:incident:view_as_customer").count() == 1


def test_a_full_page_of_the_queue_stays_light(town: Town, analyst: Client) -> None:
    for number in range(40):
        make(town.aoba.organisation, f"K-{100 + number}")
    page = analyst.get("/queue/").content
    assert page.count(b"<tr>") == 21
    assert len(gzip.compress(page, 6)) < 8_000  # 25 KiB less 9,000 of styles and scripts, and room

"""タイムライン: own times, records taken over, stars, and only fit words for the customer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.time import now
from hinomi.portal.incidents import timeline as history
from hinomi.portal.incidents.models import EntryKind, Incident, TimelineEntry
from hinomi.portal.incidents.queries.timeline import timeline
from tests.portal.incidents.cast import Desk, again
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from hinomi.portal.accounts.models import User
    from tests.portal.town import Town

JARGON = "端末のマルウェアを検知しました"


@pytest.fixture
def incident(town: Town) -> Incident:
    return Desk(town.aoba.organisation).incident("PC-1")


@pytest.fixture
def analyst(town: Town) -> User:
    return town.people["analyst", "own"]


@pytest.fixture
def client(analyst: User) -> Client:
    return sign_in(analyst)


def lines(incident: Incident) -> list[TimelineEntry]:
    rows = TimelineEntry.objects.of(incident.organisation_id).filter(incident=incident)
    return list(rows.order_by("pk"))


def test_a_line_keeps_its_own_time_and_says_when_it_was_written(
    client: Client, incident: Incident
) -> None:
    form = {
        "at": "2026-11-20T10:12",
        "kind": "fact",
        "text": "社長が変な画面を見た",
        "source": "お客様の電話",
    }
    url = f"/queue/{incident.number}/timeline/"
    page = client.post(url, form, follow=True).content.decode()
    assert "2026-11-20 10:12:00 JST" in page
    assert "に書きました" in page
    assert "お客様の電話" in page
    client.post(url, form)
    assert [each.text for each in lines(incident)].count("社長が変な画面を見た") == 1


def test_a_time_that_has_not_come_is_refused_and_the_words_stay(
    client: Client, incident: Incident
) -> None:
    at = now() + timedelta(days=2)
    form = {"at": f"{at:%Y-%m-%dT%H:%M}", "kind": "fact", "text": "あしたの出来事"}
    answer = client.post(f"/queue/{incident.number}/timeline/", form)
    assert answer.status_code == 422
    assert "まだ来ていない時刻です" in answer.content.decode()
    assert "あしたの出来事" in answer.content.decode()


def test_only_words_that_pass_the_check_are_shown_to_the_customer(
    client: Client, incident: Incident, town: Town, analyst: User
) -> None:
    url = f"/queue/{incident.number}/timeline/"
    form = {"at": "2026-11-20T10:12", "kind": "fact", "text": JARGON, "shown": "on"}
    refused = client.post(url, form)
    assert refused.status_code == 422
    assert "使わない言葉" in refused.content.decode()
    line = history.Line(at=now(), kind=EntryKind.FACT, text=JARGON)
    entry = history.add(incident=incident, line=line, user=analyst)
    page = client.post(f"{url}line/", {"act": "show", "entry": entry.pk}, follow=True)
    assert "お客様に見せられません" in page.content.decode()
    entry.refresh_from_db()
    assert not entry.visible_to_customer


def test_a_shown_line_stands_on_the_customers_page_and_can_be_taken_back(
    client: Client, incident: Incident, town: Town, analyst: User
) -> None:
    line = history.Line(at=now(), kind=EntryKind.ACTION, text="パソコンを調べています")
    entry = history.add(incident=incident, line=line, user=analyst)
    owner = sign_in(town.people["owner", "own"])
    url = f"/queue/{incident.number}/timeline/line/"
    for act, is_seen in (("show", True), ("show", True), ("hide", False)):
        client.post(url, {"act": act, "entry": entry.pk})
        page = owner.get(f"/incidents/{incident.number}/").content.decode()
        assert (entry.text in page) is is_seen


def test_names_from_records_are_not_judged(incident: Incident) -> None:
    """A PC that is called SOC-1 is not our jargon."""
    incident.device = "SOC-UTM1"
    assert history.faults_of(incident, "SOC-UTM1を調べています") == []
    assert history.faults_of(incident, "SOCが調べています") != []


def test_a_record_becomes_a_fact_once_with_its_own_time(client: Client, incident: Incident) -> None:
    url = f"/queue/{incident.number}/timeline/"
    assert "事実に足す" in client.get(url).content.decode()
    for _ in range(2):
        client.post(f"{url}record/", {"event": "e1"})
    (fact,) = [each for each in lines(incident) if each.event_id]
    assert (fact.event_id, fact.kind) == ("e1", EntryKind.FACT)
    assert "事実に足す" not in client.get(url).content.decode()
    missing = client.post(f"{url}record/", {"event": "nothing"}, follow=True)
    assert "この案件にありません" in missing.content.decode()


@pytest.mark.parametrize(
    ("late", "word"),
    [(timedelta(hours=3), "届くまで3時間"), (-timedelta(hours=2), "進んでいるおそれ")],
)
def test_a_clock_that_is_wrong_shows(town: Town, analyst: User, late: timedelta, word: str) -> None:
    moment = now() - timedelta(hours=4)
    incident = Desk(town.aoba.organisation).incident(
        "PC-7", receive_time=moment + late, event_time=moment
    )
    event = incident.findings.get().body["evidence"][0]
    TimelineEntry.objects.of(incident.organisation_id).create(
        organisation_id=incident.organisation_id,
        incident=incident,
        at=moment,
        noted_at=moment + late,
        event_id=event["event_id"] if isinstance(event, dict) else "e",
        kind=EntryKind.FACT,
        text="x",
    )
    assert any(word in each.skew_ja for each in timeline(again(incident)))


def test_a_star_goes_into_the_export_and_nothing_acts_as_markup(
    client: Client, incident: Incident, analyst: User
) -> None:
    line = history.Line(at=now(), kind=EntryKind.FACT, text="<b>*太字*</b> [x](http://e)\n# 見出し")
    entry = history.add(incident=incident, line=line, user=analyst)
    client.post(f"/queue/{incident.number}/timeline/line/", {"act": "star", "entry": entry.pk})
    url = f"/queue/{incident.number}/timeline/export/"
    text = client.get(url, {"as": "text"})
    assert text["Content-Type"].startswith("text/plain")
    assert "JST［事実］" in text.content.decode()
    told = client.get(url, {"as": "markdown"}).content.decode()
    assert "★" in told
    assert "\\<b\\>\\*太字\\*" in told
    assert "\n# 見出し" not in told


def test_a_line_of_another_company_is_not_reached(client: Client, town: Town) -> None:
    entry = town.umi.incident.timeline.first()
    url = f"/queue/{town.aoba.incident.number}/timeline/line/"
    assert client.post(url, {"act": "show", "entry": entry.pk}).status_code == 404
    assert client.post(url, {"act": "?", "entry": entry.pk}).status_code == 302

"""One person's browsing: never on the company's own pages, and for us only with a reason."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hinomi.core.findings import Evidence, Finding
from hinomi.core.words import Disposition, Level
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.incidents.browsing import Opened
from hinomi.portal.incidents.models import IncidentFinding, TimelineEntry
from hinomi.portal.sources.arrivals import Known
from hinomi.store.finding_json import encode_finding
from hinomi.store.pipeline_rows import SourceStatus
from tests.portal.access.test_crawler import Crawl
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from tests.portal.town import Town

PLANTED = "himitsu-no-byouin"
LINE = (
    f'devname="FG" subtype="webfilter" user="tanaka" hostname="{PLANTED}.example.com"'
    f' url="/{PLANTED}" referralurl="https://{PLANTED}.example.com/{PLANTED}" action="passthrough"'
)


@pytest.fixture
def planted(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A person's browsing in the evidence of an incident, and as samples of the source."""
    moment, incident = now(), town.aoba.incident
    finding = Finding(
        id="f1",
        organisation=town.aoba.organisation.id,
        source=town.aoba.source.id,
        rule_id="r1",
        rule_title="t",
        level=Level.HIGH,
        event_time=moment,
        receive_time=moment,
        device=incident.device,
        user="tanaka",
        case=incident.kind,
        disposition=Disposition.SEEN,
        tags=(),
        why=(),
        evidence=(Evidence("e1", moment, {"url": f"/{PLANTED}"}, LINE.encode()),),
        slots={},
        late=False,
        rule_pack="p",
        directory_generation=1,
    )
    body = encode_finding(finding)
    IncidentFinding.objects.create(
        organisation=town.aoba.organisation,
        incident=incident,
        finding_id="f1",
        partition=0,
        seq=1,
        event_at=moment,
        body=json.loads(body) if isinstance(body, bytes) else body,
    )
    status = SourceStatus(
        organisation=town.aoba.organisation.id,
        source=town.aoba.source.id,
        records=1,
        readable=1,
        set_aside=0,
        last_receive=moment,
        last_alive=moment,
        last_event=moment,
        first_readable_at=moment,
        first_readable=LINE,
        last_set_aside=LINE,
    )
    known = Known(statuses={town.aoba.source.id: status})
    monkeypatch.setattr("hinomi.portal.sources.arrivals.known", lambda _: known)
    monkeypatch.setattr(
        "hinomi.portal.sources.queries.arrivals.known",
        lambda _: replace(known),
        raising=False,
    )
    return town


@pytest.mark.parametrize("role", ["owner", "staff"])
def test_no_page_of_the_company_shows_what_somebody_opened(planted: Town, role: str) -> None:
    client = sign_in(planted.people[role, "own"])
    crawl = Crawl(client, canaries=[PLANTED])
    number, source = planted.aoba.incident.number, planted.aoba.source.id
    page = client.get(f"/incidents/{number}/").content.decode()
    assert "開いたサイトは出しません" in page, "the record is there, without what was opened"
    assert "開いたサイトは出しません" in client.get(f"/sources/{source}/").content.decode()
    assert crawl.run().faults == []


def test_the_walk_would_notice(planted: Town) -> None:
    client = sign_in(planted.people["analyst", "own"])
    page = client.get(f"/queue/{planted.aoba.incident.number}/").content.decode()
    assert PLANTED in page, "who looks into the incident sees the record that raised it"


def test_records_open_with_a_reason_only_and_the_company_sees_it(
    planted: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def found(incident: object) -> list[Opened]:
        asked.append(incident)
        return [Opened(now(), LINE)]

    monkeypatch.setattr("hinomi.portal.incidents.views.browsing.around", found)
    client = sign_in(planted.people["analyst", "own"])
    url = f"/queue/{planted.aoba.incident.number}/browsing/"
    assert PLANTED not in client.get(url).content.decode()
    assert client.post(url, {"reason": " "}).status_code == 422
    assert not asked
    answer = client.post(url, {"reason": "警報の前を確かめるため"})
    assert PLANTED in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    (entry,) = AuditEntry.objects.filter(what="incidents:browsing:open")
    assert entry.detail["reason"] == "警報の前を確かめるため"
    told = TimelineEntry.objects.of(planted.aoba.organisation.id)
    assert told.filter(visible_to_customer=True, text__contains="確かめるため").count() == 1
    owner = sign_in(planted.people["owner", "own"])
    page = owner.get(f"/incidents/{planted.aoba.incident.number}/").content.decode()
    assert "利用者の記録を開きました" in page
    assert PLANTED not in page


def test_an_empty_tower_has_nothing_to_open(planted: Town) -> None:
    client = sign_in(planted.people["analyst", "own"])
    url = f"/queue/{planted.aoba.incident.number}/browsing/"
    assert "この機器の記録はありません" in client.post(url, {"reason": "確かめる"}).content.decode()


def test_the_desk_opens_nobody_s_records(planted: Town) -> None:
    client = sign_in(planted.people["desk", "own"])
    assert client.get(f"/queue/{planted.aoba.incident.number}/browsing/").status_code == 403

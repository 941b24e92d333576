"""「これはいつものことです」: from the console, or the customer's answer, to the directory."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.core.directory import Usual
from hinomi.core.findings import Evidence, Finding
from hinomi.core.words import Disposition, Level
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import configuration
from hinomi.portal.incidents.models import Incident, IncidentFinding, TimelineEntry
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.store.directory import load
from hinomi.store.finding_json import encode_finding
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from tests.portal.town import Town

MOMENT = datetime(2026, 11, 20, 1, 12, tzinfo=UTC)


def told(town: Town, *, rule_id: str = "baseline-new-device", kind: str = "new_device") -> Incident:
    """The company's incident, told by a baseline."""
    incident = town.aoba.incident
    company = town.aoba.organisation.id
    incident.kind, incident.level = kind, "check"
    incident.save()
    finding = Finding(
        id="f1", organisation=company, source=town.aoba.source.id, rule_id=rule_id, rule_title="t",
        level=Level.LOW, event_time=MOMENT, receive_time=MOMENT, device="PC", user="", case=kind,
        disposition=Disposition.UNKNOWN, tags=(), why=(),
        evidence=(Evidence("E1", MOMENT, {}, b""),), slots={"usual_key": "abc"}, late=False,
        rule_pack="", directory_generation=0,
    )  # fmt: skip
    IncidentFinding.objects.create(
        organisation_id=company, incident=incident, finding_id="f1", partition=0, seq=1,
        event_at=MOMENT, body=json.loads(encode_finding(finding)),
    )  # fmt: skip
    return incident


def published() -> set[Usual]:
    publish_if_changed()
    return set(load(data=configuration().data).usual)


def thing(town: Town, measure: str = "baseline-new-device") -> Usual:
    return Usual(town.aoba.organisation.id, measure, "abc")


def test_an_analyst_calls_it_usual_and_takes_it_back(town: Town) -> None:
    incident = told(town)
    client = sign_in(town.people["analyst", "own"])
    url = f"/queue/{incident.number}/usual/"
    assert "これはいつものことです" in client.get(f"/queue/{incident.number}/").content.decode()

    page = client.post(url, {"usual": "yes"}, follow=True).content.decode()
    assert "取り消す" in page
    assert published() == {thing(town)}
    page = client.post(url, {"usual": "no"}, follow=True).content.decode()
    assert "これはいつものことです</button>" in page
    assert published() == set()

    assert AuditEntry.objects.filter(what="incidents:usual:say").count() == 2
    lines = TimelineEntry.objects.of(incident.organisation_id).filter(text__contains="いつものこと")
    assert [line.visible_to_customer for line in lines] == [False, False]


def test_the_desk_does_not_decide_what_is_usual(town: Town) -> None:
    incident = told(town)
    client = sign_in(town.people["desk", "own"])

    assert "これはいつものこと" not in client.get(f"/queue/{incident.number}/").content.decode()
    assert client.post(f"/queue/{incident.number}/usual/", {"usual": "yes"}).status_code == 403
    assert published() == set()


def test_an_incident_of_a_rule_has_nothing_to_confirm(town: Town) -> None:
    client = sign_in(town.people["analyst", "own"])
    number = town.aoba.incident.number

    assert "ふだんとの違い" not in client.get(f"/queue/{number}/").content.decode()
    client.post(f"/queue/{number}/usual/", {"usual": "yes"})
    assert published() == set()


@pytest.mark.parametrize(
    ("kind", "measure", "is_heeded"),
    [
        ("new_device", "baseline-new-device", True),
        ("new_program", "baseline-new-program", True),
        ("unusual_login", "baseline-unusual-hour", False),
        ("unusual_traffic", "baseline-volume", False),
    ],
)
def test_a_customer_knows_their_own_devices_and_programs(
    town: Town, kind: str, measure: str, is_heeded: bool
) -> None:
    incident = told(town, rule_id=measure, kind=kind)
    client = sign_in(town.people["owner", "own"])
    url = f"/incidents/{incident.number}/answer/"

    client.post(url, {"choice": "mine"})
    assert published() == ({thing(town, measure)} if is_heeded else set())
    client.post(url, {"choice": "not_mine"})
    assert published() == set()

"""今日の警報: each company in one line, its own alerts only, and silence never called peace."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.time import configuration, now
from hinomi.portal.incidents.models import Incident, IncidentFinding
from hinomi.portal.organisations.services import add_organisation
from hinomi.store.pipeline import FILE_NAME
from hinomi.store.pipeline_rows import DetectWork, SourceStatus
from hinomi.store.pipeline_writer import PipelineWriter
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from datetime import datetime

    from django.test import Client

    from tests.portal.town import Company, Town


@pytest.fixture
def client(town: Town) -> Client:
    return sign_in(town.people["desk", "own"])


def found(company: Company, *moments: datetime) -> None:
    """Findings of the company's incident at these moments."""
    seq = IncidentFinding.objects.across_all(reason="a free number").count()
    for number, at in enumerate(moments, start=seq + 1):
        IncidentFinding.objects.create(
            organisation=company.organisation,
            incident=company.incident,
            finding_id=f"f{number}",
            partition=0,
            seq=number,
            event_at=at,
            body={},
        )


def heard(company: Company, at: datetime) -> None:
    """A readable record of the company arrived then."""
    status = SourceStatus(company.organisation.id, company.source.id, 1, 1, 0, at, last_alive=at)
    writer = PipelineWriter(configuration().data / FILE_NAME)
    writer.claim(owner="test", is_free=lambda *_: True)
    writer.commit_detect(DetectWork(offsets={0: 1}, sources=[status]))
    writer.close()


def rows(client: Client, question: str = "") -> list[dict[str, str]]:
    raw = client.get(f"/today/?as=csv{question}").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(raw)))


def test_todays_alerts_are_counted_per_company(town: Town, client: Client) -> None:
    moment = now()
    found(town.aoba, moment, moment, moment - timedelta(days=2))
    found(town.umi, moment)
    counts = {row["会社"]: row["今日の警報の数"] for row in rows(client)}
    assert counts == {"青葉工務店": "2", "文京歯科": "0"}
    page = client.get("/today/").content.decode()
    assert "2社のうち1社に、警報が2件あります" in page
    assert town.aoba.incident.number in page
    assert "海野水産" not in page
    assert town.umi.canary not in page


def test_a_company_without_alerts_says_when_it_was_heard(town: Town, client: Client) -> None:
    heard(town.fumi, now() - timedelta(days=3))
    told = {row["会社"]: row["最後に届いた記録"] for row in rows(client)}
    assert told["青葉工務店"] == "まだ届いていません"
    assert told["文京歯科"].endswith("が最後です")
    heard(town.fumi, now())
    told = {row["会社"]: row["最後に届いた記録"] for row in rows(client, "&view=none")}
    assert told["文京歯科"].startswith("今日")
    assert {row["会社"] for row in rows(client, "&view=unheard")} == {"青葉工務店"}


def test_filters_and_search_choose_companies(town: Town, client: Client) -> None:
    found(town.aoba, now())
    assert [row["会社"] for row in rows(client, "&view=alerts")] == ["青葉工務店"]
    assert [row["会社"] for row in rows(client, "&view=none")] == ["文京歯科"]
    assert [row["会社"] for row in rows(client, "&q=文京")] == ["文京歯科"]
    assert "見つかりませんでした" in client.get("/today/?q=ない会社").content.decode()


def test_the_urgent_come_first(town: Town, client: Client) -> None:
    Incident.objects.of(town.aoba.organisation.id).update(level="check")
    found(town.aoba, now(), now(), now())
    found(town.fumi, now())
    assert [row["会社"] for row in rows(client)] == ["文京歯科", "青葉工務店"]


def test_a_name_that_excel_would_run_is_harmless(town: Town, client: Client) -> None:
    add_organisation(name='=HYPERLINK("http://x.example","y")', firm_id=town.firm.id)
    names = [row["会社"] for row in rows(client)]
    assert any(name.startswith("'=HYPERLINK") for name in names)


def test_four_hundred_companies_are_few_questions(
    town: Town, client: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(40):
        add_organisation(name=f"会社{number:02d}", firm_id=town.firm.id)
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        assert client.get("/today/").status_code == 200

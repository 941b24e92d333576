"""A source that stops is an incident; one that is being set up, or our own fault, is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import DecisionRecord, Incident
from hinomi.portal.incidents.silence import watch_sources
from hinomi.portal.notices.models import Notice
from hinomi.portal.sources.services import Wanted, register_source
from hinomi.store.pipeline_rows import SourceStatus

if TYPE_CHECKING:
    from hinomi.portal.sources.models import Source
    from tests.portal.conftest import Town

LONG_AGO = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


class Statuses:
    """The pipeline's knowledge, in memory."""

    def __init__(self) -> None:
        self.heard: dict[tuple[str, str], datetime] = {}

    def source_status(self, organisation: str) -> dict[str, SourceStatus]:
        return {
            source: SourceStatus(
                organisation=company,
                source=source,
                records=1,
                readable=1,
                set_aside=0,
                last_receive=at,
                last_alive=at,
            )
            for (company, source), at in self.heard.items()
            if company == organisation
        }


@pytest.fixture
def source(town: Town) -> Source:
    wanted = Wanted(kind="fortigate", name="本社の見守り機器", expect_every_s=60)
    return register_source(organisation_id=town.aoba.organisation.id, wanted=wanted).source


@pytest.fixture
def statuses() -> Statuses:
    return Statuses()


def silent_ones(source: Source) -> list[Incident]:
    rows = Incident.objects.of(source.organisation_id).filter(kind="sensor_silent")
    return list(rows.order_by("pk"))


def hear(statuses: Statuses, source: Source, ago: timedelta) -> None:
    statuses.heard[source.organisation_id, source.pk] = now() - ago


def test_a_source_that_stopped_is_reported_once_with_its_name(
    source: Source, statuses: Statuses
) -> None:
    hear(statuses, source, timedelta(hours=1))
    assert watch_sources(statuses, listening_since=LONG_AGO) == 1
    assert watch_sources(statuses, listening_since=LONG_AGO) == 0
    (incident,) = silent_ones(source)
    assert (incident.level, incident.state) == ("today", "new")
    mails = Notice.objects.of(source.organisation_id).filter(incident_number=incident.number)
    assert mails.count() == 2
    assert "「本社の見守り機器」からの信号が" in mails[0].body_text


def test_a_source_that_speaks_again_is_put_away_with_a_record(
    source: Source, statuses: Statuses
) -> None:
    hear(statuses, source, timedelta(hours=1))
    watch_sources(statuses, listening_since=LONG_AGO)
    hear(statuses, source, timedelta(seconds=1))
    watch_sources(statuses, listening_since=LONG_AGO)
    assert [incident.state for incident in silent_ones(source)] == ["done"]
    records = DecisionRecord.objects.of(source.organisation_id)
    assert records.filter(kind="source_speaks_again").count() == 1


@pytest.mark.parametrize("heard", [False, True])
def test_nothing_is_said_of_a_source_in_time_or_never_heard(
    source: Source, statuses: Statuses, heard: bool
) -> None:
    if heard:
        hear(statuses, source, timedelta(seconds=10))
    watch_sources(statuses, listening_since=LONG_AGO)
    assert silent_ones(source) == []


def test_our_own_absence_is_not_the_customers_silence(source: Source, statuses: Statuses) -> None:
    hear(statuses, source, timedelta(hours=9))
    watch_sources(statuses, listening_since=now() - timedelta(seconds=20))
    assert silent_ones(source) == []


def test_most_sources_silent_at_once_points_at_ourselves(
    source: Source, town: Town, statuses: Statuses
) -> None:
    for number in range(5):
        wanted = Wanted(kind="yamaha", name=f"機器{number}", expect_every_s=60)
        other = register_source(organisation_id=town.fumi.organisation.id, wanted=wanted).source
        hear(statuses, other, timedelta(hours=1))
    hear(statuses, source, timedelta(hours=1))
    assert watch_sources(statuses, listening_since=LONG_AGO) == 0
    assert silent_ones(source) == []

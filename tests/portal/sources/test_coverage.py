"""Coverage from what the worker kept: of one company, in hours that are over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.core.clock import FixedClock
from hinomi.core.ids import partition_of
from hinomi.portal.sources.coverage import coverage
from hinomi.store.health_rows import AwakeHour, HealthWork, SourceDay
from hinomi.store.pipeline import FILE_NAME
from hinomi.store.pipeline_rows import DetectWork
from hinomi.store.pipeline_writer import PipelineWriter
from tests.portal.town import configured

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Company, Town

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
START = datetime(2026, 11, 20, tzinfo=UTC)


def heard(data: Path, company: Company, *, hours: int) -> None:
    organisation = company.organisation.id
    day = SourceDay(organisation, company.source.id, NOW.date(), hours=hours, records=9)
    writer = PipelineWriter(data / FILE_NAME)
    writer.claim(owner="test", is_free=lambda *_: True)
    work = DetectWork(offsets={partition_of(organisation): 1}, health=HealthWork(days=[day]))
    writer.commit_detect(work)
    for hour in range(12):
        bits = 0 if hour == 5 else (1 << 60) - 1
        writer.note_awake(AwakeHour(START + timedelta(hours=hour), bits, bits))
    writer.close()


def test_our_waking_times_the_sensors_that_were_on(
    town: Town, data: Path, settings: SettingsWrapper
) -> None:
    settings.HINOMI = configured(clock=FixedClock(NOW))
    heard(data, town.aoba, hours=0b1111_1111)
    found = coverage(town.aoba.organisation.id, since=START, until=START + timedelta(days=1))
    (sensor,) = found.sensors
    assert (sensor.watched, sensor.ours, sensor.silent) == (7, 1, 4)
    assert found.gaps == (START + timedelta(hours=5),)
    assert found.until == NOW, "hours to come are not claimed"


def test_another_companys_hours_are_none_of_this_one(
    town: Town, data: Path, settings: SettingsWrapper
) -> None:
    settings.HINOMI = configured(clock=FixedClock(NOW))
    heard(data, town.aoba, hours=0b1111)
    other = coverage(town.fumi.organisation.id, since=START, until=NOW)
    assert [each.due for each in other.sensors] == [0]
    assert other.share is None

"""28 December to 5 January on a virtual clock: who is told of what, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from hinomi.business.working_days import Calendar
from hinomi.core.clock import FixedClock
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.silence import watch_sources
from hinomi.portal.sources.looking import learn_some
from hinomi.portal.sources.models import SourceWatch
from hinomi.portal.sources.services import Wanted, expect_of, register_source
from hinomi.store.health_rows import SourceDay, SourceHealth, Volume
from hinomi.store.pipeline_rows import SourceStatus
from tests.portal.conftest import configured

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_django.fixtures import SettingsWrapper

    from hinomi.portal.sources.models import Source
    from tests.portal.conftest import Town

JST = ZoneInfo("Asia/Tokyo")
FIRST = datetime(2026, 12, 28, tzinfo=JST)
HOURS = 24 * 9  # to the end of 5 January
WORK = Calendar()
DARK = (datetime(2027, 1, 1, 3, tzinfo=JST), datetime(2027, 1, 1, 9, tzinfo=JST))  # our own sleep


def office(moment: datetime) -> bool:
    """A person at work."""
    return WORK.is_open(moment)


def by_day(moment: datetime) -> bool:
    """The breaker is off from 19 to 8, and on closed days."""
    return WORK.is_open_day(moment.date()) and 8 <= moment.hour < 19


def always(moment: datetime) -> bool:
    """Day and night."""
    return True


def until_the_31st(moment: datetime) -> bool:
    """Its power cord falls out on the 31st at noon."""
    return moment < datetime(2026, 12, 31, 12, tzinfo=JST)


def each_morning(moment: datetime) -> bool:
    """A daily report at seven."""
    return moment.hour == 7


@dataclass
class Thing:
    """A source of the story: when it speaks, and whether it says goodbye."""

    source: Source
    speaks: Callable[[datetime], bool]
    says_goodbye: bool = False


@dataclass
class Story:
    """What the pipeline knows at the moment the story has reached."""

    things: list[Thing] = field(default_factory=list)
    moment: datetime = FIRST

    def last_heard(self) -> Mapping[tuple[str, str], SourceStatus]:
        heard = {}
        for thing in self.things:
            key = (thing.source.organisation_id, thing.source.pk)
            last = self._last(thing)
            heard[key] = SourceStatus(*key, 9, 9, 0, last_receive=last, last_alive=last)
        return heard

    def all_health(self, *, now: datetime) -> Mapping[tuple[str, str], SourceHealth]:
        found = {}
        for thing in self.things:
            key = (thing.source.organisation_id, thing.source.pk)
            is_off = thing.says_goodbye and not thing.speaks(self.moment)
            off_at = self._last(thing) if is_off else None
            found[key] = SourceHealth(Volume(*key, 1), off_at, "off" if is_off else "")
        return found

    def source_days(
        self, organisations: Sequence[str], *, since: date, until: date
    ) -> Sequence[SourceDay]:
        return [
            self._day(thing, since + timedelta(days=n))
            for thing in self.things
            for n in range((until - since).days + 1)
        ]

    def _day(self, thing: Thing, day: date) -> SourceDay:
        hours = 0
        for hour in range(24):
            moment = datetime.combine(day, time(hour), tzinfo=ZoneInfo("UTC")).astimezone(JST)
            hours |= thing.speaks(moment) << hour
        return SourceDay(thing.source.organisation_id, thing.source.pk, day, hours, 99, 99)

    def _last(self, thing: Thing) -> datetime:
        moment = self.moment
        while not thing.speaks(moment):
            moment -= timedelta(hours=1)
        return moment + timedelta(minutes=50) if moment < self.moment else moment


@pytest.fixture
def story(town: Town) -> Story:
    company = town.aoba.organisation
    cast = (
        ("UTM", "fortigate", 900, always, False),
        ("夜は消えるUTM", "fortigate", 900, by_day, False),
        ("抜けるUTM", "fortigate", 900, until_the_31st, False),
        ("経理のPC", "windows", 0, office, False),
        ("総務のPC", "windows", 0, office, True),
        ("日報", "auto", 86_400, each_morning, False),
    )
    told = Story()
    for name, kind, every_s, speaks, goodbye in cast:
        wanted = Wanted(kind=kind, name=name, expect_every_s=every_s)
        source = register_source(organisation_id=company.id, wanted=wanted).source
        told.things.append(Thing(source, speaks, goodbye))
    expect_of(source=told.things[-1].source, source_class="mail", expect_every_s=86_400)
    return told


def test_over_the_year_end_only_the_cord_that_fell_out_is_told(
    story: Story, town: Town, settings: SettingsWrapper
) -> None:
    opened: list[tuple[str, datetime]] = []
    gaps: list[tuple[datetime, datetime]] = []
    for hour in range(0, HOURS, 3):
        story.moment = FIRST + timedelta(hours=hour)
        if DARK[0] <= story.moment < DARK[1]:
            continue  # the tower sleeps, and starts again
        if story.moment == DARK[1]:
            gaps.append(DARK)
        settings.HINOMI = configured(clock=FixedClock(story.moment))
        before = _told(town)
        watch_sources(story, gaps=gaps, is_well=lambda: True)
        if hour == 0:
            learn_some(story)
        opened += [(name, story.moment) for name in _told(town) - before]
        if story.moment == datetime(2027, 1, 2, 15, tzinfo=JST):
            assert _states(town) == {
                "UTM": "watching",
                "夜は消えるUTM": "off",
                "抜けるUTM": "silent",
                "経理のPC": "off",
                "総務のPC": "off",
                "日報": "watching",
            }
    assert [name for name, _ in opened] == ["抜けるUTM"]
    (_, when), *_ = opened
    assert when == datetime(2026, 12, 31, 15, tzinfo=JST)


def _states(town: Town) -> dict[str, str]:
    rows = SourceWatch.objects.of(town.aoba.organisation.id).exclude(state="waiting")
    return dict(rows.values_list("source__name", "state"))


def _told(town: Town) -> set[str]:
    rows = Incident.objects.of(town.aoba.organisation.id).filter(kind="sensor_silent")
    return {row.slots["sensor"] for row in rows}

"""The clock runs through the year end and お盆: closed companies wake nobody, and what dies
meanwhile is told when it should be."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import MassSilence
from hinomi.portal.organisations.calendars import add_special_days
from tests.portal.bell.test_silence import Says, at, look, make, silent_ones, state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_django.fixtures import SettingsWrapper

    from hinomi.portal.organisations.models import Organisation
    from hinomi.portal.sources.models import Source
    from tests.portal.town import Town

    Speaks = Callable[[datetime], bool]

STEP = timedelta(hours=3)


@pytest.fixture(autouse=True)
def _no_question_yet(town: Town) -> None:
    MassSilence.objects.across_all(reason="a clean start").delete()


def jst(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+09:00")


def closed(company: Organisation, first: str, last: str, name: str) -> None:
    add_special_days(
        organisation_id=company.id,
        first=date.fromisoformat(first),
        last=date.fromisoformat(last),
        name=name,
        is_open=False,
        user_id=None,
    )


def office(*, until: str, since: str) -> Speaks:
    """A PC that works on weekdays from nine to six, and not between the two days."""

    def speaks(moment: datetime) -> bool:
        away = jst(until) <= moment < jst(since)
        return not away and moment.weekday() < 5 and 9 <= moment.hour < 18

    return speaks


def always(*, until: str = "2099-01-01T00:00") -> Speaks:
    return lambda moment: moment < jst(until)


def pass_time(
    settings: SettingsWrapper,
    says: Says,
    first: str,
    last: str,
    town: Mapping[str, tuple[Source, Speaks]],
) -> dict[str, dict[str, str]]:
    """Every third hour the bell looks; returns by day what each source was at 15:00."""
    moment, states = jst(first), defaultdict[str, dict[str, str]](dict)
    while moment <= jst(last):
        at(settings, moment)
        for source, speaks in town.values():
            if speaks(moment):
                says.hear(source, timedelta(minutes=5))
        look(says)
        if moment.hour == 15:
            for name, (source, _) in town.items():
                states[name][f"{moment:%m-%d}"] = state_of(source)
        moment += STEP
    assert now() <= jst(last)
    return states


def told(source: Source) -> list[str]:
    """The days on which its silence was told."""
    mine = [each for each in silent_ones(source) if each.slots["sensor"] == source.name]
    return [f"{each.opened_at + timedelta(hours=9):%m-%d}" for each in mine]


def test_the_year_end_on_a_virtual_clock(town: Town, settings: SettingsWrapper) -> None:
    aoba, fumi, umi = (each.organisation for each in (town.aoba, town.fumi, town.umi))
    at(settings, jst("2026-12-24T09:00"))
    closed(fumi, "2026-12-26", "2027-01-05", "冬季休業")
    street = {
        "aoba": (
            make(aoba, "受付", kind="windows", every_s=0),
            office(until="2026-12-28T18:00", since="2027-01-04T09:00"),
        ),
        "fumi": (
            make(fumi, "レジ", kind="windows", every_s=0),
            office(until="2026-12-25T18:00", since="2027-01-06T09:00"),
        ),
        "broken": (
            make(umi, "工場", kind="windows", every_s=0),
            office(until="2026-12-28T18:00", since="2099-01-01T00:00"),
        ),
        "utm": (make(aoba, "UTM", every_s=14_400), always()),
        "dead": (make(umi, "UTM", every_s=3_600), always(until="2026-12-31T21:00")),
    }
    says = Says()
    states = pass_time(settings, says, "2026-12-24T09:00", "2027-01-08T21:00", street)
    for name in ("aoba", "fumi", "utm"):
        assert told(street[name][0]) == [], name
    days_off = [f"12-{day}" for day in (29, 30, 31)] + ["01-01", "01-02", "01-03"]
    assert {states["aoba"][day] for day in days_off} == {"off"}
    assert {states["fumi"][day] for day in ["12-28", *days_off, "01-04", "01-05"]} == {"off"}
    assert (states["aoba"]["01-04"], states["fumi"]["01-06"]) == ("watching", "watching")
    assert set(states["utm"].values()) == {"watching"}
    # A PC that never came back: three working days, not the nine days of the calendar.
    assert told(street["broken"][0]) == ["01-06"]
    assert states["broken"]["01-05"] == "late"
    # What always runs is missed at once, holidays or not.
    assert told(street["dead"][0]) == ["12-31"]


def test_obon_and_a_works_holiday_in_summer(town: Town, settings: SettingsWrapper) -> None:
    aoba, fumi = town.aoba.organisation, town.fumi.organisation
    at(settings, jst("2026-08-06T09:00"))
    closed(fumi, "2026-08-10", "2026-08-18", "夏季休業")
    street = {
        "aoba": (
            make(aoba, "受付", kind="windows", every_s=0),
            office(until="2026-08-12T18:00", since="2026-08-17T09:00"),
        ),
        "fumi": (
            make(fumi, "レジ", kind="windows", every_s=0),
            office(until="2026-08-07T18:00", since="2026-08-19T09:00"),
        ),
    }
    states = pass_time(settings, Says(), "2026-08-06T09:00", "2026-08-20T21:00", street)
    assert [told(source) for source, _ in street.values()] == [[], []]
    assert {states["aoba"][f"08-{day}"] for day in (13, 14, 15, 16)} == {"off"}
    assert {states["fumi"][f"08-{day}"] for day in range(10, 19)} == {"off"}
    assert (states["aoba"]["08-17"], states["fumi"]["08-19"]) == ("watching", "watching")

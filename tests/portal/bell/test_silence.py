"""A source that stops is an incident; one that is being set up, switched off, or our own fault, is
not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.core import mail

from hinomi.core.clock import FixedClock
from hinomi.portal.access.time import now
from hinomi.portal.incidents import mass_silence
from hinomi.portal.incidents.models import (
    DecisionRecord,
    HeldSilence,
    Incident,
    MassSilence,
)
from hinomi.portal.incidents.silence import watch_sources
from hinomi.portal.notices.models import Notice
from hinomi.portal.organisations.calendars import add_special_days
from hinomi.portal.sources.looking import learn_some
from hinomi.portal.sources.models import Source, SourceWatch
from hinomi.portal.sources.services import Wanted, register_source, revoke_source
from hinomi.store.health_rows import SourceDay, SourceHealth, Volume
from hinomi.store.pipeline_rows import SourceStatus
from tests.portal.town import configured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pytest_django.fixtures import SettingsWrapper

    from hinomi.portal.organisations.models import Organisation
    from tests.portal.town import Town

LONG_AGO = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
FRIDAY_NIGHT = datetime.fromisoformat("2026-11-20T20:00:00+09:00")
HOUR = timedelta(hours=1)


@dataclass
class Says:
    """The pipeline's knowledge, in memory."""

    heard: dict[tuple[str, str], SourceStatus] = field(default_factory=dict)
    off: dict[tuple[str, str], SourceHealth] = field(default_factory=dict)
    days: list[SourceDay] = field(default_factory=list)

    def last_heard(self) -> Mapping[tuple[str, str], SourceStatus]:
        return self.heard

    def all_health(self, *, now: datetime) -> Mapping[tuple[str, str], SourceHealth]:
        return self.off

    def source_days(
        self, organisations: Sequence[str], *, since: date, until: date
    ) -> Sequence[SourceDay]:
        return [
            day
            for day in self.days
            if day.organisation in organisations and since <= day.day <= until
        ]

    def hear(self, source: Source, ago: timedelta) -> None:
        key, at = (source.organisation_id, source.pk), now() - ago
        self.heard[key] = SourceStatus(*key, 1, 1, 0, last_receive=at, last_alive=at)

    def goodbye(self, source: Source, reason: str) -> None:
        key = (source.organisation_id, source.pk)
        at = self.heard[key].last_alive
        self.off[key] = SourceHealth(Volume(*key, 1), at, reason)


@pytest.fixture(autouse=True)
def _no_question_yet(town: Town) -> None:
    """The cast has an open question; here each test begins without one."""
    MassSilence.objects.across_all(reason="a clean start").delete()


@pytest.fixture
def source(town: Town) -> Source:
    return make(town.aoba.organisation, "本社の見守り機器")


@pytest.fixture
def says() -> Says:
    return Says()


def make(company: Organisation, name: str, *, kind: str = "fortigate", every_s: int = 60) -> Source:
    wanted = Wanted(kind=kind, name=name, expect_every_s=every_s)
    return register_source(organisation_id=company.id, wanted=wanted).source


def look(says: Says, *, since: datetime = LONG_AGO, well: bool = False) -> int:
    return watch_sources(says, gaps=[(LONG_AGO, since)], is_well=lambda: well)


def silent_ones(source: Source) -> list[Incident]:
    rows = Incident.objects.of(source.organisation_id).filter(kind="sensor_silent")
    return list(rows.order_by("pk"))


def state_of(source: Source) -> str:
    return SourceWatch.objects.of(source.organisation_id).get(source=source).state


def decisions(source: Source) -> list[str]:
    rows = DecisionRecord.objects.of(source.organisation_id).order_by("sequence")
    return list(rows.values_list("kind", flat=True))


def at(settings: SettingsWrapper, moment: datetime) -> None:
    settings.HINOMI = configured(clock=FixedClock(moment))


def test_a_source_that_stopped_is_reported_once_with_its_name(source: Source, says: Says) -> None:
    says.hear(source, HOUR)
    assert look(says) == 1
    assert look(says) == 0
    (incident,) = silent_ones(source)
    assert (incident.level, incident.state) == ("today", "new")
    mails = Notice.objects.of(source.organisation_id).filter(incident_number=incident.number)
    assert mails.count() == 2
    assert "「本社の見守り機器」からの信号が" in mails[0].body_text
    assert state_of(source) == "silent"


def test_a_source_that_speaks_again_is_put_away_with_a_record(source: Source, says: Says) -> None:
    says.hear(source, HOUR)
    look(says)
    says.hear(source, timedelta(seconds=1))
    assert look(says) == 1
    assert [incident.state for incident in silent_ones(source)] == ["done"]
    assert "source_speaks_again" in decisions(source)
    assert state_of(source) == "watching"


def test_what_a_person_closed_is_not_told_again_in_the_same_silence(
    source: Source, says: Says
) -> None:
    says.hear(source, HOUR)
    look(says)
    Incident.objects.of(source.organisation_id).filter(kind="sensor_silent").update(state="done")
    assert look(says) == 0
    says.hear(source, timedelta(minutes=30))  # it spoke once, and fell silent again
    assert look(says) == 1
    assert len(silent_ones(source)) == 2


@pytest.mark.parametrize("heard", [False, True])
def test_nothing_is_said_of_a_source_in_time_or_never_heard(
    source: Source, says: Says, heard: bool
) -> None:
    if heard:
        says.hear(source, timedelta(seconds=10))
    look(says)
    assert silent_ones(source) == []
    assert state_of(source) == ("watching" if heard else "waiting")


def test_our_own_absence_is_not_the_customers_silence(source: Source, says: Says) -> None:
    says.hear(source, timedelta(hours=9))
    look(says, since=now() - timedelta(seconds=20))
    assert silent_ones(source) == []


def test_minutes_of_our_own_sleep_hide_no_long_silence(source: Source, says: Says) -> None:
    """Else a tower that is updated each day would never tell of a PC or a monthly mail."""
    says.hear(source, timedelta(hours=9))
    nap = (now() - timedelta(minutes=20), now() - timedelta(minutes=1))
    assert watch_sources(says, gaps=[nap], is_well=lambda: False) == 1


def test_a_pc_that_is_switched_off_over_the_weekend_is_no_silence(
    town: Town, says: Says, settings: SettingsWrapper
) -> None:
    at(settings, FRIDAY_NIGHT)
    pc = make(town.aoba.organisation, "経理2番", kind="windows", every_s=0)
    says.hear(pc, 2 * HOUR)
    for later, state in ((0, "off"), (2, "off"), (3, "off"), (4, "late"), (6, "silent")):
        at(settings, FRIDAY_NIGHT + timedelta(days=later))
        look(says)
        assert state_of(pc) == state, later
    (incident,) = silent_ones(pc)
    assert incident.level == "check"
    assert incident.slots["opens"].startswith("11月27日（金）8時30分")


def test_holidays_that_a_person_adds_later_put_the_silence_away(
    town: Town, says: Says, settings: SettingsWrapper
) -> None:
    at(settings, FRIDAY_NIGHT)
    pc = make(town.aoba.organisation, "経理2番", kind="windows", every_s=0)
    says.hear(pc, 2 * HOUR)
    at(settings, FRIDAY_NIGHT + timedelta(days=6))
    look(says)
    assert [incident.state for incident in silent_ones(pc)] == ["new"]
    add_special_days(
        organisation_id=pc.organisation_id,
        first=(FRIDAY_NIGHT + timedelta(days=3)).date(),
        last=(FRIDAY_NIGHT + timedelta(days=7)).date(),
        name="社員旅行",
        is_open=False,
        user_id=None,
    )
    look(says)
    assert [incident.state for incident in silent_ones(pc)] == ["done"]
    assert "source_was_off" in decisions(pc)


def test_a_goodbye_is_no_silence_and_removed_software_is_one_at_once(
    town: Town, says: Says
) -> None:
    company = town.aoba.organisation
    off, gone = (make(company, name, kind="windows", every_s=0) for name in ("経理", "総務"))
    for pc, reason in ((off, "off"), (gone, "removed")):
        says.hear(pc, timedelta(days=2))
        says.goodbye(pc, reason)
    look(says)
    assert state_of(off) == "off"
    (incident,) = silent_ones(gone)  # of the company: the one that is off has none
    assert incident.slots["sensor"] == "総務"
    assert incident.slots["sensor_kind"] == "removed"


def test_records_that_come_and_cannot_be_read_any_more_are_a_silence_too(
    source: Source, says: Says
) -> None:
    says.hear(source, timedelta(seconds=5))
    look(says)
    seen = SourceWatch.objects.of(source.organisation_id)
    seen.filter(source=source).update(parse_rate=0.1)
    assert look(says) == 1
    says.hear(source, timedelta(seconds=1))  # one of ten can still be read
    assert look(says) == 0
    (incident,) = silent_ones(source)
    assert incident.slots["sensor_kind"] == "unreadable"
    Incident.objects.of(source.organisation_id).filter(pk=incident.pk).update(state="done")
    assert look(says) == 0, "once, also when a person closed it"
    seen.filter(source=source).update(parse_rate=1.0)
    look(says)
    assert state_of(source) == "watching"


def test_a_stopped_source_is_not_judged_any_more(source: Source, says: Says) -> None:
    says.hear(source, HOUR)
    revoke_source(source=source)
    assert look(says) == 0


def test_usual_hours_are_learned_from_days_and_used(
    town: Town, says: Says, settings: SettingsWrapper
) -> None:
    at(settings, FRIDAY_NIGHT)
    shop = make(town.aoba.organisation, "店の機器", every_s=900)
    office = sum(1 << hour for hour in range(10))  # 9:00 to 18:59 in Tokyo
    for back in range(1, 22):
        day = (FRIDAY_NIGHT - timedelta(days=back)).date()
        if day.weekday() < 5:
            says.days.append(SourceDay(shop.organisation_id, shop.pk, day, office, 500, 500))
    says.hear(shop, timedelta(minutes=68))
    look(says)  # nothing is known yet: an hour instead of a quarter of an hour is silence
    assert state_of(shop) == "silent"
    assert learn_some(says) >= 1
    look(says)
    assert state_of(shop) == "off"
    assert [incident.state for incident in silent_ones(shop)] == ["done"]


# Many at once: is it us?


def many(
    town: Town, says: Says, *, silent: int, speaking: int, alive: str = "syslog"
) -> list[Source]:
    """Silent sources of two companies of our firm, and others that speak."""
    companies = (town.aoba.organisation, town.fumi.organisation)
    made = [make(companies[n % 2], f"機器{n}") for n in range(silent)]
    for one in made:
        says.hear(one, HOUR)
    kind = "fortigate" if alive == "syslog" else "auto"
    for n in range(speaking):
        says.hear(make(town.umi.organisation, f"元気{n}", kind=kind), timedelta(seconds=5))
    return made


def question(town: Town) -> MassSilence:
    return MassSilence.objects.of(town.firm.pk).latest("pk")


def all_silent(town: Town) -> int:
    rows = Incident.objects.across_all(reason="the test counts all")
    return rows.filter(kind="sensor_silent").count()


def test_many_silent_at_once_are_asked_about_before_customers_hear(town: Town, says: Says) -> None:
    many(town, says, silent=4, speaking=6)
    assert look(says) == 0
    assert all_silent(town) == 0
    asked = question(town)
    assert (asked.silent, asked.judged, asked.answer) == (4, 10, "")
    assert look(says) == 0
    assert MassSilence.objects.of(town.firm.pk).count() == 1
    assert "mass_silence_held" in decisions(town.aoba.source)
    assert not any(town.aoba.organisation.name in one.body for one in mail.outbox)


def test_one_company_without_power_is_told_at_once(town: Town, says: Says) -> None:
    for n in range(5):
        says.hear(make(town.aoba.organisation, f"機器{n}"), HOUR)
    assert look(says) == 5


def test_a_person_says_it_is_the_customers_and_they_are_told(town: Town, says: Says) -> None:
    made = many(town, says, silent=4, speaking=6)
    look(says)
    person = town.people["analyst", "own"]
    assert mass_silence.answer(mass=question(town), choice="customers", reason="回線", user=person)
    assert not mass_silence.answer(mass=question(town), choice="ours", reason="x", user=person)
    assert look(says) == 4
    assert all(len(silent_ones(one)) == 2 for one in made[:2])
    assert "mass_silence_told" in decisions(town.aoba.source)
    assert look(says) == 0


def test_a_person_says_it_was_us_and_nobody_is_written_to(
    town: Town, says: Says, settings: SettingsWrapper
) -> None:
    start = now()
    at(settings, start)
    many(town, says, silent=4, speaking=6)
    look(says)
    person = town.people["manager", "own"]
    mass_silence.answer(mass=question(town), choice="ours", reason="回線の工事", user=person)
    assert look(says) == 0
    assert look(says) == 0
    assert all_silent(town) == 0
    assert "mass_silence_dropped" in decisions(town.aoba.source)
    # Who is silent hours later has its own reason: it is judged again.
    at(settings, start + timedelta(hours=3))
    for key in list(says.heard):
        if key[0] == town.umi.organisation.id:
            says.heard[key] = SourceStatus(*key, 1, 1, 0, last_receive=now(), last_alive=now())
    look(says)
    held = HeldSilence.objects.across_all(reason="the test counts all").filter(settled_at=None)
    assert held.count() + all_silent(town) == 4


def test_ten_minutes_of_our_own_good_health_answer_for_a_person(
    town: Town, says: Says, settings: SettingsWrapper
) -> None:
    start = now()
    at(settings, start)
    many(town, says, silent=4, speaking=6)
    look(says, well=True)
    look(says, well=True)
    assert all_silent(town) == 0
    at(settings, start + timedelta(minutes=11))
    _keep_speaking(town, says)
    look(says, well=True)  # ten minutes are over: the question is answered
    assert question(town).answer == "well"
    assert look(says, well=True) == 4


def test_our_health_proves_nothing_when_nobody_else_speaks_on_that_way(
    town: Town, says: Says, settings: SettingsWrapper
) -> None:
    start = now()
    at(settings, start)
    many(town, says, silent=4, speaking=6, alive="http")
    look(says, well=True)
    at(settings, start + timedelta(minutes=11))
    _keep_speaking(town, says)
    look(says, well=True)
    look(says, well=True)
    assert question(town).answer == ""
    assert all_silent(town) == 0


def test_when_they_speak_again_the_question_is_over(town: Town, says: Says) -> None:
    made = many(town, says, silent=4, speaking=6)
    look(says)
    for one in made:
        says.hear(one, timedelta(seconds=1))
    assert look(says) == 0
    assert question(town).answer == "over"
    assert all_silent(town) == 0
    assert "mass_silence_spoke" in decisions(town.aoba.source)


def test_what_falls_silent_while_the_question_is_open_belongs_to_it(town: Town, says: Says) -> None:
    many(town, says, silent=4, speaking=6)
    look(says)
    late = make(town.aoba.organisation, "あとから")
    says.hear(late, HOUR)
    assert look(says) == 0
    assert question(town).silent == 5


def _keep_speaking(town: Town, says: Says) -> None:
    for key in list(says.heard):
        if key[0] == town.umi.organisation.id:
            says.heard[key] = SourceStatus(*key, 1, 1, 0, last_receive=now(), last_alive=now())


def test_20_000_sources_take_the_same_number_of_queries(
    town: Town, says: Says, django_assert_max_num_queries: object
) -> None:
    for n in range(30):
        says.hear(make(town.fumi.organisation, f"機器{n}"), timedelta(seconds=1))
    look(says)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        look(says)

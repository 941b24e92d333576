"""States of a source on a virtual clock: nights, weekends, year end, goodbyes, floods."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.business.rhythm import Usual, learn, learn_gap_s
from hinomi.business.watching import Heard, Rhythm, SourceClass, Watch, state
from hinomi.business.working_days import Calendar

JST = ZoneInfo("Asia/Tokyo")
PLAIN = Calendar()
PC = Rhythm(SourceClass.PC)
UTM = Rhythm(SourceClass.NETWORK, expect_every_s=900)
OFFICE = Usual(sum(1 << hour for hour in range(8, 19)), 0)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def heard(last: str, **changes: object) -> Heard:
    return Heard(records=9, readable=9, last_alive=at(last), **changes)  # type: ignore[arg-type]


def judged(last: str, now: str, rhythm: Rhythm = PC, **changes: object) -> Watch:
    return state(heard(last, **changes), rhythm, calendar=PLAIN, now=at(now))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-20T17:58", Watch.WATCHING),
        ("2026-11-20T20:00", Watch.OFF),  # the evening
        ("2026-11-22T12:00", Watch.OFF),  # the weekend
        ("2026-11-24T08:00", Watch.OFF),  # before work, after a holiday
        ("2026-11-24T18:30", Watch.LATE),  # a whole working day without it
        ("2026-11-26T17:00", Watch.LATE),
        ("2026-11-26T18:30", Watch.SILENT),  # three of them
    ],
)
def test_a_pc_that_is_closed_each_evening_is_judged_in_working_days(
    now: str, expected: Watch
) -> None:
    assert judged("2026-11-20T17:50", now) is expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-12-31T12:00", Watch.OFF),
        ("2027-01-03T12:00", Watch.OFF),
        ("2027-01-04T08:00", Watch.OFF),
        ("2027-01-05T08:00", Watch.LATE),
        ("2027-01-06T18:30", Watch.SILENT),
    ],
)
def test_nobody_is_woken_over_the_year_end(now: str, expected: Watch) -> None:
    assert judged("2026-12-28T17:50", now) is expected


@pytest.mark.parametrize("now", ["2026-05-06T12:00", "2026-08-16T12:00"])
def test_golden_week_and_obon_are_no_silence(now: str) -> None:
    before = {"2026-05-06T12:00": "2026-05-01T17:50", "2026-08-16T12:00": "2026-08-12T17:50"}
    assert judged(before[now], now) is Watch.OFF


def test_a_pc_that_pauses_for_hours_in_working_time_is_late() -> None:
    assert judged("2026-11-20T09:00", "2026-11-20T11:30") is Watch.WATCHING
    assert judged("2026-11-20T09:00", "2026-11-20T12:30") is Watch.LATE


def test_a_pc_that_runs_day_and_night_is_not_off_at_night() -> None:
    always = Rhythm(SourceClass.PC, usual=Usual((1 << 24) - 1, (1 << 24) - 1))
    assert judged("2026-11-20T17:50", "2026-11-20T23:00", always) is Watch.LATE


def test_a_goodbye_means_off_for_weeks_and_then_a_look() -> None:
    off = {"off_at": at("2026-11-20T17:51"), "off_reason": "off"}
    assert judged("2026-11-20T17:51", "2026-11-30T12:00", **off) is Watch.OFF
    assert judged("2026-11-20T17:51", "2026-12-20T12:00", **off) is Watch.LATE


def test_software_that_was_removed_is_silence_at_once() -> None:
    gone = {"off_at": at("2026-11-20T17:51"), "off_reason": "removed"}
    assert judged("2026-11-20T17:51", "2026-11-20T17:52", **gone) is Watch.SILENT


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(14, Watch.WATCHING), (16, Watch.LATE), (44, Watch.LATE), (46, Watch.SILENT)],
)
def test_a_utm_is_judged_by_the_clock_also_at_night(minutes: int, expected: Watch) -> None:
    last = at("2026-11-22T02:00")
    now = last + timedelta(minutes=minutes)
    assert state(Heard(1, 1, last), UTM, calendar=PLAIN, now=now) is expected


def test_a_utm_that_is_silent_every_night_is_off_at_night_and_silent_by_day() -> None:
    nightly = Rhythm(SourceClass.NETWORK, 900, OFFICE)
    assert judged("2026-11-20T18:55", "2026-11-20T23:00", nightly) is Watch.OFF
    assert judged("2026-11-20T18:55", "2026-11-24T07:59", nightly) is Watch.OFF
    assert judged("2026-11-20T18:55", "2026-11-24T08:50", nightly) is Watch.SILENT


def test_what_nobody_gave_a_rhythm_is_judged_by_its_own_past() -> None:
    learned = Rhythm(SourceClass.NETWORK, usual=OFFICE)
    assert judged("2026-11-20T10:10", "2026-11-20T11:50", learned) is Watch.WATCHING
    assert judged("2026-11-20T10:10", "2026-11-20T13:10", learned) is Watch.LATE
    assert judged("2026-11-20T10:10", "2026-11-20T17:10", learned) is Watch.SILENT
    assert judged("2026-11-20T18:10", "2026-11-23T12:00", learned) is Watch.OFF


def test_what_speaks_only_when_something_happens_is_never_silent() -> None:
    seldom = Rhythm(SourceClass.NETWORK, usual=Usual(0, 0))
    assert judged("2026-11-01T10:10", "2026-11-20T17:10", seldom) is Watch.QUIET


@pytest.mark.parametrize(
    ("every_s", "late_after", "silent_after"),
    [(86_400, 27, 37), (604_800, 186, 253), (2_678_400, 820, 1_120)],
)
def test_a_mail_is_judged_by_its_own_rhythm(
    every_s: int, late_after: int, silent_after: int
) -> None:
    last, mail = at("2026-11-01T07:00"), Rhythm(SourceClass.MAIL, every_s)
    states = [
        state(Heard(1, 1, last), mail, calendar=PLAIN, now=last + timedelta(hours=hours))
        for hours in (int(every_s / 3600), late_after, silent_after)
    ]
    assert states == [Watch.WATCHING, Watch.LATE, Watch.SILENT]


def test_before_the_first_record_it_waits_and_without_a_readable_one_it_is_blind() -> None:
    assert state(Heard(), UTM, calendar=PLAIN, now=at("2026-11-20T12:00")) is Watch.WAITING
    blind = Heard(records=5)
    assert state(blind, UTM, calendar=PLAIN, now=at("2026-11-20T12:00")) is Watch.UNREADABLE


def test_too_little_readable_is_as_bad_as_nothing() -> None:
    assert judged("2026-11-20T12:00", "2026-11-20T12:01", UTM, parse_rate=0.3) is Watch.UNREADABLE
    assert judged("2026-11-20T12:00", "2026-11-20T12:01", UTM, parse_rate=0.9) is Watch.WATCHING


def test_what_sends_on_and_cannot_be_read_any_more_is_not_called_silent() -> None:
    babbling = {"last_unreadable": at("2026-11-20T12:00")}
    assert judged("2026-11-20T10:00", "2026-11-20T12:01", UTM, **babbling) is Watch.UNREADABLE
    assert judged("2026-11-20T10:00", "2026-11-20T13:01", UTM, **babbling) is Watch.SILENT
    assert judged("2026-11-20T12:00", "2026-11-20T12:01", UTM, **babbling) is Watch.WATCHING


def test_a_flood_shows_while_it_speaks_and_never_hides_silence() -> None:
    now = "2026-11-20T12:01"
    assert judged("2026-11-20T12:00", now, UTM, volume="flood") is Watch.TOO_MUCH
    assert judged("2026-11-20T12:00", now, UTM, volume="recovering") is Watch.WATCHING
    assert judged("2026-11-20T10:00", now, UTM, volume="flood") is Watch.SILENT


def test_a_clock_that_jumped_back_makes_nobody_silent() -> None:
    assert judged("2026-11-20T12:00", "2026-11-19T12:00", UTM) is Watch.WATCHING


def test_usual_hours_are_learned_per_working_and_closed_day_in_the_companys_clock() -> None:
    today, office_utc = date(2026, 11, 20), sum(1 << hour for hour in range(10))  # 9 to 18 in Tokyo
    days = [today - timedelta(days=n) for n in range(1, 22)]
    spoken = {day: office_utc if PLAIN.is_open_day(day) else 0 for day in days}
    usual = learn(spoken, calendar=PLAIN, today=today)
    assert usual == Usual(sum(1 << hour for hour in range(9, 19)), 0)


def test_nothing_is_usual_before_a_week_of_work_is_known() -> None:
    few = {date(2026, 11, 18): 1, date(2026, 11, 19): 1}
    assert learn(few, calendar=PLAIN, today=date(2026, 11, 20)) is None
    assert learn({}, calendar=PLAIN, today=date(2026, 11, 20)) is None


FROM, TO = datetime(2026, 1, 1), datetime(2028, 12, 31)  # noqa: DTZ001 - hypothesis adds the zone


@pytest.mark.parametrize(
    ("ages", "gap_days"),
    [
        (range(1, 25), 1),  # every day
        ([age for age in range(1, 25) if (date(2026, 11, 20) - timedelta(age)).weekday() < 5], 3),
        ((2, 9, 16, 23), 7),  # every week
        ((3, 10), 0),  # too few to say
    ],
)
def test_a_report_by_mail_tells_its_own_rhythm(ages: range, gap_days: int) -> None:
    today = date(2026, 11, 20)
    heard_on = {today - timedelta(days=age): 1 << 22 for age in ages}
    assert learn_gap_s(heard_on, today=today) == gap_days * 86_400


moments = st.datetimes(FROM, TO, timezones=st.just(UTC))
rhythms = st.builds(
    Rhythm,
    st.sampled_from(SourceClass),
    st.sampled_from([0, 60, 900, 3_600, 86_400]),
    st.none() | st.builds(Usual, st.integers(0, (1 << 24) - 1), st.integers(0, (1 << 24) - 1)),
)


@given(last=moments, seconds=st.integers(-10_000, 40 * 86_400), rhythm=rhythms)
def test_every_source_has_one_state_and_a_fresh_record_always_means_watching(
    last: datetime, seconds: int, rhythm: Rhythm
) -> None:
    found = state(Heard(1, 1, last), rhythm, calendar=PLAIN, now=last + timedelta(seconds=seconds))
    assert found in Watch
    assert found not in (Watch.REVOKED, Watch.WAITING, Watch.TOO_MUCH)
    if seconds <= 60:
        assert found is Watch.WATCHING


@given(last=moments, hours=st.integers(1, 900), more=st.integers(1, 48))
def test_once_silent_it_stays_silent_until_it_speaks(last: datetime, hours: int, more: int) -> None:
    for rhythm in (PC, UTM, Rhythm(SourceClass.NETWORK, usual=OFFICE)):
        now = last + timedelta(hours=hours)
        if state(Heard(1, 1, last), rhythm, calendar=PLAIN, now=now) is Watch.SILENT:
            later = now + timedelta(hours=more)
            again = state(Heard(1, 1, last), rhythm, calendar=PLAIN, now=later)
            assert again is Watch.SILENT

"""What a batch says of its senders' health."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.records import Event, SetAside
from hinomi.core.signals import Goodbye, goodbye_record
from hinomi.core.words import SetAsideReason, TimeNote
from hinomi.pipeline.worker_health import PRINTS, HealthWatch, Prints

if TYPE_CHECKING:
    from hinomi.store.health_rows import HealthWork, Power, SourceDay

NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
NAME = "shiken-abcdefgh"


def an_event(number: int = 0, *, behind: timedelta = timedelta(0), **changes: object) -> Event:
    plain = Event(
        event_id=f"E{number}",
        organisation="org_aoi",
        source="src_1",
        shape="windows",
        device="PC-1",
        event_time=NOW - behind,
        receive_time=NOW,
        fields={},
        raw=b"line %d" % number,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def a_note(raw: bytes = b"\xff") -> SetAside:
    return SetAside("E9", "org_aoi", "src_1", NOW, SetAsideReason.EMPTY, "nothing", raw)


def windows(event_id: int, provider: str, *, at: datetime) -> Event:
    fields = {"EventID": str(event_id), "Provider_Name": provider}
    return an_event(fields=fields, event_time=at)


def looked(*records: Event | SetAside, awaited: dict[str, str] | None = None) -> HealthWork:
    watch = HealthWatch(lambda *_: None)
    return watch.look(records, findings=(), awaited=awaited or {})


def day(*records: Event | SetAside) -> SourceDay:
    (only,) = looked(*records).days
    return only


def power(*records: Event) -> Power:
    (only,) = looked(*records).powers
    return only


def test_readable_records_mark_their_hour_and_unreadable_ones_do_not() -> None:
    assert day(an_event(), a_note()).hours == 1 << 1
    assert day(a_note()).hours == 0


def test_an_old_buffer_that_is_emptied_does_not_mark_the_hour() -> None:
    assert day(an_event(behind=timedelta(hours=25))).hours == 0


@pytest.mark.parametrize(
    ("behind", "count"),
    [
        (timedelta(seconds=30), "on_time"),
        (timedelta(minutes=10), "minutes_behind"),
        (timedelta(hours=3), "hours_behind"),
        (timedelta(hours=9), "zone_behind"),
        (timedelta(days=2), "days_behind"),
    ],
)
def test_clocks_are_counted_by_how_far_they_are_behind(behind: timedelta, count: str) -> None:
    assert getattr(day(an_event(behind=behind)), count) == 1


def test_a_clock_that_is_ahead_counts_and_a_record_without_time_says_nothing() -> None:
    assert day(an_event(time_note=TimeNote.FUTURE)).ahead == 1
    silent = day(an_event(time_note=TimeNote.RECEIVED))
    assert (silent.on_time, silent.ahead) == (0, 0)


def test_a_mail_is_as_new_as_its_own_date_whatever_it_reports() -> None:
    """Else a monthly report would never be heard, and an old mailbox would look alive."""
    month = timedelta(days=30)
    report = an_event(shape="mail", behind=month, fields={"mail.date": NOW.isoformat()})
    assert (day(report).hours, day(report).days_behind) == (1 << 1, 0)
    old = an_event(shape="mail", fields={"mail.date": (NOW - month).isoformat()})
    assert day(old).hours == 0
    for broken in ("", "yesterday", "2026-11-21T10:00:00"):
        kept = an_event(shape="mail", behind=month, fields={"mail.date": broken})
        assert day(kept).hours == 0


def test_the_same_record_again_is_a_repeat_also_in_a_later_batch() -> None:
    watch = HealthWatch(lambda *_: None)
    counts = [
        watch.look(batch, findings=(), awaited={}).days[0].duplicates
        for batch in ([an_event(1), an_event(1), an_event(2)], [an_event(2), an_event(3)])
    ]
    assert counts == [1, 1]


def test_the_same_words_of_another_source_are_no_repeat() -> None:
    days = looked(an_event(1), an_event(1, source="src_2")).days
    assert [each.duplicates for each in days] == [0, 0]


def test_prints_are_bounded_and_forget_the_oldest() -> None:
    prints = Prints()
    assert not any(prints.is_repeat("src_1", b"%d" % n) for n in range(PRINTS * 2 + 1))
    assert prints.is_repeat("src_1", b"%d" % (PRINTS * 2))
    assert not prints.is_repeat("src_1", b"0")


@pytest.mark.parametrize(
    ("event_id", "provider"),
    [(1074, "User32"), (6006, "EventLog"), (42, "Microsoft-Windows-Kernel-Power")],
)
def test_windows_says_goodbye(event_id: int, provider: str) -> None:
    assert power(windows(event_id, provider, at=NOW)).off_at == NOW


def test_the_same_number_of_another_program_is_no_goodbye() -> None:
    assert power(windows(42, "Some-Backup", at=NOW)).off_at is None


def test_the_agents_goodbye_carries_its_reason() -> None:
    gone = an_event(fields=goodbye_record(Goodbye.REMOVED), shape="generic")
    assert (power(gone).off_at, power(gone).off_reason) == (NOW, "removed")
    again = an_event(fields=goodbye_record(Goodbye.RESTART), shape="generic")
    assert power(again).off_at is None


def test_a_goodbye_of_a_newer_agent_counts_as_off() -> None:
    unknown = an_event(fields={"hinomi": "goodbye", "reason": "hibernate"}, shape="generic")
    assert power(unknown).off_reason == "off"


def test_the_newest_goodbye_and_the_newest_other_record_are_kept() -> None:
    early, late = NOW - timedelta(hours=9), NOW - timedelta(hours=1)
    found = power(
        windows(6006, "EventLog", at=late),
        windows(1074, "User32", at=early),
        an_event(event_time=early),
    )
    assert (found.off_at, found.on_at) == (late, early)


def test_a_try_is_seen_in_readable_and_unreadable_records() -> None:
    line = f"admin login failed user={NAME.upper()}".encode()
    tries = looked(an_event(raw=line), a_note(line), awaited={NAME: "org_aoi"}).tries
    assert [(each.name, each.readable) for each in tries] == [(NAME, True), (NAME, False)]


def test_a_try_of_another_company_and_one_nobody_waits_for_say_nothing() -> None:
    event = an_event(raw=NAME.encode())
    assert list(looked(event, awaited={NAME: "org_fumi"}).tries) == []
    assert list(looked(event, awaited={"shiken-bbbbbbbb": "org_aoi"}).tries) == []


def test_after_a_failed_batch_nothing_is_counted_twice() -> None:
    watch = HealthWatch(lambda *_: None)
    first = watch.look([an_event(1)], findings=(), awaited={})
    watch.forget()
    assert watch.look([an_event(1)], findings=(), awaited={}) == first

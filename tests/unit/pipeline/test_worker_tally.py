"""What one batch changes in the pipeline store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hinomi.core.records import Event, SetAside
from hinomi.core.words import SetAsideReason
from hinomi.pipeline.worker_tally import SAMPLE_LENGTH, tally
from hinomi.store.pipeline_rows import DetectWork, SeenDevice, SetAsideCount, SourceStatus

NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def an_event(*, source: str = "src_1", received: datetime = NOW, device: str = "PC-1") -> Event:
    return Event(
        event_id="E1",
        organisation="org_aoi",
        source=source,
        shape="windows",
        device=device,
        event_time=received,
        receive_time=received,
        fields={},
        raw=b"line",
    )


def a_note(*, received: datetime = NOW) -> SetAside:
    return SetAside("E2", "org_aoi", "src_1", received, SetAsideReason.EMPTY, "nothing", b"\xff")


def tallied(*records: Event | SetAside) -> DetectWork:
    return tally(
        records,
        findings=(),
        offsets={1: 2},
        text_of_raw=lambda raw: raw.decode(errors="replace"),
    )


def status(*records: Event | SetAside) -> SourceStatus:
    (only,) = tallied(*records).sources
    return only


def test_records_are_counted_as_readable_or_set_aside() -> None:
    found = status(an_event(), a_note(), an_event(received=LATER))
    assert (found.records, found.readable, found.set_aside) == (3, 2, 1)
    assert found.last_receive == LATER


def test_each_source_has_its_own_status() -> None:
    work = tallied(an_event(), an_event(source="src_2"))
    assert [each.source for each in work.sources] == ["src_1", "src_2"]


def test_the_first_readable_record_is_kept_as_a_sample_for_the_owner() -> None:
    found = status(a_note(), an_event(received=LATER), an_event(received=NOW))
    assert (found.first_readable, found.first_readable_at) == ("line", LATER)


def test_a_sample_is_cut_to_what_a_person_reads() -> None:
    found = status(replace(an_event(), raw=b"x" * 9_999))
    assert len(found.first_readable) == SAMPLE_LENGTH


def test_late_records_do_not_prove_that_a_source_is_alive() -> None:
    """Else a box that only empties its old buffer would look healthy."""
    late = replace(an_event(), event_time=NOW - timedelta(hours=25))
    assert status(late).last_alive is None
    assert status(late, an_event()).last_alive == NOW
    assert status(an_event(), replace(late, receive_time=LATER)).last_alive == NOW


def test_unreadable_records_never_prove_that_a_source_is_alive() -> None:
    found = status(a_note())
    assert found.last_alive is None
    assert found.last_set_aside_reason == "empty"
    assert found.last_set_aside == "\ufffd"


def test_set_aside_records_are_counted_by_their_receive_day() -> None:
    work = tallied(a_note(), a_note(), a_note(received=NOW + timedelta(days=1)))
    assert work.set_aside == [
        SetAsideCount("org_aoi", "src_1", NOW.date(), "empty", 2),
        SetAsideCount("org_aoi", "src_1", (NOW + timedelta(days=1)).date(), "empty", 1),
    ]


def test_a_device_is_seen_from_its_first_to_its_last_record() -> None:
    work = tallied(an_event(), an_event(received=LATER), an_event(device=""))
    assert work.devices == [SeenDevice("org_aoi", "PC-1", "src_1", NOW, LATER)]


def test_what_a_relay_hears_is_kept_apart_from_machines_that_send() -> None:
    fields = {"event": "found", "key": "00142201aa02", "device": "KEIRI-02", "names": "KEIRI-02",
              "known_s": "60", "silent_s": "1", "os": "judged anew at each look"}  # fmt: skip
    work = tallied(replace(an_event(device="KEIRI-02"), shape="discovery", fields=fields))
    (heard,) = work.lan
    assert work.devices == []
    assert (heard.organisation, heard.source, heard.key) == ("org_aoi", "src_1", "00142201aa02")
    assert heard.facts == {"device": "KEIRI-02", "names": "KEIRI-02"}
    assert (NOW - heard.first_heard, NOW - heard.last_heard) == (
        timedelta(seconds=60), timedelta(seconds=1),
    )  # fmt: skip
    assert tallied(an_event()).lan == []

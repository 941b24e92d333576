"""Events in a lake as the worker leaves them, for tests that hunt in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.config import Config
from hinomi.core.clock import FixedClock
from hinomi.core.directory import Directory, Organisation
from hinomi.core.findings import Evidence, Finding, Why, finding_id
from hinomi.core.records import Event
from hinomi.core.words import Disposition, Level
from hinomi.normalise import declared_fields
from hinomi.pipeline.worker_hunts import HuntIntake
from hinomi.store.directory import publish
from hinomi.store.lake_writer import LakeBuffer, write_bundle
from hinomi.store.pipeline_writer import PipelineWriter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from hinomi.core.records import SetAside

NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
AOI, FUMI, GONE = "org_aoi", "org_fumi", "org_gone"
COMPANIES = (
    Organisation(AOI, "葵工務店"),
    Organisation(FUMI, "文商店", retention_days=30),
    Organisation(GONE, "閉じた会社", is_deleted=True),
)


def process(number: int, image: str = "C:\\Windows\\notepad.exe", **more: object) -> Event:
    """A program start; `days_ago` moves both its times."""
    moment = NOW - timedelta(days=float(str(more.pop("days_ago", 0)))) + timedelta(seconds=number)
    fields = {"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": "1", "Image": image}
    return Event(
        event_id=f"E{number:025d}",
        organisation=str(more.pop("organisation", AOI)),
        source="src_1",
        shape="windows",
        device="PC-1",
        event_time=moment,
        receive_time=moment,
        fields={**fields, **{name: str(value) for name, value in more.items()}},
        raw=f"raw {number}".encode(),
    )


def sent_by_firewall(number: int, **fields: str) -> Event:
    """A line of a firewall of 葵, now."""
    return replace(process(number), shape="fortigate", fields=fields)


def a_config(data: Path) -> Config:
    """Settings of a folder on the day of the events."""
    return Config(data=data, clock=FixedClock(NOW + timedelta(hours=1)))


def finding(number: int, *, organisation: str = AOI) -> Finding:
    """What a hunt found on one event."""
    event = process(number, organisation=organisation)
    return Finding(
        id=finding_id(rule_id="rule", event_id=event.event_id),
        organisation=organisation,
        source="src_1",
        rule_id="rule",
        rule_title="A rule",
        level=Level.HIGH,
        event_time=event.event_time,
        receive_time=event.receive_time,
        device="PC-1",
        user="",
        case="",
        disposition=Disposition.UNKNOWN,
        tags=(),
        why=(Why("s", "Image", "a", "a"),),
        evidence=(Evidence(event.event_id, event.event_time, event.fields, event.raw),),
        slots={},
        late=True,
        rule_pack="",
        directory_generation=1,
    )


def publish_companies(data: Path, *, left: Iterable[str] = ()) -> None:
    """The three companies of these tests: two customers and one that left."""
    companies = tuple(
        replace(each, is_deleted=True) if each.id in left else each for each in COMPANIES
    )
    publish(Directory(organisations=companies), data=data)


def take_in_hunts(data: Path) -> None:
    """What the worker does in its calm moments."""
    store = PipelineWriter(data / "pipeline.sqlite")
    store.claim(owner="w", is_free=lambda *_: True)
    intake = HuntIntake(data, store=store)
    while intake.take():
        pass
    store.release()
    store.close()


def fill_lake(data: Path, records: Iterable[Event | SetAside]) -> None:
    """One file per day and shape, listed as the worker lists it."""
    buffer = LakeBuffer(declared=declared_fields)
    buffer.add(list(records), offsets={0: 1}, monotonic=0)
    work = write_bundle(buffer.take(), folder=data / "lake", now=NOW)
    store = PipelineWriter(data / "pipeline.sqlite")
    store.claim(owner="w", is_free=lambda *_: True)
    store.commit_lake(work)
    store.release()
    store.close()

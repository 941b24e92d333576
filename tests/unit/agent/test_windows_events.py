"""Windows' event logs on recorded events: each once, over restarts and cleared logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hinomi.agent.windows_events import ChannelUnread, WindowsCollector
from hinomi.core.records import Event, RawRecord
from hinomi.normalise import read_record

if TYPE_CHECKING:
    from pathlib import Path

SYSMON = "Microsoft-Windows-Sysmon/Operational"
_EVENT = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Microsoft-Windows-Sysmon'/><EventID>1</EventID>"
    "<TimeCreated SystemTime='2026-11-20T01:00:00.1234567Z'/>"
    "<EventRecordID>{number}</EventRecordID><Channel>" + SYSMON + "</Channel>"
    "<Computer>PC-01</Computer></System><EventData>"
    "<Data Name='Image'>C:\\Windows\\System32\\cmd.exe</Data>"
    "<Data Name='CommandLine'>cmd /c echo a\r\n echo b</Data></EventData></Event>"
)


@dataclass
class Recorded:
    """An event log that holds what a test puts into it."""

    events: dict[str, list[int]] = field(default_factory=dict)

    def after(self, channel: str, number: int, *, most: int) -> list[str]:
        numbers = [each for each in self._of(channel) if each > number][:most]
        return [_EVENT.replace("{number}", str(each)) for each in numbers]

    def newest(self, channel: str) -> int:
        return max(self._of(channel), default=0)

    def _of(self, channel: str) -> list[int]:
        if channel not in self.events:
            raise ChannelUnread(15007, "no such channel")
        return self.events[channel]


class Clock:
    now = 1_795_165_200.0

    def __call__(self) -> float:
        self.now += 10
        return self.now


def _collector(log: Recorded, tmp_path: Path) -> WindowsCollector:
    return WindowsCollector(
        log=log, places=tmp_path / "channels.json", channels=(SYSMON, "Security"), wall=Clock()
    )


def test_only_what_comes_from_now_on_is_sent_and_each_event_once(tmp_path: Path) -> None:
    log = Recorded({SYSMON: [1, 2], "Security": []})
    collector = _collector(log, tmp_path)
    assert collector.read() == []
    log.events[SYSMON] += [3, 4]
    assert len(collector.read()) == 2
    assert collector.read() == []


def test_after_a_restart_it_goes_on_where_the_spool_has_it(tmp_path: Path) -> None:
    log = Recorded({SYSMON: [1], "Security": []})
    collector = _collector(log, tmp_path)
    collector.read()
    log.events[SYSMON].append(2)
    collector.read()
    collector.keep_place()
    log.events[SYSMON] += [3, 4]
    assert len(_collector(log, tmp_path).read()) == 2


def test_a_log_that_somebody_cleared_is_read_from_its_start(tmp_path: Path) -> None:
    log = Recorded({SYSMON: [10, 11], "Security": []})
    collector = _collector(log, tmp_path)
    collector.read()
    log.events[SYSMON] = [1, 2, 3]
    assert len(collector.read()) == 3


def test_a_channel_that_cannot_be_read_is_said_and_stops_no_other(tmp_path: Path) -> None:
    log = Recorded({SYSMON: [1]})
    collector = _collector(log, tmp_path)
    collector.read()
    log.events[SYSMON].append(2)
    assert len(collector.read()) == 1
    assert collector.broken() == ["Windowsの記録「Security」を読めません。"]


def test_an_event_is_one_line_and_reads_as_windows_with_its_line_ends(tmp_path: Path) -> None:
    log = Recorded({SYSMON: [1], "Security": []})
    collector = _collector(log, tmp_path)
    collector.read()
    log.events[SYSMON].append(2)
    (told,) = collector.read()
    assert b"\n" not in told.body
    received = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    event = read_record(RawRecord("E", "aoi", "s", "agent", "Asia/Tokyo", received, told.body))
    assert isinstance(event, Event)
    assert (event.shape, event.device) == ("windows", "PC-01")
    assert event.fields["CommandLine"] == "cmd /c echo a\r\n echo b"


def test_places_nobody_can_read_begin_anew(tmp_path: Path) -> None:
    (tmp_path / "channels.json").write_text("[1]")
    assert _collector(Recorded({SYSMON: [5], "Security": []}), tmp_path).read() == []

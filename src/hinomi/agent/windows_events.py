"""The collector for Windows: event logs as the XML that Windows renders, each event once.

Behind the same interface as Linux' audit. The calls to Windows are in `windows_api`; this part is
tested on recorded events. 実機のWindowsでは未確認: no part of it has run on a real Windows.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Protocol

from hinomi.agent.collector import Told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

CHANNELS = (
    "Security",
    "System",
    "Microsoft-Windows-Sysmon/Operational",
    "Microsoft-Windows-PowerShell/Operational",
    "Microsoft-Windows-Windows Defender/Operational",
    "Microsoft-Windows-TaskScheduler/Operational",
    "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
)
_EVERY_S = 2.0
_AT_ONCE = 500  # of one channel at one look
_NUMBER = re.compile(r"<EventRecordID>(\d{1,20})</EventRecordID>")
_OPTIONAL = frozenset(CHANNELS[2:3])  # Sysmon is told about by the kit's own check


class ChannelUnread(OSError):
    """Windows does not let us read a channel, or has none of this name."""


class EventLog(Protocol):
    """What Windows offers, as far as we need it."""

    def after(self, channel: str, number: int, *, most: int) -> list[str]:
        """The oldest events with a higher record number, as XML. Raises ChannelUnread."""
        ...

    def newest(self, channel: str) -> int:
        """The record number of the newest event, 0 for an empty log. Raises ChannelUnread."""
        ...


class WindowsCollector:
    """`places`: a file of ours for the numbers reached. A channel met for the first time is read
    from now on; one that somebody cleared, from its start."""

    name = "windows"

    def __init__(
        self,
        *,
        log: EventLog,
        places: Path,
        channels: Sequence[str] = CHANNELS,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._log, self._places, self._channels, self._wall = log, places, channels, wall
        self._reached = _reached(places)
        self._unread: dict[str, str] = {}
        self._next = 0.0

    def fileno(self) -> int | None:
        """Nothing that select could wait on."""
        return None

    def read(self) -> Sequence[Told]:
        """New events of all channels, each channel's in its order."""
        now = self._wall()
        if 0 <= self._next - now <= _EVERY_S:
            return []
        self._next = now + _EVERY_S
        return [told for channel in self._channels for told in self._read(channel)]

    def broken(self) -> Sequence[str]:
        """Channels that cannot be read."""
        return [
            f"Windowsの記録「{channel}」を読めません。"
            for channel in self._unread
            if channel not in _OPTIONAL
        ]

    def lost(self) -> int:
        """Windows does not say."""
        return 0

    def keep_place(self) -> None:
        """Write down what was reached; called once what was read is in the spool."""
        draft = self._places.with_suffix(".draft")
        draft.write_text(json.dumps(self._reached), encoding="utf-8")
        draft.replace(self._places)

    def close(self) -> None:
        """Nothing was changed."""

    def _read(self, channel: str) -> list[Told]:
        try:
            found = self._new(channel)
            self._unread.pop(channel, None)
        except ChannelUnread as error:
            self._unread[channel] = str(error)
            return []
        return [Told("process", _one_line(xml)) for xml in found]

    def _new(self, channel: str) -> list[str]:
        if channel not in self._reached:
            self._reached[channel] = self._log.newest(channel)
            return []
        found = self._log.after(channel, self._reached[channel], most=_AT_ONCE)
        if not found and self._log.newest(channel) < self._reached[channel]:
            self._reached[channel] = 0  # cleared: its numbers begin anew
            found = self._log.after(channel, 0, most=_AT_ONCE)
        numbers = [int(number) for xml in found for number in _NUMBER.findall(xml)[:1]]
        self._reached[channel] = max(numbers, default=self._reached[channel])
        return found


def _one_line(xml: str) -> bytes:
    """Line ends inside an event as XML spells them: a record is a line on its way."""
    spelt = xml.replace("\r", "&#13;").replace("\n", "&#10;").replace("\x00", "")
    return spelt.encode("utf-8", "replace")


def _reached(places: Path) -> dict[str, int]:
    try:
        found = json.loads(places.read_text("utf-8"))
        return {str(channel): int(number) for channel, number in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}

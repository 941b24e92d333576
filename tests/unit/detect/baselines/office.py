"""Events of a small office for the tests of baselines: days in, events out, by a seed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zlib import crc32

from hinomi.core.records import Event
from hinomi.core.state import MemoryState
from hinomi.detect.baselines import MEASURES, Baselines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from hinomi.core.directory import Usual
    from hinomi.detect.baselines.measure import Measure
    from hinomi.detect.found import Found

AOI = "aoi"
FIRST = datetime(2026, 10, 4, 15, tzinfo=UTC)  # Monday 00:00 in Japan


def at(day: int, hour: float = 10.0) -> datetime:
    """A moment on the office's calendar: day 0 is a Monday, hours are Japan's."""
    return FIRST + timedelta(days=day, hours=hour)


def event(
    fields: Mapping[str, str],
    moment: datetime,
    *,
    shape: str = "fortigate",
    device: str = "",
    user: str = "",
    organisation: str = AOI,
) -> Event:
    """An event with an id that its content decides."""
    return Event(
        event_id=f"{moment:%d%H%M%S%f}-{crc32(repr((device, *fields.items())).encode()):x}",
        organisation=organisation,
        source="s1",
        shape=shape,
        device=device,
        event_time=moment,
        receive_time=moment,
        fields=fields,
        raw=b"",
        user=user,
    )


def watched(
    events: Iterable[Event],
    *,
    measures: Sequence[Measure] = MEASURES,
    usual: Collection[Usual] = (),
    state: MemoryState | None = None,
) -> list[Found]:
    """All that is told of the events, in this order."""
    baselines = Baselines(
        state if state is not None else MemoryState(),
        zones={AOI: "Asia/Tokyo"},
        usual=usual,
        measures=measures,
    )
    return [found for each in events for found in baselines(each)]

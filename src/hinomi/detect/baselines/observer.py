"""Asks every measure about every event. Holds nothing: all memory is in the state it is given."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hinomi.core.directory import Usual
from hinomi.detect.baselines.beaconing import BEACONING
from hinomi.detect.baselines.measure import Memory, found_of
from hinomi.detect.baselines.new_country import NEW_COUNTRY
from hinomi.detect.baselines.new_device import NEW_DEVICE
from hinomi.detect.baselines.new_program import NEW_PROGRAM, NEW_SERVICE
from hinomi.detect.baselines.unusual_hour import UNUSUAL_HOUR
from hinomi.detect.baselines.volume import VOLUME

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from hinomi.core.records import Event
    from hinomi.core.state import KeyedState
    from hinomi.detect.baselines.measure import Measure, Sighting
    from hinomi.detect.found import Found

MEASURES: tuple[Measure, ...] = (
    NEW_DEVICE,
    NEW_PROGRAM,
    NEW_SERVICE,
    NEW_COUNTRY,
    UNUSUAL_HOUR,
    BEACONING,
    VOLUME,
)
_JAPAN = timezone(timedelta(hours=9))


class Baselines:
    """Calls for each event; one thread. An event no measure reads costs one dictionary access."""

    def __init__(
        self,
        state: KeyedState,
        *,
        zones: Mapping[str, str],
        usual: Collection[Usual] = (),
        measures: Sequence[Measure] = MEASURES,
    ) -> None:
        """`zones`: organisation → IANA name. `usual`: what people have called normal."""
        self._state = state
        self._usual = frozenset(usual)
        self._zones = {name: ZoneInfo(zone) for name, zone in zones.items()}
        self._by_shape: dict[str, list[tuple[Measure, Callable[[Event], Sighting | None]]]] = {}
        for measure in measures:
            for shape, reader in measure.readers.items():
                self._by_shape.setdefault(shape, []).append((measure, reader))

    def __call__(self, event: Event) -> Iterator[Found]:
        """What differs from the normal of the event's company."""
        for measure, reader in self._by_shape.get(event.shape, ()):
            sighting = reader(event)
            if sighting is None:
                continue
            name = measure.teller.id
            difference = measure.judge(sighting, self._memory(event, name))
            if difference is None:
                continue
            if Usual(event.organisation, name, difference.key) not in self._usual:
                yield found_of(measure.teller, event, sighting, difference)

    def _memory(self, event: Event, measure: str) -> Memory:
        zone = self._zones.get(event.organisation, _JAPAN)
        return Memory(self._state, event.organisation, measure, event.event_time.astimezone(zone))

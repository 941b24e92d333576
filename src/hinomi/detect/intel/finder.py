"""Events → indicators they meet. Each text is looked up once and remembered.

Observation behind the speed: addresses and names repeat (most events of a firewall name a few
hundred), so nearly every look-up is one dictionary access. A text seen for the first time costs
2-10 µs. `reference_find` below is the specification; test_finder.py holds them equal.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.detect.found import Found
from hinomi.detect.intel.looks import Look, keys_of
from hinomi.detect.intel.told import slots_of, teller_of, why_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from hinomi.core.indicators import Indicator
    from hinomi.core.records import Event
    from hinomi.detect.intel.packed import Lookup

    LookOf = Callable[[str, str], Look | None]

MOST_FOUND = 5  # findings from one event; a page of bad links is one page
_MOST_REMEMBERED = 50_000  # texts: about 10 MB
_LONGEST_REMEMBERED = 300
_MOST_NAMES = 20_000  # field names of a shape; senders choose them in JSON
_RELATIVE = "/"
_NOW = timedelta(0)


class Finder:
    """Calls for each event; holds no event. `look_of(shape, field)` says what a field holds."""

    def __init__(self, known: Lookup, look_of: LookOf, *, early: timedelta = _NOW) -> None:
        """`early`: how long before an indicator's `valid_from` an event may lie. 0 in the stream;
        a look back reaches further, because feeds learn of attacks after they happened."""
        self.name = known.name
        self._known, self._look_of, self._early = known, look_of, early
        self._shapes: dict[str, _Looks] = {}
        self._remembered: dict[tuple[Look, str], tuple[Indicator, ...]] = {}

    def __call__(self, event: Event) -> list[Found]:
        """What the event meets, the surest first, at most MOST_FOUND."""
        looks = self._shapes.get(event.shape)
        if looks is None:
            looks = self._shapes[event.shape] = _Looks(event.shape, self._look_of)
        remembered = self._remembered
        hits: list[_Hit] = []
        for name, text in event.fields.items():
            look = looks[name]
            if look is None or not text:
                continue
            if look is Look.URL and text[0] == _RELATIVE:
                text = whole_url(event, text, looks.__getitem__)
            met = remembered.get((look, text))
            if met is None:
                met = self._look_up(look, text)
            for indicator in met:
                hits.append((indicator, look, name, text))
        return found_of(hits, event, early=self._early) if hits else []

    def _look_up(self, look: Look, text: str) -> tuple[Indicator, ...]:
        met = tuple(_meet(self._known, look, text))
        if len(text) <= _LONGEST_REMEMBERED:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[look, text] = met
        return met


_Hit = tuple["Indicator", Look, str, str]


class _Looks(dict[str, "Look | None"]):
    """Field name → what it holds, for one shape; asked once per name."""

    def __init__(self, shape: str, look_of: LookOf) -> None:
        super().__init__()
        self._shape, self._look_of = shape, look_of

    def __missing__(self, name: str) -> Look | None:
        if len(self) >= _MOST_NAMES:
            self.clear()
        found = self[name] = self._look_of(self._shape, name)
        return found


def reference_find(
    known: Lookup, look_of: LookOf, event: Event, *, early: timedelta = _NOW
) -> list[Found]:
    """The same without memory or shortcuts: the specification."""

    def look(name: str) -> Look | None:
        return look_of(event.shape, name)

    hits: list[_Hit] = []
    for name, value in event.fields.items():
        holds = look(name)
        if holds is None or not value:
            continue
        is_relative = holds is Look.URL and value.startswith(_RELATIVE)
        text = whole_url(event, value, look) if is_relative else value
        hits += [(indicator, holds, name, text) for indicator in _meet(known, holds, text)]
    return found_of(hits, event, early=early)


def whole_url(event: Event, path: str, look: Callable[[str], Look | None]) -> str:
    """Firewalls write the host and the path apart."""
    names = (value for name, value in event.fields.items() if value and look(name) is Look.NAME)
    return next(names, "") + path


def found_of(hits: Iterable[_Hit], event: Event, *, early: timedelta) -> list[Found]:
    """One Found per indicator and meaning that holds at the event's time, with every field that
    met it."""
    found: dict[str, Found] = {}
    for indicator, look, field, text in hits:
        if not _holds_at(indicator, event.event_time, early=early):
            continue
        teller = teller_of(indicator, look)
        why = why_of(indicator, field=field, value=text)
        before = found.get(teller.id)
        slots = slots_of(indicator, look, text) | dict(before.slots if before else {})
        reasons = (*(before.why if before else ()), why)
        found[teller.id] = Found(before.teller if before else teller, event, reasons,
                                 event.event_id, slots=slots)  # fmt: skip
    surest = sorted(found.values(), key=lambda one: (-one.teller.level.rank, one.teller.id))
    return surest[:MOST_FOUND]


def _meet(known: Lookup, look: Look, text: str) -> Iterator[Indicator]:
    seen = set()
    for key in keys_of(look, text, known):
        if key in seen:
            continue
        seen.add(key)
        indicator = known.find(*key)
        if indicator is not None:
            yield indicator


def _holds_at(indicator: Indicator, moment: datetime, *, early: timedelta) -> bool:
    since, until = indicator.valid_from, indicator.valid_until
    return (since is None or moment >= since - early) and (until is None or moment < until)

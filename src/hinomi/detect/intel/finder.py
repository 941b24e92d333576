"""Events → indicators they meet. Each text is looked up once and remembered.

Observations behind the speed: events of one kind have the same fields, so which of them are looked
at is decided once a layout; addresses, names and a page's host repeat, so nearly every look-up is
one dictionary access (1.5 µs an event; a text seen for the first time costs 3-12 µs). Measured in
benchmarks/intel.py. `reference_find` is the specification; test_finder.py holds them equal.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.detect.found import Found
from hinomi.detect.intel.looks import Look, asked_by
from hinomi.detect.intel.told import slots_of, teller_of, why_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from hinomi.core.indicators import Indicator
    from hinomi.core.records import Event
    from hinomi.detect.intel.packed import Lookup

    LookOf = Callable[[str, str], Look | None]
    _Met = tuple[Indicator, ...]
    _Hit = tuple[Indicator, Look, str, str]
    _Layout = list[tuple[str, Look, dict[str, _Met]]]

MOST_FOUND = 5  # findings from one event; a page of bad links is one page
_MOST_REMEMBERED = 20_000  # texts of one look: about 3 MB
_LONGEST_REMEMBERED = 300
_MOST_LAYOUTS = 2_000  # senders choose field names in JSON
_RELATIVE = "/"
_NOW = timedelta(0)


class Finder:
    """Calls for each event; holds no event. `look_of(shape, field)` says what a field holds."""

    def __init__(self, known: Lookup, look_of: LookOf, *, early: timedelta = _NOW) -> None:
        """`early`: how long before an indicator's `valid_from` an event may lie. 0 in the stream;
        a look back reaches further, because feeds learn of attacks after they happened."""
        self.name = known.name
        self._known, self._look_of, self._early = known, look_of, early
        self._layouts: dict[tuple[str, ...], _Layout] = {}
        self._remembered: dict[Look, dict[str, _Met]] = {look: {} for look in Look}

    def __call__(self, event: Event) -> list[Found]:
        """What the event meets, the surest first, at most MOST_FOUND."""
        fields = event.fields
        layout = self._layouts.get((event.shape, *fields))
        if layout is None:
            layout = self._lay_out(event)
        hits: list[_Hit] = []
        for name, look, remembered in layout:
            text = fields[name]
            if text[:1] == _RELATIVE and look is Look.URL:
                text = whole_url(event, text, self._look_of)
            met = remembered.get(text)
            if met is None:
                met = self._meet(look, text)
            if met:
                hits += [(indicator, look, name, text) for indicator in met]
        return found_of(hits, event, early=self._early) if hits else []

    def meets(self, look: Look, text: str) -> bool:
        """Whether a text by itself meets anything, whenever that holds: for a hunt over columns."""
        return bool(self._meet(look, text))

    def _lay_out(self, event: Event) -> _Layout:
        """The fields of such an event that are looked at: a handful of twenty."""
        if len(self._layouts) >= _MOST_LAYOUTS:
            self._layouts.clear()
        looks = ((name, self._look_of(event.shape, name)) for name in event.fields)
        layout = [(name, look, self._remembered[look]) for name, look in looks if look]
        self._layouts[event.shape, *event.fields] = layout
        return layout

    def _meet(self, look: Look, text: str) -> _Met:
        remembered = self._remembered[look]
        met = remembered.get(text)
        if met is not None:
            return met
        asked = asked_by(look, text, self._known)
        found = [one for key in asked.keys if (one := self._known.find(*key))]
        for part in asked.inside:
            found += self._meet(*part)
        met = tuple(dict.fromkeys(found))
        if len(text) <= _LONGEST_REMEMBERED:
            if len(remembered) >= _MOST_REMEMBERED:
                remembered.clear()
            remembered[text] = met
        return met


def reference_find(
    known: Lookup, look_of: LookOf, event: Event, *, early: timedelta = _NOW
) -> list[Found]:
    """The same without memory or shortcuts: the specification."""
    hits: list[_Hit] = []
    for name, value in event.fields.items():
        look = look_of(event.shape, name)
        if look is None:
            continue
        is_relative = look is Look.URL and value.startswith(_RELATIVE)
        text = whole_url(event, value, look_of) if is_relative else value
        met = dict.fromkeys(_reference_meet(known, look, text))
        hits += [(indicator, look, name, text) for indicator in met]
    return found_of(hits, event, early=early)


def _reference_meet(known: Lookup, look: Look, text: str) -> Iterator[Indicator]:
    asked = asked_by(look, text, known)
    yield from filter(None, (known.find(*key) for key in asked.keys))
    for part in asked.inside:
        yield from _reference_meet(known, *part)


def whole_url(event: Event, path: str, look_of: LookOf) -> str:
    """Firewalls write the host and the path apart."""
    names = (
        value
        for name, value in event.fields.items()
        if value and look_of(event.shape, name) is Look.NAME
    )
    return next(names, "") + path


def found_of(hits: Iterable[_Hit], event: Event, *, early: timedelta) -> list[Found]:
    """One Found per indicator and meaning that holds at the event's time, with every field that
    met it."""
    found: dict[str, Found] = {}
    for indicator, look, field, text in _telling(list(hits)):
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


def _telling(hits: list[_Hit]) -> list[_Hit]:
    """A field of its own says more of an indicator than the sentence it was read from."""
    told = {indicator for indicator, look, _, _ in hits if look is not Look.MESSAGE}
    return [hit for hit in hits if hit[1] is not Look.MESSAGE or hit[0] not in told]


def _holds_at(indicator: Indicator, moment: datetime, *, early: timedelta) -> bool:
    since, until = indicator.valid_from, indicator.valid_until
    return (since is None or moment >= since - early) and (until is None or moment < until)

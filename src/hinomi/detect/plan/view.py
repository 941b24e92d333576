"""One event while rules look at it: each field is looked up and lower-cased at most once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.detect import facts
from hinomi.detect.read_value import readings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.core.records import Event
    from hinomi.detect.modifiers import Placeholders


class Slots:
    """Numbers for lists of candidate names: closures keep a small number, not a tuple."""

    def __init__(self) -> None:
        self.names: list[facts.Names] = []
        self._numbers: dict[facts.Names, int] = {}

    def number(self, names: facts.Names) -> int:
        """The slot of these names, the same for the same names."""
        if names not in self._numbers:
            self._numbers[names] = len(self.names)
            self.names.append(names)
        return self._numbers[names]


class View:
    """The event's values by slot. Finds exactly what `facts.find` finds, from an index."""

    __slots__ = ("_folded", "_lowered", "_readings", "_slots", "_texts", "_values", "event",
                 "fields", "lists")  # fmt: skip

    def __init__(self, event: Event, slots: Slots, lists: Placeholders) -> None:
        self.event = event
        self.lists = lists  # of the event's organisation
        self.fields: Mapping[str, str] = event.fields
        self._slots = slots
        self._folded: dict[str, str] | None = None
        self._values: dict[int, str | None] = {}
        self._readings: dict[int, tuple[str, ...]] = {}
        self._lowered: dict[int, tuple[str, ...]] = {}
        self._texts: list[tuple[str, str]] | None = None

    def value(self, slot: int) -> str | None:
        """The value as it stands; None when the event has no such field."""
        if slot not in self._values:
            self._values[slot] = self._find(self._slots.names[slot])
        return self._values[slot]

    def readings(self, slot: int) -> tuple[str, ...]:
        """The value as it stands and its elements; nothing when the event has no such field."""
        if slot not in self._readings:
            value = self.value(slot)
            self._readings[slot] = () if value is None else readings(value)
        return self._readings[slot]

    def lowered(self, slot: int) -> tuple[str, ...]:
        """`readings` in lower case."""
        if slot not in self._lowered:
            self._lowered[slot] = tuple([text.lower() for text in self.readings(slot)])
        return self._lowered[slot]

    def texts(self) -> list[tuple[str, str]]:
        """(lower case, as it stands) of everything a keyword looks at."""
        if self._texts is None:
            self._texts = [(text.lower(), text) for _, text in facts.searchable(self.event)]
        return self._texts

    def _find(self, names: facts.Names) -> str | None:
        for name in names:
            if name in self.fields:
                return self.fields[name]
            if self._folded is None:
                self._folded = {}
                for other, value in self.fields.items():
                    self._folded.setdefault(other.lower(), value)
            folded = self._folded.get(name.lower())
            if folded is not None:
                return folded
        if names[0].lower() in facts.MOMENT_NAMES:
            return self.event.event_time.isoformat()
        return None

"""The names an event has, and one bucket seen through them.

Events of one sender carry the same names in the same order. So where each field stands is found
once per list of names; from then on an event is a few values out of its dictionary, their classes,
and one look for that tuple of classes ("what fires on such an event"). Nothing is asked twice.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, TypeVar

from hinomi.detect import facts
from hinomi.detect.read_value import readings

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from hinomi.core.records import Event
    from hinomi.detect.bind import Bound
    from hinomi.detect.facts import Names
    from hinomi.detect.plan.bucket import Bucket
    from hinomi.detect.plan.classes import Answers
    from hinomi.detect.plan.memory import Memory

    Verdict = tuple[tuple[int, bool], ...]  # (rule, whether it asks again)
    Signature = tuple[Answers, ...]
    Reader = Callable[[Mapping[str, str]], tuple[str, ...]]

Key = TypeVar("Key", bound="Hashable")
_BYTES_OF_A_NAME = 60
_READ_TOGETHER = (
    64  # events in one text for keywords; one call for each costs more than the reading
)


class Layout:
    """One list of field names."""

    __slots__ = ("_folded", "_names", "kinds", "read_keys", "size_bytes")

    def __init__(self, names: Sequence[str], keys: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._folded: dict[str, str] = {}
        for name in names:
            self._folded.setdefault(name.lower(), name)
        self.kinds: dict[tuple[str, ...], Kind] = {}
        self.size_bytes = _BYTES_OF_A_NAME * len(names)
        self.read_keys = reader([one for key in keys if (one := self.place((key,))) is not None])

    def place(self, names: Names) -> str | None:
        """The native name that `facts.find` would take; None when there is none."""
        for name in names:
            if name in self._names:
                return name
            folded = self._folded.get(name.lower())
            if folded is not None:
                return folded
        return None


class Kind:
    """One bucket and one layout: what can be known before looking at values is known here.

    `bounds` are the group's rules, by the numbers the bucket gives them.
    """

    __slots__ = ("_always", "_bucket", "_classes", "_constant",  "_memory", "_read",
                 "_sieve", "_verdicts", "bounds", "size_bytes")  # fmt: skip

    def __init__(
        self, bucket: Bucket, layout: Layout, bounds: Sequence[Bound], memory: Memory
    ) -> None:
        self.bounds = bounds
        there = [
            (field, place)
            for field in bucket.fields
            if (place := layout.place(field.names)) is not None
        ]
        asked = [
            (field, place)
            for field, place in there
            if field.targets or field.checks or field.null >= 0
        ]
        self._bucket = bucket
        self._memory = memory
        self._sieve = bucket.sieve
        self._read = reader([place for _, place in asked])
        self._classes = tuple(bucket.classes(field) for field, _ in asked)
        self._constant = frozenset(field.present for field, _ in there if field.present >= 0)
        woken = [bucket.wakes[atom] for atom in self._constant if atom in bucket.wakes]
        self._always = bucket.always.union(*woken)
        self._verdicts: dict[Signature, Verdict] = {}
        self.size_bytes = _BYTES_OF_A_NAME * len(there)

    def verdicts(self, events: Sequence[Event]) -> list[Verdict]:
        """For each event the rules that fire, or may fire, in their order."""
        signatures = self._signatures(events)
        known = self._verdicts
        fresh = set(signatures).difference(known)
        for signature in fresh:
            known[signature] = self._judge(signature, ())
        found = list(map(known.__getitem__, signatures))
        if fresh:
            self._memory.take(8 * len(self._classes) * len(fresh), entries=len(fresh))
        for place, text in self._with_keywords(events):
            # Rare, and every text is new: nothing worth to remember.
            found[place] = self._judge(signatures[place], self._bucket.keywords(text))
        return found

    def woken(self, event: Event) -> frozenset[int]:
        """The rules that are asked at all for such an event: what `rules check --cost` counts."""
        (signature,) = self._signatures((event,))
        return self._always.union(*[one.wakes for one in signature])

    def _signatures(self, events: Sequence[Event]) -> list[Signature]:
        if not self._classes:
            return [()] * len(events)
        columns = zip(*map(self._read, [event.fields for event in events]), strict=True)
        classes = zip(self._classes, columns, strict=True)
        return list(zip(*[known.of(column) for known, column in classes], strict=True))

    def _with_keywords(self, events: Sequence[Event]) -> Iterator[tuple[int, str]]:
        """The events that hold any literal of a keyword, and their text; seldom one does."""
        if self._sieve is None:
            return
        for begin in range(0, len(events), _READ_TOGETHER):
            some = events[begin : begin + _READ_TOGETHER]
            if self._sieve(_all_text(some)):
                for place, event in enumerate(some, begin):
                    if self._sieve(text := _all_text((event,))):
                        yield place, text

    def _judge(self, signature: Signature, said: Iterable[int]) -> Verdict:
        bucket = self._bucket
        woken = self._always.union(
            *[one.wakes for one in signature],
            *[bucket.wakes[atom] for atom in said if atom in bucket.wakes],
        )
        if not woken:
            return ()
        true = self._constant.union(said, *[one.atoms for one in signature])
        fires = [number for number in woken if bucket.check(number)(true)]
        fires.sort()
        return tuple((number, bucket.asks_again(number)) for number in fires)


def places_of(keys: Iterable[Key], places: Sequence[int] | None = None) -> dict[Key, list[int]]:
    """Key → where it stands, in the order of the keys."""
    found: dict[Key, list[int]] = defaultdict(list)
    for place, key in enumerate(keys) if places is None else zip(places, keys, strict=True):
        found[key].append(place)
    return found


def reader(names: Sequence[str]) -> Reader:
    """A function from fields to the values of these names; `itemgetter` reads them in one call."""
    if not names:
        return lambda _fields: ()
    if len(names) == 1:
        (name,) = names
        return lambda fields: (fields[name],)
    return itemgetter(*names)


def _all_text(events: Sequence[Event]) -> str:
    """Everything `facts.searchable` gives, in lower case. NUL keeps a keyword from being found
    across two texts, where it is in neither."""
    texts = list(chain.from_iterable([event.fields.values() for event in events]))
    texts += [event.raw.decode("utf-8", "replace") for event in events if facts.has_raw_text(event)]
    joined = "\0".join(texts)
    if _may_hold_list(joined):
        joined = "\0".join(chain.from_iterable(map(readings, texts)))
    return joined.lower()


def _may_hold_list(joined: str) -> bool:
    """Whether any text begins as lists do. One letter is found many times as fast as two are."""
    place = joined.find("[")
    while place > 0:
        if joined[place - 1] == "\0":
            return True
        place = joined.find("[", place + 1)
    return place == 0

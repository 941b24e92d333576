"""The names an event has, and one bucket seen through them.

Events of one sender carry the same names in the same order. So where each field stands is found
once per list of names; from then on an event is a few values out of its dictionary, their classes,
and one look for that tuple of classes ("what fires on such an event"). Nothing is asked twice.
"""

from __future__ import annotations

from operator import getitem, itemgetter
from typing import TYPE_CHECKING

from hinomi.detect import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hinomi.core.records import Event
    from hinomi.detect.bind import Bound
    from hinomi.detect.facts import Names
    from hinomi.detect.plan.bucket import Bucket
    from hinomi.detect.plan.matcher import Answers
    from hinomi.detect.plan.memory import Memory

    Verdict = tuple[tuple[int, bool], ...]  # (rule, whether it asks again)
    Signature = tuple[Answers, ...]
    Reader = Callable[[Mapping[str, str]], tuple[str, ...]]

_BYTES_OF_A_NAME = 60


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
        asked = [(field, place) for field, place in there if field.targets or field.checks]
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

    def verdict(self, event: Event) -> Verdict:
        """The rules that fire, or may fire, in their order."""
        signature = tuple(map(getitem, self._classes, self._read(event.fields)))
        if self._sieve is not None:
            text = _all_text(event)
            if self._sieve(text):  # rare, and every text is new: nothing worth to remember
                return self._judge(signature, self._bucket.keywords(text))
        found = self._verdicts.get(signature)
        if found is None:
            found = self._verdicts[signature] = self._judge(signature, ())
            self._memory.take(8 * len(signature))
        return found

    def woken(self, event: Event) -> frozenset[int]:
        """The rules that are asked at all for such an event: what `rules check --cost` counts."""
        signature = tuple(map(getitem, self._classes, self._read(event.fields)))
        return self._always.union(*[one.wakes for one in signature])

    def _judge(self, signature: Signature, said: Iterable[int]) -> Verdict:
        bucket = self._bucket
        true = self._constant.union(said, *[one.atoms for one in signature])
        woken = self._always.union(
            *[one.wakes for one in signature],
            *[bucket.wakes[atom] for atom in said if atom in bucket.wakes],
        )
        fires = [number for number in woken if bucket.check(number)(true)]
        fires.sort()
        return tuple((number, bucket.asks_again(number)) for number in fires)


def reader(names: Sequence[str]) -> Reader:
    """A function from fields to the values of these names; `itemgetter` reads them in one call."""
    if not names:
        return lambda _fields: ()
    if len(names) == 1:
        (name,) = names
        return lambda fields: (fields[name],)
    return itemgetter(*names)


def _all_text(event: Event) -> str:
    """Everything `facts.searchable` gives, in lower case. NUL keeps a keyword from being found
    across two texts, where it is in neither."""
    text = "\0".join(event.fields.values())
    if facts.has_raw_text(event):
        text = f"{text}\0{event.raw.decode('utf-8', 'replace')}"
    return text.lower()

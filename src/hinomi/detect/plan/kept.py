"""Compiled buckets on the shelf, by the hash of everything that went into them.

So a start compiles nothing it compiled before, and a changed rule makes anew only the buckets of
its own routes. Machines for searching are not kept: to build the largest takes 16 ms.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

import msgspec

from hinomi.detect.plan.bucket import Compiled
from hinomi.detect.plan.keys import KeyField

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hinomi.detect.bind import Bound
    from hinomi.detect.plan.keys import Answer
    from hinomi.detect.shelf import Shelf

_Kept = TypeVar("_Kept")
_fields = msgspec.msgpack.Decoder(list[KeyField])
_buckets = msgspec.msgpack.Decoder(Compiled)


def mark_of(bounds: Sequence[Bound], names: Iterable[str]) -> str:
    """Changes when any rule of the group does, their order, or the names their fields have here."""
    routes: dict[tuple[int, int], str] = {}  # rules share few routes; their text is long
    found = hashlib.sha256(repr(tuple(names)).encode())
    for bound in bounds:
        key = (id(bound.route), id(bound.aliases))
        if key not in routes:
            renames = (sorted(bound.route.renames.items()), sorted(bound.aliases.items()))
            routes[key] = hashlib.sha256(repr(renames).encode()).hexdigest()
        found.update(f"{bound.rule.digest}{routes[key]}".encode())
    return found.hexdigest()


class CompiledShelf:
    """The shelf as the plan uses it; without one, everything is made."""

    def __init__(self, shelf: Shelf | None) -> None:
        self._shelf = shelf

    def key_fields(self, mark: str, make: Callable[[], list[KeyField]]) -> list[KeyField]:
        """What a group's rules ask of the key fields."""
        return self._get(f"keys {mark}", _fields, make)

    def bucket(
        self, mark: str, answers: Sequence[Answer], make: Callable[[], Compiled]
    ) -> Compiled:
        """A group's rules for one combination of answers."""
        return self._get(f"bucket {mark} {answers!r}", _buckets, make)

    def _get(
        self, name: str, decoder: msgspec.msgpack.Decoder[_Kept], make: Callable[[], _Kept]
    ) -> _Kept:
        body = self._shelf.get(name) if self._shelf else None
        if body is not None:
            try:
                return decoder.decode(body)
            except msgspec.DecodeError:
                pass  # from a version whose mark happens to be ours: make it anew
        made = make()
        if self._shelf:
            self._shelf.put(name, msgspec.msgpack.encode(made))
        return made

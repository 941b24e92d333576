"""The worker's memory between events, on disk: read on demand, kept for a while, written by batch.

Nothing is written here. `changes` goes into the transaction of the batch; then `kept` is called,
or `forget` when that transaction failed. Either way memory and disk say the same.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from hinomi.store.pipeline_rows import StateRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hinomi.core.state import StateKey

CACHE_BYTES = 24 << 20  # of bodies and keys; with Python's own share about twice as much
_OVERHEAD_BYTES = 300  # measured: a key, its texts and its place in the cache


class DurableState:
    """A KeyedState (core) over a store. `load` reads one body; one thread."""

    def __init__(
        self, load: Callable[[StateKey], bytes | None], *, cache_bytes: int = CACHE_BYTES
    ) -> None:
        self._load = load
        self._room = cache_bytes
        self._cached: OrderedDict[StateKey, bytes | None] = OrderedDict()
        self._size = 0
        self._changed: dict[StateKey, StateRow] = {}

    def get(self, key: StateKey) -> bytes | None:
        """See KeyedState. A key that is not there is remembered too: most keys are new."""
        changed = self._changed.get(key)
        if changed is not None:
            return changed.body
        if key in self._cached:
            self._cached.move_to_end(key)
            return self._cached[key]
        body = self._load(key)
        self._keep(key, body)
        return body

    def put(self, key: StateKey, body: bytes, *, expires: datetime) -> None:
        """See KeyedState."""
        self._changed[key] = StateRow(key, body, expires)

    def drop(self, key: StateKey) -> None:
        """See KeyedState."""
        self._changed[key] = StateRow(key)

    def changes(self) -> tuple[StateRow, ...]:
        """What the batch changed, for its transaction."""
        return tuple(self._changed.values())

    def kept(self) -> None:
        """The transaction is on disk."""
        for row in self._changed.values():
            self._keep(row.key, row.body)
        self._changed.clear()

    def forget(self) -> None:
        """The transaction failed, or others have written meanwhile: only the disk is right."""
        self._changed.clear()
        self._cached.clear()
        self._size = 0

    def _keep(self, key: StateKey, body: bytes | None) -> None:
        if key in self._cached:
            self._size -= _weight(key, self._cached.pop(key))
        self._cached[key] = body
        self._size += _weight(key, body)
        while self._size > self._room and self._cached:
            self._size -= _weight(*self._cached.popitem(last=False))


def _weight(key: StateKey, body: bytes | None) -> int:
    return _OVERHEAD_BYTES + len(key.group) + len(body or b"")

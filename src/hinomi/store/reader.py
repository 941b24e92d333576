"""What every reader of a store for the portal is: one connection, one question at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from hinomi.store.database import connect

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path
    from sqlite3 import Connection
    from types import TracebackType
    from typing import Self


class StoreReader:
    """Open a store for reading; FileNotFoundError when it was never made. Threads may share it."""

    def __init__(self, path: Path, *, connection: Connection | None = None) -> None:
        """`connection`: of a writer in the same process, instead of one of our own."""
        self._connection = connection or connect(path, read_only=True)
        self._lock = threading.RLock()

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _rows(self, question: str, values: Sequence[object] = ()) -> list[Any]:
        with self._lock:
            return self._connection.execute(question, tuple(values)).fetchall()


def marks(values: Collection[object]) -> str:
    """The question marks of `IN (…)`."""
    return ", ".join("?" * len(values))

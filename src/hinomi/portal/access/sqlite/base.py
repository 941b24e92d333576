"""A transaction waits for its turn at the door, not in SQLite's own queue.

SQLite lets in whoever asks at the right moment, and who has waited asks ever more seldom: beside
one that writes one transaction after the other, others wait for seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.sqlite3 import base

from hinomi.portal.access.sqlite.turn import Turn

if TYPE_CHECKING:
    from typing import Any


class DatabaseWrapper(base.DatabaseWrapper):
    """Found by Django under the name of its package."""

    def __init__(self, settings_dict: dict[str, Any], alias: str = DEFAULT_DB_ALIAS) -> None:
        """As Django's."""
        super().__init__(settings_dict, alias)
        self._turn: Turn | None = None

    def connect(self) -> None:
        """Whose turn it is goes by the file that is opened: tests name another one than the
        settings did. A database in memory has one writer and needs no turn."""
        self._turn = None if self.is_in_memory_db() else Turn(self.settings_dict["NAME"])
        super().connect()

    def _start_transaction_under_autocommit(self) -> None:
        if self._turn is not None:
            self._turn.take()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc] # not in the stubs
        except BaseException:
            self._give_back()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc] # where this fails, a rollback follows
        self._give_back()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._give_back()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._give_back()

    def _give_back(self) -> None:
        if self._turn is not None:
            self._turn.give_back()

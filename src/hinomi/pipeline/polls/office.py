"""What collect knows of accounts at APIs: nothing is loaded until there is one."""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.collect.commit import Committer
    from hinomi.collect.counts import Counts
    from hinomi.core.clock import Clock
    from hinomi.core.directory import Directory
    from hinomi.pipeline.polls.desk import PollDesk

_LIBRARIES = ("cryptography",)
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Office:
    """Starts the desk with the first account. `through`: where all APIs are asked in rehearsals."""

    through: str
    data: Path
    clock: Clock
    committer: Committer
    counts: Counts
    poll_s: float = 1.0
    _desk: PollDesk | None = None

    async def know(self, directory: Directory) -> None:
        """Use a new snapshot from now on."""
        if self._desk is None and not directory.api_accounts:
            return
        if self._desk is None and (missing := missing_libraries()):
            # Everything else that collect does must go on.
            logger.error(
                "accounts are not fetched from: %s missing (pip install 'hinomi[mail]')",
                ", ".join(missing),
            )
            return
        if self._desk is None:
            from hinomi.pipeline.polls.desk import PollDesk

            self._desk = PollDesk(
                data=self.data,
                clock=self.clock,
                committer=self.committer,
                counts=self.counts,
                through=self.through,
                poll_s=self.poll_s,
            )
            self._desk.start()
        self._desk.know(directory)

    async def stop(self) -> None:
        """Fetch no more. Before the log is closed."""
        if self._desk is not None:
            await self._desk.stop()


def missing_libraries() -> list[str]:
    """What sealed keys need and is not installed here."""
    return [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]

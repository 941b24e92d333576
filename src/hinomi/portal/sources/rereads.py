"""Reading again what a source sent and nobody could read: ordered here, run by the bell.

The folders of the orders say how far they are; there is no table of them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.core.errors import StoreDamaged
from hinomi.normalise.registry import format_of_shape
from hinomi.pipeline.reread_orders import order_reread
from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now
from hinomi.portal.background import Background
from hinomi.store.rereads import RereadState, all_rereads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hinomi.portal.background import Process
    from hinomi.portal.sources.models import Source
    from hinomi.store.rereads import RereadFolder, RereadOrder, RereadProgress

KEPT_FOR = timedelta(days=7)  # of an order; what it read stays
_OPEN = (RereadState.WAITING, RereadState.RUNNING, RereadState.HANDING)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sight:
    """The newest order for a source, as a page shows it."""

    order: RereadOrder
    progress: RereadProgress
    state: RereadState

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return self.state in _OPEN

    @property
    def percent(self) -> int:
        """How much is read."""
        return 100 * self.progress.done // max(self.progress.files, 1)

    @property
    def unreadable(self) -> int:
        """How many stay set aside."""
        return self.progress.looked - self.progress.readable

    @property
    def formats(self) -> list[tuple[str, int]]:
        """What they are, the most first: the format's name, and how many."""
        shapes = sorted(self.progress.shapes.items(), key=lambda pair: -pair[1])
        return [(format_of_shape(shape).title_ja, number) for shape, number in shapes]


def reread_of(source: Source) -> Sight | None:
    """None when nobody asked for it lately."""
    for folder in all_rereads(configuration().data):
        sight = _sight(folder)
        if sight is None:
            continue
        if (sight.order.organisation, sight.order.source) == (source.organisation_id, source.id):
            return sight
    return None


def ask(*, source: Source, user_id: int, is_trial: bool) -> None:
    """Order it; the bell takes it up within seconds. One that is open is not ordered twice."""
    present = reread_of(source)
    if present is not None and present.is_open:
        return
    audit.record(
        what=f"sources:reread:{'counted' if is_trial else 'ordered'}",
        user_id=user_id,
        organisation_id=source.organisation_id,
        source=source.id,
    )
    order_reread(source.organisation_id, source.id, config=configuration(), is_trial=is_trial)


class RereadRunner:
    """Runs what was ordered, one at a time, each in a process of its own. A bell that dies leaves
    it running or waiting; the next bell finds out by its lock."""

    def __init__(self, start: Callable[[Sequence[str]], Process] | None = None) -> None:
        """`start` is for tests."""
        self._background = Background("reread", start)

    def look(self) -> None:
        """Begin the next when none runs, and put away old ones. Cheap when nothing is to do."""
        if self._background.is_running:
            return
        waiting: list[RereadFolder] = []
        for folder in all_rereads(configuration().data):
            sight = _sight(folder)
            if sight is None:
                continue
            if sight.state is RereadState.RUNNING:
                return
            if sight.state is RereadState.WAITING:
                waiting.append(folder)
            elif not sight.is_open and sight.order.ordered_at < now() - KEPT_FOR:
                folder.delete()
        if waiting:
            self._background.begin("lake", "reread", "--resume", waiting[-1].id)

    def stop(self) -> None:
        """The tower stops: the order begins again at the next start."""
        self._background.stop()


def _sight(folder: RereadFolder) -> Sight | None:
    try:
        return Sight(folder.order, folder.progress, folder.state)
    except StoreDamaged as error:
        logger.error("an order to read again is left out: %s", error)
        return None

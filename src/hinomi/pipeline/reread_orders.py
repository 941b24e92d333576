"""Ordering that records are read again: cheap, so that a screen can do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.ids import ulid
from hinomi.store.rereads import RereadOrder, new_reread

if TYPE_CHECKING:
    from hinomi.config import Config
    from hinomi.store.rereads import RereadFolder


def order_reread(
    organisation: str, source: str = "", *, config: Config, is_trial: bool
) -> RereadFolder:
    """Make the folder of an order; nothing is checked or read yet. `source` "": all of the
    company's."""
    now = config.clock.now()
    order = RereadOrder(
        id=ulid(time_ms=int(now.timestamp() * 1000)),
        ordered_at=now,
        organisation=organisation,
        source=source,
        is_trial=is_trial,
    )
    return new_reread(order, data=config.data)

"""The pollroom as the screens read it; empty before collect made one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from hinomi.portal.access.time import configuration
from hinomi.store.pollroom import PollRoomReader, is_pollroom_made

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def reading() -> Iterator[PollRoomReader | None]:
    """None while there is nothing to read."""
    data = configuration().data
    if not is_pollroom_made(data):
        yield None
        return
    with PollRoomReader(data) as room:
        yield room

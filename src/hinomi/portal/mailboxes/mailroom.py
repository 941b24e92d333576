"""The mailroom as the screens read it; empty before collect made one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from hinomi.portal.access.time import configuration
from hinomi.store.mailroom import MailRoomReader
from hinomi.store.mailroom.reader import is_mailroom_made

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def reading() -> Iterator[MailRoomReader | None]:
    """None while there is nothing to read."""
    data = configuration().data
    if not is_mailroom_made(data):
        yield None
        return
    with MailRoomReader(data) as room:
        yield room

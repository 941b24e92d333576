"""How far each API is fetched, and the records that wait until a person says whose they are.

Owns pollroom.sqlite: collect writes (`PollRoom`), the portal reads (`PollRoomReader`).
"""

from __future__ import annotations

from hinomi.store.pollroom.reader import PollRoomReader, is_pollroom_made
from hinomi.store.pollroom.room import PollRoom
from hinomi.store.pollroom.rows import FILE, Customer, Step, Waiting, Way

__all__ = [
    "FILE",
    "Customer",
    "PollRoom",
    "PollRoomReader",
    "Step",
    "Waiting",
    "Way",
    "is_pollroom_made",
]

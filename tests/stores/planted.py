"""A reader planted by tests: it ends its process, or hangs, on records that ask for it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from hinomi.normalise import read_record as honest

if TYPE_CHECKING:
    from hinomi.core.records import Event, RawRecord, SetAside


def read_record(raw: RawRecord) -> Event | SetAside:
    """As the real one, but deadly."""
    if b"kill the reader" in raw.raw:
        os._exit(86)
    if b"hang the reader" in raw.raw:
        time.sleep(3600)
    return honest(raw)

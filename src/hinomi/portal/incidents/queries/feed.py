"""Does what customers' machines say still reach the desk? A queue that stands still for lack of
news looks the same as peace, so each page of work says when it is the former."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.cache import cache

from hinomi.core.errors import HinomiError
from hinomi.pipeline.worker_state import read_backlog
from hinomi.portal.access.time import configuration, now
from hinomi.portal.incidents.models import BellCursor
from hinomi.store.database import is_made
from hinomi.store.pipeline import FILE_NAME, PipelineReader

if TYPE_CHECKING:
    from datetime import datetime

STOPPED_AFTER = timedelta(minutes=2)
_REMEMBERED_S = 5  # every open page asks; the stores need not


@dataclass(frozen=True, slots=True)
class Feed:
    """How far back each part of the way to the desk is; None when nothing waits there.
    `is_known` is false when the stores themselves do not answer."""

    worker: timedelta | None = None
    bell: timedelta | None = None
    is_known: bool = True

    @property
    def stopped_minutes(self) -> int:
        """Since how many minutes nothing came through; 0 while all is well."""
        behind = max((each for each in (self.worker, self.bell) if each), default=timedelta())
        return int(behind.total_seconds() // 60) if behind >= STOPPED_AFTER else 0

    @property
    def is_well(self) -> bool:
        """True when nothing waits too long."""
        return self.is_known and not self.stopped_minutes


def feed() -> Feed:
    """As of the last five seconds."""
    known: Feed | None = cache.get("incidents.feed")
    if known is None:
        known = _read(now())
        cache.set("incidents.feed", known, _REMEMBERED_S)
    return known


def _read(moment: datetime) -> Feed:
    data = configuration().data
    try:
        backlog = read_backlog(data)
        waiting = _oldest_unread() if is_made(data / FILE_NAME) else None
    except (HinomiError, OSError):
        return Feed(is_known=False)
    return Feed(worker=_since(backlog.oldest, moment), bell=_since(waiting, moment))


def _since(oldest: datetime | None, moment: datetime) -> timedelta | None:
    return None if oldest is None else moment - oldest


def _oldest_unread() -> datetime | None:
    """When the oldest finding came in that the bell has not taken in."""
    cursors = dict(BellCursor.objects.values_list("partition", "seq"))
    with PipelineReader(configuration().data / FILE_NAME) as reader:
        behind = [p for p, seq in reader.last_seqs().items() if seq > cursors.get(p, 0)]
        firsts = [reader.findings_after(p, cursors.get(p, 0), 1) for p in behind]
    return min((rows[0][1].receive_time for rows in firsts if rows), default=None)

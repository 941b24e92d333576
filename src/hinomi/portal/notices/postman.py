"""Which notices go out now, and what runs beside what.

Each way out of each firm is a lane with its own few threads: a carrier that takes its time, or
refuses for an hour, fills its own lane and nobody else's. In a lane 今すぐ goes before all else.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Case, Value, When

from hinomi.core.words import ActionLevel
from hinomi.portal.access.time import now
from hinomi.portal.notices.models import FirmNotice, Notice, NoticeState
from hinomi.portal.notices.outbox import send_one
from hinomi.portal.notices.trays import COMPANIES, FIRMS, Tray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from django.db.models import QuerySet

    from hinomi.respond.channels.channel import Channel

    Channels = Callable[[str], Mapping[str, Channel]]  # firm id ("" for none) → kind → way

AT_ONCE = 4  # of one firm by one way
# Begun and waiting for a thread: between two looks a quick carrier must not run dry, and what is
# 今すぐ must not stand behind many.
LANE_HOLDS = 12
FIRMS_KEPT_S = 5.0  # a queue of hundreds asks for the same few firms at every look
_LOOKED_AT = 400
_WHY_ALL = "the outbox sends for every company; each notice goes to its own recipient"
_URGENT_FIRST = Case(When(level=ActionLevel.NOW.value, then=Value(0)), default=Value(1))

log = logging.getLogger(__name__)
_Place = tuple[str, int]  # tray and row
_Lane = tuple[str, str]  # firm and kind


@dataclass(frozen=True, slots=True)
class Due:
    """One notice that is due, with its lane."""

    tray: Tray
    pk: int
    firm_id: str
    kind: str


@dataclass(slots=True)
class Postman:
    """Carries the outbox out. `channels` gives a firm's ways, ready to send by; `send` is for
    tests, whose database has no second connection."""

    channels: Channels
    firm_of: Callable[[str], str]
    send: Callable[[Due, Mapping[str, Channel]], bool] = field(
        default=lambda due, channels: send_one(
            due.pk, channels=channels, tray=due.tray, firm_id=due.firm_id
        )
    )
    _pools: dict[_Lane, ThreadPoolExecutor] = field(default_factory=dict)
    _under_way: dict[_Lane, set[_Place]] = field(default_factory=lambda: defaultdict(set))
    _lock: Lock = field(default_factory=Lock)
    _firms: dict[str, str] = field(default_factory=dict)
    _firms_since: float = 0.0

    def look(self) -> int:
        """Begin what is due and has room in its lane; returns at once with how many."""
        begun = 0
        known: dict[str, Mapping[str, Channel]] = {}
        for due in self._due():
            lane = (due.firm_id, due.kind)
            if due.firm_id not in known:
                known[due.firm_id] = self.channels(due.firm_id)
            if due.kind in known[due.firm_id]:
                begun += self._begin(lane, due, known[due.firm_id])
        return begun

    def stop(self) -> None:
        """Wait for what is under way; nothing new begins."""
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)
        self._pools.clear()

    def _begin(self, lane: _Lane, due: Due, channels: Mapping[str, Channel]) -> bool:
        place = (due.tray.name, due.pk)
        with self._lock:
            under_way = self._under_way[lane]
            if place in under_way or len(under_way) >= LANE_HOLDS:
                return False
            under_way.add(place)
        if lane not in self._pools:
            self._pools[lane] = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"post-{due.kind}")
        self._pools[lane].submit(self._carry, lane, due, channels)
        return True

    def _carry(self, lane: _Lane, due: Due, channels: Mapping[str, Channel]) -> None:
        try:
            self.send(due, channels)
        except Exception:
            log.exception("%s %s stumbled; it is tried again", due.tray.name, due.pk)
        finally:
            connection.close()  # this thread's own
            with self._lock:
                self._under_way[lane].discard((due.tray.name, due.pk))

    def _due(self) -> Iterator[Due]:
        """Due notices, urgent first, with full lanes left out, so that a thousand mails that wait
        for a slow server never hide a call."""
        for pk, company, kind in self._rows(Notice, "organisation_id"):
            yield Due(COMPANIES, pk, self._firm(company), kind)
        for pk, firm, kind in self._rows(FirmNotice, "firm_id"):
            yield Due(FIRMS, pk, firm, kind)

    def _firm(self, company: str) -> str:
        if time.monotonic() - self._firms_since > FIRMS_KEPT_S:
            self._firms, self._firms_since = {}, time.monotonic()
        if company not in self._firms:
            self._firms[company] = self.firm_of(company)
        return self._firms[company]

    def _rows(
        self, model: type[Notice] | type[FirmNotice], owner: str
    ) -> Iterator[tuple[int, str, str]]:
        waiting = model.objects.across_all(reason=_WHY_ALL).filter(
            state=NoticeState.QUEUED, due_at__lte=now()
        )
        kinds = list(waiting.order_by().values_list("channel", flat=True).distinct())
        for kind in kinds:
            rows: QuerySet[Notice] | QuerySet[FirmNotice] = waiting.filter(channel=kind)
            ordered = rows.order_by(_URGENT_FIRST, "due_at", "pk")
            yield from ordered.values_list("pk", owner, "channel")[:_LOOKED_AT]

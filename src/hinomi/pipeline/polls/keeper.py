"""The pollroom and the log as a look sees them: known customers' records go to the log, the others
wait, and only then the cursor moves."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hinomi.collect.pollers.routes import ApiRoutes, Fate
from hinomi.collect.pollers.trouble import PollFailed, Trouble
from hinomi.core import crash
from hinomi.core.ids import ulid
from hinomi.core.records import RawRecord
from hinomi.core.transport import KeyedAnswer
from hinomi.store.pollroom import PollRoom, Step, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hinomi.collect.pollers.api import Page, Stream, Tenant
    from hinomi.collect.pollers.limits import PollLimits
    from hinomi.collect.pollers.look import Found
    from hinomi.core.clock import Clock
    from hinomi.core.consent_gaps import ConsentGap
    from hinomi.core.directory import Source

    Delivery = tuple[RawRecord, KeyedAnswer]

_NEVER = datetime.min.replace(tzinfo=UTC)
_AT_ONCE = 500


@dataclass(slots=True)
class RoomKeeper:
    """`deliver` makes records durable in the log, each once by its key, and returns then; it is
    called in a look's thread. `routes` are exchanged whole with each directory."""

    room: PollRoom
    limits: PollLimits
    clock: Clock
    deliver: Callable[[Sequence[Delivery]], None]
    routes: dict[str, ApiRoutes] = field(default_factory=dict)

    def cursor(self, account: str, *, tenant: str, stream: str) -> str:
        """Where the last look ended."""
        return self.room.cursor(Step(account, tenant, stream))

    def keep(
        self, account: str, found: Sequence[Found], page: Page, *, tenant: str, stream: str
    ) -> None:
        """What is new of a page, then its cursor."""
        known = self.room.seen(account, digests=[each.digest for each in found])
        new = [each for each in found if each.digest not in known]
        routes = self.routes.get(account, ApiRoutes())
        sent: list[Delivery] = []
        waiting: list[Waiting] = []
        now = self.clock.now()
        for each in new:
            fate = routes.decide(each.customer, kind=each.kind, at=each.written)
            if fate is Fate.WAITS:
                waiting.append(
                    Waiting(account, each.digest, each.customer, each.name, each.kind, now,
                            each.raw, each.written)
                )  # fmt: skip
            elif not isinstance(fate, Fate):
                sent.append(self._delivery(account, each.digest, each.raw, fate))
        self._deliver(sent)
        crash.point("poll:after-log")
        step = Step(account, tenant, stream)
        if waiting and self.room.waiting_bytes(account) > self.limits.room_bytes:
            reached = [keyed.key for _, keyed in sent]
            self.room.keep(step, seen=reached, waiting=(), at=now)
            raise PollFailed(Trouble.NO_ROOM)
        self.room.keep(
            step,
            seen=[each.digest for each in new],
            waiting=waiting,
            at=now,
            cursor=page.cursor,
            reached_at=page.reached_at,
            gap=page.gap,
        )

    def looked(
        self, account: str, failed: PollFailed | None, *, tenant: Tenant, stream: str
    ) -> None:
        """How a way went."""
        self.room.looked(
            Step(account, tenant.id, stream),
            name=tenant.name,
            at=self.clock.now(),
            trouble=failed.trouble.value if failed else "",
            sentence=failed.message if failed else "",
        )

    def is_asked(self, account: str, *, tenant: Tenant, stream: Stream) -> bool:
        """Not for customers who are nobody's, were stopped, or did not agree."""
        routes = self.routes.get(account, ApiRoutes())
        if stream.is_of_one and not tenant.id:
            return not routes.lead_nowhere(stream.kind)
        return routes.decide(tenant.id, kind=stream.kind) is not Fate.PUT_AWAY

    def gaps(self, account: str, *, tenant: Tenant, stream: Stream) -> tuple[ConsentGap, ...]:
        """Where one customer is asked for by name; else each record is looked at."""
        return self.routes.get(account, ApiRoutes()).gaps(tenant.id, kind=stream.kind)

    def in_turn(
        self, account: str, ways: Iterable[tuple[Tenant, Stream]]
    ) -> list[tuple[Tenant, Stream]]:
        """Longest not well first; what is no longer asked for is nobody's trouble."""
        last = {
            (way.step.tenant, way.step.stream): way.well_at
            for way in self.room.ways(accounts=[account])
        }
        wanted = [
            (tenant, stream)
            for tenant, stream in ways
            if self.is_asked(account, tenant=tenant, stream=stream)
        ]
        asked = {(tenant.id, stream.name) for tenant, stream in wanted}
        self.room.forget_troubles(account, but=asked | {("", "")})
        return sorted(wanted, key=lambda way: last.get((way[0].id, way[1].name)) or _NEVER)

    def settle_waiting(self, account: str) -> int:
        """Records whose customer a person has named meanwhile: to their company, or away. How
        many."""
        return sum(
            self._settle(account, customer.customer, kind)
            for customer in self.room.customers(accounts=[account])
            for kind in customer.kinds
        )

    def _settle(self, account: str, customer: str, kind: str) -> int:
        settled = 0
        while True:
            routes = self.routes.get(account, ApiRoutes())  # the newest: it may end meanwhile
            if routes.decide(customer, kind=kind) is Fate.WAITS:
                return settled
            rows = self.room.waiting_of(account, customer=customer, kind=kind, limit=_AT_ONCE)
            if not rows:
                return settled
            fates = [routes.decide(customer, kind=kind, at=row.written or row.at) for row in rows]
            self._deliver(
                [
                    self._delivery(account, row.digest, row.raw, fate)
                    for row, fate in zip(rows, fates, strict=True)
                    if not isinstance(fate, Fate)
                ]
            )
            self.room.settle(account, digests=[row.digest for row in rows])
            settled += len(rows)

    def _deliver(self, sent: Sequence[Delivery]) -> None:
        for start in range(0, len(sent), _AT_ONCE):
            self.deliver(sent[start : start + _AT_ONCE])

    def _delivery(self, account: str, digest: str, raw: bytes, source: Source) -> Delivery:
        """The key names the record and nothing else: whoever it was given to first keeps it."""
        now = self.clock.now()
        record = RawRecord(
            event_id=ulid(time_ms=int(now.timestamp() * 1000), randomness=int(digest[:20], 16)),
            organisation=source.organisation,
            source=source.id,
            kind=source.kind,
            timezone=source.timezone,
            receive_time=now,
            raw=raw,
            peer="",
        )
        told = {"source": source.id, "organisation": source.organisation}
        return record, KeyedAnswer(
            source=f"account:{account}",
            key=digest,
            body_sha256=hashlib.sha256(digest.encode()).digest(),
            answer=json.dumps(told).encode(),
            at=now,
        )

"""A bench for pollers: an account, the makers played over real sockets, a pollroom and a log."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.collect.makers import AOI, CLIENT, FUMI, KEY, Makers, Playing, google_key

from hinomi.collect.pollers.caller import Caller
from hinomi.collect.pollers.limits import PollLimits
from hinomi.collect.pollers.look import Look, Outcome
from hinomi.collect.pollers.registry import APIS, record_kinds
from hinomi.collect.pollers.routes import routes_of
from hinomi.collect.pollers.session import Session
from hinomi.core.clock import SystemClock
from hinomi.core.directory import ApiAccount, ApiRoute, Directory, Organisation, Source
from hinomi.pipeline.polls.keeper import RoomKeeper
from hinomi.store.pollroom import PollRoom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from hinomi.collect.pollers.trouble import PollFailed
    from hinomi.core.records import RawRecord
    from hinomi.core.transport import KeyedAnswer

GOOGLE = "C0aoi0001"


@dataclass
class Bench:
    """An account, a pollroom and a log of our own. `die_after`: the process "dies" after so many
    deliveries, between the log and the pollroom."""

    room: PollRoom
    makers: Makers
    api: str
    secret: str = KEY
    log: list[RawRecord] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    repeats: int = 0
    limits: PollLimits = field(default_factory=PollLimits)
    routed: tuple[str, ...] = (AOI, FUMI, GOOGLE)
    streams: tuple[str, ...] = ()
    die_after: int = -1
    now_skew: timedelta = timedelta()
    last: list[PollFailed] = field(default_factory=list)
    aoi: dict[str, Any] = field(default_factory=dict)  # what is different of 葵製作所's sources
    withdraw_after: int = -1  # deliveries until 葵製作所 withdraws, in the middle of a look
    working: RoomKeeper | None = None

    @property
    def account(self) -> ApiAccount:
        return ApiAccount(
            id="api_1", firm="firm", name="x", kind=self.api, client=CLIENT, secret="",
            subject="admin@aoi.example", tenants=(AOI, FUMI), streams=self.streams,
        )  # fmt: skip

    def directory(self) -> Directory:
        kinds = record_kinds(APIS[self.api], names=())
        company = {AOI: "aoi", FUMI: "fumi", GOOGLE: "aoi"}
        return Directory(
            organisations=(Organisation("org_aoi", "葵製作所"), Organisation("org_fumi", "文商店")),
            sources=tuple(
                Source(
                    f"{name}_{kind}",
                    f"org_{name}",
                    kind,
                    kind,
                    **(self.aoi if name == "aoi" else {}),
                )
                for name in ("aoi", "fumi")
                for kind in kinds
            ),
            api_routes=tuple(
                ApiRoute("api_1", tenant.upper(), kind, f"{company[tenant]}_{kind}")
                for tenant in self.routed
                for kind in kinds
            ),
        )

    def deliver(self, sent: Sequence[tuple[RawRecord, KeyedAnswer]]) -> None:
        for record, keyed in sent:
            if keyed.key in self.keys:
                self.repeats += 1
                continue
            self.keys.add(keyed.key)
            self.log.append(record)
        self.die_after -= 1
        if self.die_after == 0:
            raise KeyboardInterrupt
        self.withdraw_after -= 1
        if self.withdraw_after == 0 and self.working is not None:
            self.aoi = {"awaits_consent": True}
            self.working.routes = {"api_1": routes_of(self.directory(), account="api_1")}

    def keeper(self) -> RoomKeeper:
        keeper = RoomKeeper(self.room, self.limits, SystemClock(), self.deliver)
        keeper.routes = {"api_1": routes_of(self.directory(), account="api_1")}
        self.working = keeper
        return keeper

    def look(self, *, pause: Callable[[float], None] = lambda seconds: None) -> Outcome:
        caller = Caller(
            self.limits,
            lambda: datetime.now(UTC) + self.now_skew,
            through=self.makers.url,
            pause=pause,
        )
        session = Session(self.account, self.secret, caller)
        outcome = Look(APIS[self.api], session, self.keeper()).run()
        self.last = outcome.failed
        return outcome

    def stored(self) -> Counter[tuple[str, str]]:
        """(company, record) → how often."""
        return Counter((one.organisation, _plain(one.raw)) for one in self.log)


def _plain(raw: bytes) -> str:
    return json.dumps(json.loads(raw), sort_keys=True)


def there(makers: Makers, api: str) -> Counter[tuple[str, str]]:
    """What the API holds, by the company that each record names."""
    found: Counter[tuple[str, str]] = Counter()
    for (kind, _, tenant), rows in makers.shelf.items():
        for _, record in rows:
            owner = tenant or str(
                record.get("organization", {}).get("id")
                or record.get("organizationId")
                or record.get("id", {}).get("customerId")
            )
            company = "org_fumi" if owner == FUMI else "org_aoi"
            if kind == api:
                found[company, json.dumps(record, sort_keys=True)] += 1
    return found


@pytest.fixture
def makers() -> Iterator[Makers]:
    with Playing() as playing:
        yield playing


@pytest.fixture
def bench(tmp_path: Path, makers: Makers) -> Iterator[Bench]:
    with PollRoom(tmp_path) as room:
        yield Bench(room, makers, "withsecure")


def fill(makers: Makers, api: str, *, records: int = 10) -> None:
    """So many of each company, in the last hour."""
    for number in range(records):
        at = makers.now() - timedelta(minutes=50 - number)
        for tenant in (AOI, FUMI):
            name = f"{number}-{tenant[:4]}"
            match api:
                case "microsoft_graph":
                    makers.put(
                        api, "alerts", {"id": name, "tenantId": tenant}, tenant=tenant, at=at
                    )
                case "office_365":
                    record = {"Id": name, "OrganizationId": tenant}
                    makers.put(api, "exchange", record, tenant=tenant, at=at)
                case "google_workspace":
                    id_ = {"time": at.isoformat(), "uniqueQualifier": name,
                           "applicationName": "login", "customerId": GOOGLE}  # fmt: skip
                    makers.put(api, "login", {"id": id_}, at=at)
                case "withsecure":
                    held = {"id": name, "organization": {"id": tenant, "name": "社"}}
                    makers.put(api, "security_events", held, at=at)
                case "sophos_central":
                    record = {"id": name, "customer_id": tenant}
                    makers.put(api, "events", record, tenant=tenant, at=at)


def of(api: str, bench: Bench) -> Bench:
    bench.api = api
    bench.secret = google_key() if api == "google_workspace" else KEY
    return bench

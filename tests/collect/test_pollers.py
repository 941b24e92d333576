"""Fetching from the makers' APIs over real sockets: everything once, on good days and bad ones."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.collect.makers import AOI, CLIENT, FUMI, KEY, Makers, Playing, google_key, replay

from hinomi.collect.pollers.caller import Caller
from hinomi.collect.pollers.limits import PollLimits
from hinomi.collect.pollers.look import Look, Outcome
from hinomi.collect.pollers.registry import APIS, memories, record_kinds
from hinomi.collect.pollers.routes import Fate, routes_of
from hinomi.collect.pollers.session import Session
from hinomi.collect.pollers.trouble import PollFailed, Trouble
from hinomi.collect.pollers.windows import iso
from hinomi.core.clock import SystemClock
from hinomi.core.directory import ApiAccount, ApiRoute, Directory, Organisation, Source
from hinomi.normalise import FORMATS
from hinomi.pipeline.polls.keeper import RoomKeeper
from hinomi.store.pollroom import PollRoom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from hinomi.core.records import RawRecord
    from hinomi.core.transport import KeyedAnswer

GOOGLE = "C0aoi0001"
BAD_DAYS = ["429", "500", "503", "cut", "drop", "json", "slow", "empty object", "expired"]
# Tried again within the look; the others end it, and the next look brings the rest.
PASSING = {"429", "500", "503", "cut", "drop", "slow", "expired"}


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


@pytest.mark.parametrize("api", APIS)
def test_there_fetched_stored_equal(api: str, bench: Bench, makers: Makers) -> None:
    """The table: everything that is there is stored, once, byte for byte, at its company, and
    looking again brings nothing."""
    replay(makers)
    fill(makers, api)
    outcome = of(api, bench).look()
    assert not outcome.failed, outcome.failed
    assert bench.stored() == there(makers, api)
    assert outcome.fetched >= len(bench.log) > 0
    assert {one.kind for one in bench.log} <= set(FORMATS)
    bench.look()
    assert bench.stored() == there(makers, api)
    assert not bench.room.customers(accounts=["api_1"])


@pytest.mark.parametrize("fault", BAD_DAYS)
@pytest.mark.parametrize("api", APIS)
def test_bad_days_lose_and_double_nothing(
    api: str, fault: str, bench: Bench, makers: Makers
) -> None:
    fill(makers, api, records=6)
    makers.faults = ["", fault, "", fault]
    outcome = of(api, bench).look()
    if fault in PASSING:
        assert not outcome.failed, outcome.failed
    makers.faults = []
    bench.look()
    assert bench.stored() == there(makers, api)


@pytest.mark.parametrize("api", ["microsoft_graph", "google_workspace", "withsecure"])
def test_reordered_and_repeated_pages_change_nothing(
    api: str, bench: Bench, makers: Makers
) -> None:
    fill(makers, api)
    makers.newest_first, makers.twice = True, True
    of(api, bench).look()
    makers.newest_first = False
    bench.look()
    assert bench.stored() == there(makers, api)


@pytest.mark.parametrize("api", APIS)
def test_a_death_between_log_and_pollroom_doubles_nothing(
    api: str, bench: Bench, makers: Makers
) -> None:
    fill(makers, api)
    of(api, bench).die_after = 2
    with pytest.raises(KeyboardInterrupt):
        bench.look()
    died_with = len(bench.log)
    assert 0 < died_with < sum(there(makers, api).values())
    bench.look()
    assert bench.stored() == there(makers, api)
    assert bench.repeats > 0


def test_what_appears_late_is_fetched_all_the_same(bench: Bench, makers: Makers) -> None:
    of("microsoft_graph", bench).look()
    late = makers.now() - timedelta(minutes=90)
    makers.put("microsoft_graph", "sign_ins", {"id": "late"}, tenant=AOI, at=late)
    bench.look()
    assert [json.loads(one.raw)["id"] for one in bench.log] == ["late"]


def test_an_alert_that_only_changes_its_status_is_not_told_again(
    bench: Bench, makers: Makers
) -> None:
    makers.put("microsoft_graph", "alerts", {"id": "a", "status": "new"}, tenant=AOI)
    of("microsoft_graph", bench).look()
    makers.shelf.clear()
    makers.put("microsoft_graph", "alerts", {"id": "a", "status": "resolved"}, tenant=AOI)
    bench.look()
    assert len(bench.log) == 1


def test_ids_that_two_customers_share_are_two_records(bench: Bench, makers: Makers) -> None:
    for tenant in (AOI, FUMI):
        makers.put("microsoft_graph", "sign_ins", {"id": "same"}, tenant=tenant)
    of("microsoft_graph", bench).look()
    assert sorted(one.organisation for one in bench.log) == ["org_aoi", "org_fumi"]


def test_a_record_without_an_id_is_told_by_its_bytes(bench: Bench, makers: Makers) -> None:
    for text in ("一", "二"):
        record = {"text": text, "organization": {"id": AOI}}
        makers.put("withsecure", "security_events", record)
    bench.look()
    bench.look()
    assert len(bench.log) == 2


def test_unknown_customers_wait_and_go_where_a_person_says(bench: Bench, makers: Makers) -> None:
    fill(makers, "withsecure")
    bench.routed = (AOI,)
    bench.look()
    assert {one.organisation for one in bench.log} == {"org_aoi"}
    (customer,) = bench.room.customers(accounts=["api_1"])
    assert (customer.customer, customer.name, customer.records) == (FUMI, "社", 10)
    bench.routed = (AOI, FUMI)
    bench.keeper().settle_waiting("api_1")
    bench.look()
    assert bench.stored() == there(makers, "withsecure")
    assert not bench.room.customers(accounts=["api_1"])


def test_a_record_that_names_another_customer_than_was_asked_for_waits(
    bench: Bench, makers: Makers
) -> None:
    makers.put("microsoft_graph", "alerts", {"id": "x", "tenantId": FUMI}, tenant=AOI)
    of("microsoft_graph", bench).look()
    assert not bench.log
    (customer,) = bench.room.customers(accounts=["api_1"])
    assert customer.customer == f"{AOI} / {FUMI}"


def test_what_two_routes_claim_belongs_to_nobody(bench: Bench) -> None:
    directory = bench.directory()
    twice = replace(
        directory,
        api_routes=(
            *directory.api_routes,
            ApiRoute("api_1", AOI, "withsecure", "fumi_withsecure"),
        ),
    )
    routes = routes_of(twice, account="api_1")
    assert (AOI.casefold(), "withsecure") not in routes.sources
    assert not routes_of(directory, account="api_2").sources


def test_what_is_of_a_stopped_source_is_not_kept(bench: Bench) -> None:
    """The company's people pressed 受け取りを止める: it neither arrives nor waits."""
    directory = bench.directory()
    stopped = replace(
        directory, sources=tuple(replace(each, is_revoked=True) for each in directory.sources)
    )
    fate = routes_of(stopped, account="api_1").decide(AOI, kind="withsecure")
    assert fate is Fate.PUT_AWAY
    gone = replace(directory, sources=())
    assert routes_of(gone, account="api_1").decide(AOI, kind="withsecure") is Fate.WAITS


@pytest.mark.parametrize("api", APIS)
def test_a_company_that_did_not_agree_is_neither_asked_for_nor_kept(
    api: str, bench: Bench, makers: Makers
) -> None:
    """Where one key tells of all customers, its records are dropped as they come."""
    fill(makers, api)
    of(api, bench).aoi = {"awaits_consent": True}
    if api == "google_workspace":
        bench.routed = (GOOGLE,)  # an account there tells of one customer
    outcome = bench.look()
    assert not outcome.failed
    expected = {what: n for what, n in there(makers, api).items() if what[0] == "org_fumi"}
    assert bench.stored() == expected
    assert not bench.room.customers(accounts=["api_1"])
    assert not any(way.step.tenant == AOI for way in bench.room.ways(accounts=["api_1"]))
    assert not any(AOI in asked or "admin.googleapis.com" in asked for asked in makers.asked)


@pytest.mark.parametrize("api", ["microsoft_graph", "office_365", "sophos_central"])
def test_a_withdrawal_in_the_middle_of_a_look_ends_what_is_asked_for_the_company(
    api: str, bench: Bench, makers: Makers
) -> None:
    fill(makers, api, records=20)
    del makers.shelf[next(key for key in makers.shelf if key[2] == FUMI)]
    of(api, bench).withdraw_after = 2
    bench.look()
    told = len(bench.log)
    assert 0 < told <= 2 * makers.page_size
    asked = len(makers.asked)
    bench.look()
    assert len(bench.log) == told
    assert not any(AOI in each for each in makers.asked[asked:])


def test_a_server_that_lets_us_wait_is_not_asked_again_after_a_withdrawal(
    bench: Bench, makers: Makers
) -> None:
    fill(makers, "microsoft_graph")
    bench.streams, bench.routed = ("alerts",), (AOI,)
    of("microsoft_graph", bench)
    makers.faults = ["", "429"]

    def wait(seconds: float) -> None:
        bench.aoi = {"awaits_consent": True}
        assert bench.working is not None
        bench.working.routes = {"api_1": routes_of(bench.directory(), account="api_1")}
        makers.asked.clear()

    bench.look(pause=wait)
    assert not any("graph.microsoft.com" in each and AOI in each for each in makers.asked)
    assert len(bench.log) == makers.page_size


# How a record of each stream says when it was written.
WRITTEN: dict[tuple[str, str], Callable[[str, datetime], dict[str, Any]]] = {
    ("microsoft_graph", "alerts"): lambda name, at: {"id": name, "createdDateTime": iso(at)},
    ("microsoft_graph", "sign_ins"): lambda name, at: {"id": name, "createdDateTime": iso(at)},
    ("microsoft_graph", "directory"): lambda name, at: {"id": name, "activityDateTime": iso(at)},
    ("office_365", "exchange"): lambda name, at: {"Id": name, "CreationTime": iso(at)[:19]},
    ("google_workspace", "login"): lambda name, at: {
        "id": {"time": iso(at), "uniqueQualifier": name, "applicationName": "login",
               "customerId": GOOGLE},
    },
    ("withsecure", "security_events"): lambda name, at: {
        "id": name, "persistenceTimestamp": iso(at), "organization": {"id": AOI},
    },
    ("withsecure", "incidents"): lambda name, at: {
        "incidentId": name, "riskLevel": "high", "createdTimestamp": iso(at),
        "organizationId": AOI,
    },
    ("sophos_central", "events"): lambda name, at: {
        "id": name, "customer_id": AOI, "created_at": iso(at),
    },
}  # fmt: skip


@pytest.mark.parametrize("where", WRITTEN, ids="-".join)
def test_what_was_written_before_the_company_agreed_again_is_never_taken(
    where: tuple[str, str], bench: Bench, makers: Makers
) -> None:
    """Neither what an old cursor would bring, nor what the maker shows only now."""
    api, stream = where
    tenant = "" if api in ("google_workspace", "withsecure") else AOI
    of(api, bench).look()
    now = makers.now()
    agreed = now - timedelta(minutes=10)
    before, after = agreed - timedelta(minutes=5), agreed + timedelta(minutes=5)
    for name, written, shown in (
        ("pause", before, before), ("late", before, after), ("agreed", after, after),
    ):  # fmt: skip
        makers.put(api, stream, WRITTEN[where](name, written), tenant=tenant, at=shown)
    bench.aoi = {"agreed_from": agreed}
    bench.look()
    assert ["agreed" in _plain(one.raw) for one in bench.log] == [True]
    bench.look()
    assert len(bench.log) == 1


def test_what_waited_from_before_the_company_agreed_is_put_away(
    bench: Bench, makers: Makers
) -> None:
    now = makers.now()
    for minutes in (30, 5):
        record = WRITTEN["withsecure", "security_events"](
            f"w{minutes}", now - timedelta(minutes=minutes)
        )
        makers.put("withsecure", "security_events", record)
    bench.routed = ()
    bench.look()
    assert bench.room.customers(accounts=["api_1"])[0].records == 2
    bench.routed, bench.aoi = (AOI,), {"agreed_from": now - timedelta(minutes=10)}
    bench.keeper().settle_waiting("api_1")
    assert [json.loads(one.raw)["id"] for one in bench.log] == ["w5"]
    assert not bench.room.customers(accounts=["api_1"])


def test_what_waited_for_a_company_that_did_not_agree_is_put_away(
    bench: Bench, makers: Makers
) -> None:
    fill(makers, "withsecure")
    bench.routed = (FUMI,)
    bench.look()
    delivered = len(bench.log)
    bench.routed, bench.aoi = (AOI, FUMI), {"awaits_consent": True}
    bench.keeper().settle_waiting("api_1")
    assert len(bench.log) == delivered
    assert not bench.room.customers(accounts=["api_1"])


def test_a_full_room_leaves_the_rest_with_the_maker_and_known_customers_get_theirs(
    bench: Bench, makers: Makers
) -> None:
    fill(makers, "withsecure")
    bench.routed = (AOI,)
    bench.limits = PollLimits(room_bytes=100)
    assert bench.look().failed[0].trouble is Trouble.NO_ROOM
    bench.routed, bench.limits = (AOI, FUMI), PollLimits()
    bench.keeper().settle_waiting("api_1")
    bench.look()
    assert bench.stored() == there(makers, "withsecure")


def test_a_page_that_leads_to_itself_ends_the_look(bench: Bench, makers: Makers) -> None:
    fill(makers, "microsoft_graph")
    makers.faults = ["same link"]
    outcome = of("microsoft_graph", bench).look()
    assert outcome.failed[0].trouble is Trouble.BROKEN_ANSWER
    bench.look()
    assert bench.stored() == there(makers, "microsoft_graph")


def test_a_link_to_another_house_gets_no_token(bench: Bench, makers: Makers) -> None:
    makers.faults = ["elsewhere"]
    outcome = of("microsoft_graph", bench).look()
    assert outcome.failed[0].trouble is Trouble.BROKEN_ANSWER
    assert not any("evil.example" in each for each in makers.asked)


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_of_ours_that_is_wrong_passes_nothing_over(
    hours: int, bench: Bench, makers: Makers
) -> None:
    bench.now_skew = timedelta(hours=hours)
    of("google_workspace", bench).look()
    makers.put(
        "google_workspace", "login",
        {"id": {"time": "t", "uniqueQualifier": "1", "applicationName": "login",
                "customerId": GOOGLE}},
    )  # fmt: skip
    outcome = bench.look()
    assert not outcome.failed
    assert len(bench.log) == 1


def test_a_cursor_that_is_too_old_starts_anew_and_says_what_is_gone(
    bench: Bench, makers: Makers
) -> None:
    of("sophos_central", bench).look()
    makers.put("sophos_central", "events", {"id": "1", "customer_id": AOI}, tenant=AOI,
               at=makers.now() - timedelta(days=3))  # fmt: skip
    bench.look()
    for shelf in makers.shelf.values():
        shelf[:] = [(at - timedelta(days=2), record) for at, record in shelf]
    bench.room._connection.execute("UPDATE ways SET cursor = 'c-1 2026-01-01T00:00:00.000Z'")
    makers.put("sophos_central", "events", {"id": "2", "customer_id": AOI}, tenant=AOI)
    outcome = bench.look()
    assert not outcome.failed
    assert {json.loads(one.raw)["id"] for one in bench.log} >= {"2"}
    gaps = {way.gap for way in bench.room.ways(accounts=["api_1"])} - {""}
    assert len(gaps) == 1
    assert "2026-01-01 00:00" in gaps.pop()


@pytest.mark.parametrize(
    ("status", "answer", "trouble"),
    [
        (401, {"error": "invalid_client", "error_description": "AADSTS7000222: expired"},
         Trouble.KEY_EXPIRED),
        (401, {"error": "invalid_client", "error_description": "AADSTS7000215: invalid"},
         Trouble.KEY_REFUSED),
        (400, {"error": "unauthorized_client", "error_description": "AADSTS700016: no app"},
         Trouble.NO_CUSTOMER),
        (200, {"token_type": "Bearer"}, Trouble.BROKEN_ANSWER),
    ],
)  # fmt: skip
def test_a_refused_key_is_told_by_its_cause(
    status: int, answer: dict[str, str], trouble: Trouble, bench: Bench, makers: Makers
) -> None:
    makers.token_answer = (status, answer)
    outcome = of("microsoft_graph", bench).look()
    assert {failed.trouble for failed in outcome.failed} == {trouble}
    told = bench.room.ways(accounts=["api_1"])[-1]
    assert told.trouble == trouble
    assert "。" in told.sentence
    assert KEY not in told.sentence


def test_a_missing_right_and_a_missing_licence_stop_only_their_stream(
    bench: Bench, makers: Makers
) -> None:
    fill(makers, "microsoft_graph")
    graph = "graph.microsoft.com/v1.0/auditLogs/"
    licence = {"error": {"code": "Authentication_RequestFromNonPremiumTenantOrB2CTenant"}}
    makers.refusals = {
        f"{graph}signIns": (403, licence, {}),
        f"{graph}directoryAudits": (403, {"error": {"code": "Authorization_RequestDenied"}}, {}),
    }
    outcome = of("microsoft_graph", bench).look()
    assert {one.trouble for one in outcome.failed} == {Trouble.NO_LICENCE, Trouble.NO_RIGHT}
    assert any("AuditLog.Read.All" in one.message for one in outcome.failed)
    assert bench.stored() == there(makers, "microsoft_graph")


def test_troubles_of_a_customer_who_is_nobody_s_are_forgotten(bench: Bench, makers: Makers) -> None:
    code = {"error": {"code": "Authorization_RequestDenied"}}
    makers.refusals = {"graph.microsoft.com/": (403, code, {})}
    of("microsoft_graph", bench).look()
    assert sum(bool(way.trouble) for way in bench.room.ways(accounts=["api_1"])) == 6
    bench.streams = ("alerts",)
    makers.refusals = {}
    bench.look()
    assert not [way for way in bench.room.ways(accounts=["api_1"]) if way.trouble]


def test_a_server_that_asks_for_an_hour_gets_it(bench: Bench, makers: Makers) -> None:
    makers.retry_after, makers.faults = "3600", ["429"] * 4
    outcome = bench.look()
    assert outcome.failed[0].trouble is Trouble.BUSY
    assert outcome.failed[0].wait_s == 3600


def test_nobody_there_is_told_as_such(bench: Bench, makers: Makers) -> None:
    makers.url = "http://127.0.0.1:1"
    assert bench.look().failed[0].trouble is Trouble.UNREACHABLE


def test_an_answer_larger_than_any_page_is_not_read_to_its_end(
    bench: Bench, makers: Makers
) -> None:
    makers.put("withsecure", "security_events", {"id": "x" * 50_000})
    bench.limits = PollLimits(answer_bytes=20_000)
    assert bench.look().failed[0].trouble is Trouble.BROKEN_ANSWER


def test_what_can_come_again_is_remembered_and_no_more(bench: Bench, makers: Makers) -> None:
    """Memory stays bounded: ids are forgotten once no window reaches back to them."""
    fill(makers, "withsecure")
    bench.look()
    now = datetime.now(UTC)
    assert bench.room.tidy(now=now, overlaps=memories()) == 0
    later = dict.fromkeys(memories(), timedelta(seconds=-5))
    assert bench.room.tidy(now=now, overlaps=later) == 20


def test_the_google_statement_is_signed_by_the_key(bench: Bench, makers: Makers) -> None:
    import base64

    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    of("google_workspace", bench).look()
    head, said, signature = makers.statements[0].split(".")
    key = load_pem_private_key(json.loads(bench.secret)["private_key"].encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    key.public_key().verify(
        base64.urlsafe_b64decode(signature + "=="), f"{head}.{said}".encode(),
        padding.PKCS1v15(), hashes.SHA256(),
    )  # fmt: skip
    told = json.loads(base64.urlsafe_b64decode(said + "=="))
    assert (told["sub"], told["iss"]) == ("admin@aoi.example", "reader@project.example")

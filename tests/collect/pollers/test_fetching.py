"""Fetching from the makers' APIs over real sockets: everything once, on good days and bad ones."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.collect.makers import AOI, FUMI, KEY, Makers, replay
from tests.collect.pollers.conftest import GOOGLE, Bench, fill, of, there

from hinomi.collect.pollers.limits import PollLimits
from hinomi.collect.pollers.registry import APIS, memories
from hinomi.collect.pollers.routes import routes_of
from hinomi.collect.pollers.trouble import Trouble
from hinomi.core.directory import ApiRoute
from hinomi.normalise import FORMATS

BAD_DAYS = ["429", "500", "503", "cut", "drop", "json", "slow", "empty object", "expired"]
# Tried again within the look; the others end it, and the next look brings the rest.
PASSING = {"429", "500", "503", "cut", "drop", "slow", "expired"}


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

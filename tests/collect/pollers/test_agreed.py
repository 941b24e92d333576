"""Fetching from the makers' APIs for companies that agreed, and for those that did not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.collect.makers import AOI, FUMI, Makers
from tests.collect.pollers.conftest import GOOGLE, Bench, fill, of, there

from hinomi.collect.pollers.registry import APIS
from hinomi.collect.pollers.routes import Fate, routes_of
from hinomi.collect.pollers.windows import iso
from hinomi.core.consent_gaps import ConsentGap

if TYPE_CHECKING:
    from collections.abc import Callable


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
    gaps = (ConsentGap(agreed - timedelta(minutes=6), agreed),)
    before, after = agreed - timedelta(minutes=5), agreed + timedelta(minutes=5)
    for name, written, shown in (
        ("pause", before, before), ("late", before, after), ("agreed", after, after),
    ):  # fmt: skip
        makers.put(api, stream, WRITTEN[where](name, written), tenant=tenant, at=shown)
    bench.aoi = {"consent_gaps": gaps}
    bench.look()
    assert ["agreed" in one.raw.decode() for one in bench.log] == [True]
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
    bench.routed = (AOI,)
    bench.aoi = {"consent_gaps": (ConsentGap(None, now - timedelta(minutes=10)),)}
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

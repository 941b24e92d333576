"""`/ingest/v1/relay` against the real process: whose records a relay may bring, and when they were
heard."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.collect.conftest import sha256

from hinomi.core.consent_gaps import ConsentGap
from hinomi.core.directory import Source
from hinomi.core.words import SetAsideReason
from hinomi.store.directory import load, publish
from hinomi.store.unknown import UnknownStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.collect.conftest import Collect

pytestmark = pytest.mark.sockets
PATH = "/ingest/v1/relay"


@pytest.fixture
def relayed(folder: Collect) -> Collect:
    """葵 and 文 each have a relay that brings a router; 葵 also has a router of its own."""
    present = load(data=folder.data)
    more = [
        Source("aoi_relay", "org_aoi", "relay", "中継機", token_sha256=sha256("relay-aoi")),
        Source("fumi_relay", "org_fumi", "relay", "中継機", token_sha256=sha256("relay-fumi")),
        Source("aoi_lan", "org_aoi", "yamaha", "事務所", relay="aoi_relay", relay_port=5140),
        Source("fumi_lan", "org_fumi", "yamaha", "受付", relay="fumi_relay", relay_port=5140),
        Source("crossed", "org_fumi", "yamaha", "倉庫", relay="aoi_relay", relay_port=5141),
    ]
    publish(replace(present, sources=(*present.sources, *more)), data=folder.data)
    folder.start()
    return folder


def line(source: str, raw: bytes = b"<13>x", *, at: datetime | None = None, **more: str) -> bytes:
    moment = at or datetime.now(UTC)
    told = {"s": source, "t": microseconds(moment), "b": base64.b64encode(raw).decode(), **more}
    return json.dumps(told).encode() + b"\n"


def microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def bring(
    collect: Collect, body: bytes, *, token: str = "relay-aoi", **headers: str
) -> tuple[int, dict[str, Any]]:
    named = {"Authorization": f"Bearer {token}", **headers}
    status, answer, _ = collect.ask("POST", PATH, body, **named)
    return status, json.loads(answer)


def test_what_a_relay_heard_is_its_sources_record_with_the_time_it_was_heard(
    relayed: Collect,
) -> None:
    at = datetime.now(UTC) - timedelta(hours=30)
    body = line("aoi_lan", b"\x00\xff", at=at, p="192.0.2.9:514", f="too_large") + line("aoi_relay")
    assert bring(relayed, body) == (200, {"accepted": 2, "refused": 0})
    first, second = relayed.records(at_least=2)
    assert (first.organisation, first.source, first.kind) == ("org_aoi", "aoi_lan", "yamaha")
    assert (first.raw, first.peer) == (b"\x00\xff", "192.0.2.9:514")
    assert (first.heard_at, first.frame_fault) == (at, SetAsideReason.TOO_LARGE)
    assert first.receive_time > at + timedelta(hours=29)
    assert second.source == "aoi_relay"


def test_a_relay_brings_no_source_that_does_not_name_it_in_its_own_company(
    relayed: Collect,
) -> None:
    """Also not one of another company that says it is behind this relay."""
    others = ["aoi_port", "fumi_lan", "fumi_port", "crossed", "nobody", ""]
    strange = b"".join(line(each, each.encode() or b"who?", p="192.0.2.9:514") for each in others)
    body = strange + line("aoi_lan", b"own")
    assert bring(relayed, body) == (200, {"accepted": 1, "refused": len(others)})
    assert [(r.source, r.raw) for r in relayed.records(at_least=1)] == [("aoi_lan", b"own")]
    expected = {
        ("aoi_relay", "192.0.2.9", "not_of_relay", b""),
        ("aoi_relay", "192.0.2.9", "unknown_sender", b"who?"),
    }
    assert set(lines_kept(relayed)) == expected


def lines_kept(collect: Collect) -> list[tuple[str, str, str, bytes]]:
    deadline = time.monotonic() + 10
    while True:
        store = UnknownStore(collect.data)
        found = store.lines(now=datetime.now(UTC))
        store.close()
        if found or time.monotonic() > deadline:
            return [(each.relay, each.address, each.reason, each.line) for each in found]
        time.sleep(0.1)


def test_a_batch_that_comes_twice_is_kept_once(relayed: Collect) -> None:
    body = line("aoi_lan", b"one") + line("aoi_lan", b"two")
    for _ in range(2):
        answer = bring(relayed, body, Idempotency_Key="relay-1-1-2")
        assert answer == (200, {"accepted": 2, "refused": 0})
    status, told = bring(relayed, line("aoi_lan"), Idempotency_Key="relay-1-1-2")
    assert (status, told["error"]) == (422, "idempotency_key_reused")
    assert [r.raw for r in relayed.records()] == [b"one", b"two"]


def test_a_relay_learns_its_own_listeners_and_asks_cheaply(relayed: Collect) -> None:
    status, body, headers = relayed.ask("GET", PATH, Authorization="Bearer relay-aoi")
    told = json.loads(body)
    assert (status, told["relay"], told["name"]) == (200, "aoi_relay", "中継機")
    expected = {
        "id": "aoi_lan",
        "name": "事務所",
        "kind": "yamaha",
        "port": 5140,
        "serials": [],
    }
    assert told["sources"] == [expected]
    again = relayed.ask(
        "GET", PATH, Authorization="Bearer relay-aoi", If_None_Match=headers["etag"]
    )
    assert again[:2] == (304, b"")


def test_only_relays_may_ask_or_bring(relayed: Collect) -> None:
    refused = [("token-aoi", 403, "not_allowed"), ("nonsense", 401, "unknown_token")]
    for token, status, word in refused:
        assert relayed.ask("GET", PATH, Authorization=f"Bearer {token}")[0] == status
        found, told = bring(relayed, line("aoi_lan"), token=token)
        assert (found, told["error"]) == (status, word)
    assert relayed.records() == []


def test_a_revoked_relay_is_refused_within_five_seconds(relayed: Collect) -> None:
    relayed.change(id="aoi_relay", is_revoked=True)
    deadline = time.monotonic() + 5
    while bring(relayed, line("fumi_lan"))[0] != 401:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert relayed.records() == []


def when_known(is_so: Callable[[], bool]) -> None:
    """Within the five seconds that a withdrawal may take."""
    deadline = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def listening(collect: Collect, token: str = "relay-aoi") -> dict[str, Any]:
    told: dict[str, Any] = json.loads(collect.ask("GET", PATH, Authorization=f"Bearer {token}")[1])
    return told


def test_without_consent_a_source_is_refused_for_good_and_its_neighbours_are_kept(
    relayed: Collect,
) -> None:
    """One key, one answer: the relay forgets the whole batch, and no consented record is lost."""
    present = load(data=relayed.data)
    shop = Source("aoi_shop", "org_aoi", "yamaha", "店", relay="aoi_relay", relay_port=5142)
    publish(replace(present, sources=(*present.sources, shop)), data=relayed.data)
    relayed.change(id="aoi_lan", awaits_consent=True)
    when_known(lambda: [each["id"] for each in listening(relayed)["sources"]] == ["aoi_shop"])
    body = line("aoi_lan", b"private", p="192.0.2.9:514") + line("aoi_shop", b"agreed")
    for _ in range(2):
        answer = bring(relayed, body, Idempotency_Key="relay-1-1-2")
        assert answer == (200, {"accepted": 1, "refused": 1})
    assert bring(relayed, line("fumi_lan", b"theirs"), token="relay-fumi")[1]["accepted"] == 1
    found = relayed.records(at_least=2)
    assert [(each.source, each.raw) for each in found] == [
        ("aoi_shop", b"agreed"),
        ("fumi_lan", b"theirs"),
    ]
    assert set(lines_kept(relayed)) == {("aoi_relay", "192.0.2.9", "no_consent", b"")}


def test_while_a_company_agrees_to_nothing_its_relay_brings_nothing_and_keeps_nothing(
    relayed: Collect,
) -> None:
    """Not its own words, not a stranger's; the other company's goes on."""
    for each in ("aoi_relay", "aoi_lan"):
        relayed.change(id=each, awaits_consent=True)
    when_known(lambda: bool(listening(relayed)["awaits_consent"]))
    assert listening(relayed)["sources"] == []
    body = line("aoi_relay") + line("aoi_lan", b"private") + line("", b"who?", p="192.0.2.9:514")
    told = bring(relayed, body, Idempotency_Key="relay-1-1-3")
    assert told == (200, {"accepted": 0, "refused": 3})
    assert not listening(relayed, "relay-fumi")["awaits_consent"]
    assert bring(relayed, line("fumi_lan", b"theirs"), token="relay-fumi")[1]["accepted"] == 1
    assert [each.raw for each in relayed.records(at_least=1)] == [b"theirs"]
    assert {each[2:] for each in lines_kept(relayed)} == {("no_consent", b"")}


def test_what_was_heard_without_consent_is_not_taken_when_there_is_one_again(
    relayed: Collect,
) -> None:
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    gaps = (ConsentGap(now - 6 * hour, now - 5 * hour), ConsentGap(now - 3 * hour, now - hour))
    relayed.change(id="aoi_lan", consent_gaps=gaps)
    moments = [now - 4 * hour, now - 2 * hour, now, now - 5.5 * hour]
    body = b"".join(line("aoi_lan", str(each).encode(), at=each) for each in moments)
    when_known(lambda: bring(relayed, body)[1] == {"accepted": 2, "refused": 2})
    raws = {each.raw for each in relayed.records()[-2:]}
    assert raws == {str(moments[0]).encode(), str(moments[2]).encode()}


def test_a_relay_whose_clock_is_wrong_is_put_right(relayed: Collect) -> None:
    """After a power cut a small box may think it is 2024; how long ago it heard is still true."""
    now = datetime.now(UTC)
    wrong = now - timedelta(days=200)
    body = line("aoi_lan", at=wrong - timedelta(minutes=10))
    bring(relayed, body, Hinomi_Sent_At=str(microseconds(wrong)))
    bring(relayed, line("aoi_lan", at=now + timedelta(days=3)))
    bring(relayed, line("aoi_lan", at=datetime(1970, 1, 1, 1, tzinfo=UTC)))
    put_right, ahead, unset = relayed.records(at_least=3)
    assert put_right.heard_at is not None
    assert abs(put_right.heard_at - (now - timedelta(minutes=10))) < timedelta(seconds=30)
    assert ahead.heard_at is not None
    assert now < ahead.heard_at <= ahead.receive_time
    assert unset.heard_at is None


def test_what_no_relay_sends_is_refused_whole(relayed: Collect) -> None:
    bad = [b"{", b"[1]\n", b'{"s":1}\n', b'{"s":"aoi_lan","t":1,"b":"%%"}\n', b"\xff\n"]
    for body in bad:
        status, told = bring(relayed, line("aoi_lan") + body)
        assert (status, told["error"]) == (400, "unreadable_body")
    assert relayed.records() == []

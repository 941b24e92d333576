"""The real collect process: fetching, killed between every two steps, and given what it waited
for."""

from __future__ import annotations

import json
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.collect.conftest import PATIENCE_S, Collect, read_log
from tests.collect.makers import AOI, CLIENT, FUMI, KEY, Makers, Playing

from hinomi.config import REHEARSAL_MARK
from hinomi.core.directory import ApiAccount, ApiRoute, Source
from hinomi.store.directory import load, publish
from hinomi.store.pollroom import PollRoomReader, is_pollroom_made
from hinomi.store.sealed import seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RECORDS = 40


@pytest.fixture
def makers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Makers]:
    with Playing() as playing:
        monkeypatch.setenv("HINOMI_POLLS_THROUGH", playing.url)
        yield playing


@pytest.fixture
def tower(folder: Collect, makers: Makers) -> Collect:
    """An account that tells of 葵 and 文, of whom only 葵 is known."""
    (folder.data / REHEARSAL_MARK).touch()
    for number in range(RECORDS):
        owner = (AOI, FUMI)[number % 2]
        record = {"id": f"w{number}", "organization": {"id": owner, "name": "会社"}}
        makers.put("withsecure", "security_events", record)
    account = ApiAccount(
        id="api_1", firm="firm", name="WithSecure", kind="withsecure", client=CLIENT,
        secret=seal(KEY, data=folder.data, about="api_1"),
    )  # fmt: skip
    present = load(data=folder.data)
    sources = (
        Source("aoi_ws", "org_aoi", "withsecure", "WithSecure"),
        Source("fumi_ws", "org_fumi", "withsecure", "WithSecure"),
    )
    routes = (ApiRoute("api_1", AOI, "withsecure", "aoi_ws"),)
    publish(
        replace(
            present, sources=present.sources + sources, api_accounts=(account,), api_routes=routes
        ),
        data=folder.data,
    )
    return folder


def until(happened: Callable[[], bool], tower: Collect) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, tower.log()
        time.sleep(0.05)


def stored(tower: Collect) -> Counter[tuple[str, str]]:
    return Counter((one.source, json.loads(one.raw)["id"]) for one in read_log(tower.data))


def waiting(tower: Collect) -> int:
    if not is_pollroom_made(tower.data):
        return 0
    with closing(PollRoomReader(tower.data)) as room:
        return sum(each.records for each in room.customers(accounts=["api_1"]))


def has_looked_since(tower: Collect, moment: datetime) -> bool:
    """The account itself and both its streams, whole."""
    if not is_pollroom_made(tower.data):
        return False
    with closing(PollRoomReader(tower.data)) as room:
        ways = room.ways(accounts=["api_1"])
    return len(ways) == 3 and all(way.at is not None and way.at > moment for way in ways)


def name_fumi(tower: Collect) -> None:
    present = load(data=tower.data)
    routes = (*present.api_routes, ApiRoute("api_1", FUMI, "withsecure", "fumi_ws"))
    publish(replace(present, api_routes=routes), data=tower.data)


def everything() -> Counter[tuple[str, str]]:
    return Counter((("aoi_ws", "fumi_ws")[n % 2], f"w{n}") for n in range(RECORDS))


def test_known_customers_at_once_the_others_when_a_person_says_whose_they_are(
    tower: Collect,
) -> None:
    tower.start()
    until(lambda: waiting(tower) == RECORDS // 2, tower)
    assert {source for source, _ in stored(tower)} == {"aoi_ws"}
    name_fumi(tower)
    until(lambda: len(stored(tower)) == RECORDS, tower)
    until(lambda: waiting(tower) == 0, tower)
    assert stored(tower) == everything()
    assert tower.stop() == 0
    assert KEY not in tower.log()


def test_a_withdrawal_ends_fetching_while_collect_runs_and_goes_on_with_what_is_new(
    tower: Collect, makers: Makers
) -> None:
    """Each publication also renames the account, which makes collect look at once."""

    def publish_now(**changes: object) -> None:
        present = load(data=tower.data)
        sources = tuple(
            replace(each, **changes) if each.id == "aoi_ws" else each  # type: ignore[arg-type]
            for each in present.sources
        )
        account = replace(present.api_accounts[0], name=f"{time.monotonic()}")
        publish(replace(present, sources=sources, api_accounts=(account,)), data=tower.data)

    def bring(name: str, *, seconds_ago: int) -> None:
        at = makers.now() - timedelta(seconds=seconds_ago)
        for owner in (AOI, FUMI):
            record = {"id": f"{name}-{owner[:4]}", "organization": {"id": owner},
                      "persistenceTimestamp": at.isoformat()}  # fmt: skip
            makers.put("withsecure", "security_events", record, at=at)

    def there(name: str, owner: str, source: str) -> bool:
        return (source, f"{name}-{owner[:4]}") in stored(tower)

    name_fumi(tower)
    started = datetime.now(UTC)
    tower.start()
    until(lambda: has_looked_since(tower, started), tower)
    assert stored(tower) == everything()
    bring("pause", seconds_ago=30)
    withdrawn = datetime.now(UTC)
    publish_now(awaits_consent=True)
    until(lambda: there("pause", FUMI, "fumi_ws"), tower)
    until(lambda: has_looked_since(tower, withdrawn), tower)
    bring("agreed", seconds_ago=2)
    publish_now(awaits_consent=False, agreed_from=makers.now() - timedelta(seconds=15))
    until(lambda: there("agreed", AOI, "aoi_ws"), tower)
    assert not there("pause", AOI, "aoi_ws")
    assert waiting(tower) == 0


def test_kills_between_any_two_steps_lose_and_double_nothing(tower: Collect) -> None:
    """One after the other, each some pages further."""
    name_fumi(tower)
    for point in ("poll:after-log:3", "poll:before-kept:6", "poll:after-kept:9"):
        before = len(stored(tower))
        tower.start("--crash-at", point)
        until(lambda: tower.process is not None and tower.process.poll() is not None, tower)
        assert before < len(stored(tower)) < RECORDS, point
    tower.start()
    until(lambda: len(stored(tower)) == RECORDS, tower)
    assert stored(tower) == everything()


def test_a_key_that_does_not_open_is_told_and_stops_nothing_else(tower: Collect) -> None:
    present = load(data=tower.data)
    moved = replace(present.api_accounts[0], secret=seal(KEY, data=tower.data, about="api_2"))
    publish(replace(present, api_accounts=(moved,)), data=tower.data)
    tower.start()

    def told() -> bool:
        if not is_pollroom_made(tower.data):
            return False
        with closing(PollRoomReader(tower.data)) as room:
            return any(way.trouble == "no_key" for way in room.ways(accounts=["api_1"]))

    until(told, tower)
    assert tower.post(b'{"a": 1}\n')[0] == 200

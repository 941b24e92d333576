"""The provisioning commands of the contract, said twice, wrongly, and while the tower runs."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.contracts.conftest import Street
    from tests.e2e.contracts.tower import Tower

pytestmark = [pytest.mark.journey, pytest.mark.sockets]


def test_said_twice_commands_answer_the_same(street: Street) -> None:
    tower = street.tower
    firm = tower.ask("firm", "add", "二度言う組合")
    company = ["organisation", "add", "二度言う会社", "--firm", firm["id"]]
    organisation = tower.ask(*company)
    source = ["source", "add", "--organisation", organisation["id"], "--kind", "fortigate", "入口"]
    user = ["user", "add", "nido@example.jp", "--role", "staff", "--organisation"]
    pair = ["--firm", firm["id"], "--organisation", organisation["id"]]
    for said in (
        ["firm", "add", "二度言う組合"],
        company,
        source,
        [*user, organisation["id"]],
        ["engagement", "end", *pair],
    ):
        assert tower.ask(*said) == tower.ask(*said), said
    added = tower.ask(*source)
    assert set(added) == {"id", "token", "endpoint"}
    revoke = ["source", "revoke", added["token"]]
    assert tower.ask(*revoke) == tower.ask(*revoke)


def test_a_revoked_token_is_refused_within_five_seconds(street: Street) -> None:
    source = street.tower.source(street.aoi, "http", "やめる機器")
    assert street.tower.post(b"before", source.token).status == 200
    street.tower.ask("source", "revoke", source.token)
    deadline = time.monotonic() + 5
    while street.tower.post(b"", source.token).status != 401:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_accepted_records_are_listed_within_two_seconds(street: Street) -> None:
    source = street.tower.source(street.fumi, "http", "二秒")
    assert street.tower.post(b"two seconds", source.token).status == 200
    time.sleep(2)
    rows = street.tower.ask("events", "list", "--organisation", street.fumi)
    assert [row for row in rows if row["event.original"] == "two seconds"]
    assert all({"event_id", "event.original"} <= row.keys() for row in rows)
    assert len({row["event_id"] for row in rows}) == len(rows)


@pytest.mark.parametrize(
    "arguments",
    [
        ["source", "add", "--organisation", "org_nobody", "--kind", "http"],
        ["source", "revoke", "hnm_nobody"],
        ["engagement", "end", "--firm", "firm_nobody", "--organisation", "org_nobody"],
        ["organisation", "add", "迷子", "--firm", "firm_nobody"],
        ["user", "add", "a@b.example", "--organisation", "org_nobody", "--role", "owner"],
        ["user", "link", "nobody@b.example"],
        ["events", "list", "--organisation", "org_nobody"],
        ["incidents", "list", "--organisation", "org_nobody"],
        ["outbox", "list", "--organisation", "org_nobody"],
    ],
    ids=lambda arguments: "-".join(arguments[:2]),
)
def test_an_unknown_thing_is_told_in_a_sentence(tower: Tower, arguments: list[str]) -> None:
    done = tower.command(*arguments, "--format", "json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["source"],
        ["source", "add"],
        ["firm", "add"],
        ["user", "add", "no-mail", "--organisation", "x", "--role", "king"],
        ["incidents", "list"],
        ["incidents", "list", "--organisation", "x", "--nonsense"],
        ["outbox", "burn"],
    ],
    ids=lambda arguments: "-".join(arguments[:2]) + f"-{len(arguments)}",
)
def test_wrong_usage_is_two(tower: Tower, arguments: list[str]) -> None:
    done = tower.command(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_an_unknown_kind_is_wrong_usage(street: Street) -> None:
    done = street.tower.command(
        "source", "add", "--organisation", street.aoi, "--kind", "toaster", "--format", "json"
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "fortigate" in done.stderr


def test_the_three_formats_say_the_same(street: Street) -> None:
    source = street.tower.source(street.tower.organisation("三つの形"), "http")
    street.tower.post(b"format one\nformat =two\x1b[2J", source.token)
    street.tower.events(source.organisation, at_least=2)
    listing = ["events", "list", "--organisation", source.organisation, "--format"]
    as_json = json.loads(street.tower.command(*listing, "json").stdout)
    as_lines = street.tower.command(*listing, "jsonl").stdout
    assert [json.loads(line) for line in as_lines.splitlines()] == as_json
    table = street.tower.command(*listing, "table").stdout
    assert all(row["event_id"] in table for row in as_json)
    assert "\x1b" not in table


def test_texts_are_listed_with_marked_slots_and_pass_their_own_check(tower: Tower) -> None:
    rows = tower.ask("texts", "list")
    assert all({"id", "text"} <= row.keys() for row in rows)
    assert len({row["id"] for row in rows}) == len(rows) > 20
    assert any("<<" in row["text"] and ">>" in row["text"] for row in rows)

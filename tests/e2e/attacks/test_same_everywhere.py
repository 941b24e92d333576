"""Scan, stream and hunt give the same findings for the same events, and those Sigma asks for."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.e2e.attacks.constructs import CONSTRUCTS, Sent, sent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.e2e.attacks.conftest import Ground

pytestmark = [pytest.mark.journey, pytest.mark.sockets]
Found = dict[str, set[str]]


@pytest.fixture(scope="module")
def events() -> Sent:
    """The same lines for all three."""
    return sent(datetime.now(UTC))


@pytest.fixture(scope="module")
def scanned(ground: Ground, events: Sent, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """`hinomi scan`: a finding names the number of the line."""
    rows = ground.scanned(ground.constructs, events.lines, tmp_path_factory.mktemp("log"))
    labels = [json.loads(line)["label"] for line in events.lines]
    return _by_rule((row["rule_id"], labels[row["record"] - 1]) for row in rows)


@pytest.fixture(scope="module")
def streamed(ground: Ground, events: Sent) -> Found:
    """The running tower; a finding carries its event."""
    source = ground.tower.source(ground.aoi, "generic")
    body = "\n".join(events.lines).encode()
    assert ground.tower.post(body, source.token).status == 200
    wanted = sum(map(len, events.expected.values()))
    found = ground.findings(ground.aoi, until=lambda rows: len(rows) >= wanted)
    return _by_rule((one.rule_id, one.evidence[-1].fields["label"]) for one in found)


@pytest.fixture(scope="module")
def hunted(ground: Ground, streamed: Found) -> Found:
    """`hinomi hunt` over the lake, once all events have come there."""
    assert streamed
    ground.fill_lake()
    listed = ground.tower.ask("events", "list", "--organisation", ground.aoi)
    labels = {row["event_id"]: json.loads(row["event.original"]).get("label") for row in listed}
    hunt = ("hunt", "--rules", str(ground.constructs), "--organisation", ground.aoi)
    rows = ground.told(*hunt, "--format", "jsonl", on_data=True)
    return _by_rule((row["rule_id"], labels[row["event_id"]]) for row in rows)


def _by_rule(found: Iterable[tuple[str, str]]) -> Found:
    rules: Found = defaultdict(set)
    for rule, label in found:
        rules[rule].add(label)
    return rules


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_scan_stream_and_hunt_find_what_sigma_asks_for(
    name: str, events: Sent, scanned: Found, streamed: Found, hunted: Found
) -> None:
    rule = f"x-{name}"
    expected = events.expected[rule]
    assert (scanned[rule], streamed[rule], hunted[rule]) == (expected, expected, expected)

"""Correlations hunted back in time: as the stream would have told, in any order of files."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.stores.hunting import AOI, FUMI, NOW, fill_lake, process, publish_companies

from hinomi.cli.main import main
from hinomi.core.findings import finding_id
from hinomi.detect import RuleSet, load_rules
from hinomi.detect.correlate.reference import correlate
from hinomi.normalise import aliases_by_shape
from hinomi.store.hunt_rows import HuntState
from hinomi.store.hunts import all_hunts

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.core.records import Event

RULES = r"""
title: Failed
id: 11111111-2222-4333-8444-555555555551
name: failed
level: low
logsource: {product: windows, category: process_creation}
detection:
  s: {Image|endswith: '\failed.exe'}
  condition: s
---
title: Worked
id: 11111111-2222-4333-8444-555555555552
name: worked
level: low
logsource: {product: windows, category: process_creation}
detection:
  s: {Image|endswith: '\worked.exe'}
  condition: s
---
title: Many failed
id: 11111111-2222-4333-8444-555555555553
name: many_failed
correlation:
  type: event_count
  rules: [failed]
  group-by: [User]
  timespan: 10m
  condition: {gte: 3}
level: medium
---
title: Guessed
id: 11111111-2222-4333-8444-555555555554
correlation:
  type: temporal_ordered
  rules: [many_failed, worked]
  group-by: [User]
  timespan: 1h
level: high
"""
FAILED, MANY, GUESSED = (f"11111111-2222-4333-8444-55555555555{n}" for n in (1, 3, 4))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    publish_companies(folder)
    (tmp_path / "rules.yml").write_text(RULES)
    return folder


def start(second: float, what: str, *, user: str = "aoi", organisation: str = AOI) -> Event:
    number = int(second * 10) + 1_000
    event = process(number, f"C:\\{what}.exe", User=user, organisation=organisation)
    moment = NOW - timedelta(hours=2) + timedelta(seconds=second)
    return replace(event, event_time=moment, receive_time=moment)


def hunted(
    data: Path, capsys: pytest.CaptureFixture[str], *options: str
) -> list[dict[str, object]]:
    paths = () if "--rules" in options else ("--rules", str(data.parent / "rules.yml"))
    main(["hunt", *paths, "--data", str(data), "--format", "jsonl", *options])
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_chain_is_found_though_the_lake_is_read_backwards(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guessing = [start(60 * n, "failed") for n in range(3)]
    after = replace(start(400, "worked"), receive_time=NOW + timedelta(days=1))  # another file
    fill_lake(data, [after, *guessing])
    found = hunted(data, capsys, "--all-organisations")
    assert [one["rule_id"] for one in found] == [GUESSED]
    (finding,) = all_hunts(data)[0].findings()
    assert [each.event_id for each in finding.evidence] == [
        *(each.event_id for each in guessing),
        after.event_id,
    ]


def test_events_of_two_companies_never_count_together(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [start(10 * n, "failed", organisation=(AOI, FUMI)[n % 2]) for n in range(4)]
    fill_lake(data, [*events, start(300, "worked"), start(310, "worked", organisation=FUMI)])
    assert hunted(data, capsys, "--all-organisations") == []


def test_a_rule_that_only_feeds_is_shown_when_somebody_names_it(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill_lake(data, [start(10 * n, "failed") for n in range(3)])
    (data / "rules").mkdir()
    (data / "rules" / "own.yml").write_text(RULES)
    assert hunted(data, capsys, "--all-organisations") == []
    shown = hunted(data, capsys, "--rules", FAILED, "--all-organisations")
    assert [one["rule_id"] for one in shown] == [FAILED] * 3
    inner = hunted(data, capsys, "--rules", MANY, "--all-organisations")
    assert [one["rule_id"] for one in inner] == [MANY]


def test_only_the_chain_is_handed_on(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill_lake(data, [*(start(10 * n, "failed") for n in range(3)), start(300, "worked")])
    hunted(data, capsys, "--all-organisations", "--write-findings")
    folder = all_hunts(data)[0]
    assert folder.handed_on is not None
    found, _ = folder.findings_at(0, end=folder.handed_on.size_bytes, most=100)
    assert [each.rule_id for each in found] == [GUESSED]


def test_a_hunt_that_was_killed_finds_each_thing_once(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether before its hits were counted or after: the progress on disk says which."""
    fill_lake(data, [*(start(10 * n, "failed") for n in range(3)), start(300, "worked")])
    hunted(data, capsys, "--all-organisations")
    folder = all_hunts(data)[0]
    once = list(folder.findings())
    assert len(once) == 1
    certain = folder.progress
    for progress in (certain, replace(certain, is_joined=False, size_bytes=0, findings=0)):
        (folder.path / "end.json").unlink()
        folder._write("progress.json", progress)
        main(["hunt", "resume", folder.id, "--data", str(data)])
        capsys.readouterr()
        assert folder.state is HuntState.DONE
        assert list(folder.findings()) == once


@pytest.mark.parametrize("seed", range(5))
def test_the_hunt_tells_what_the_specification_tells(
    data: Path, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    draw = random.Random(seed)
    events = [
        start(
            place * 7 + draw.random(),
            draw.choice(("failed", "failed", "worked", "other")),
            user=draw.choice(("aoi", "fumi")),
            organisation=draw.choice((AOI, FUMI)),
        )
        for place in range(200)
    ]
    fill_lake(data, draw.sample(events, len(events)))
    hunted(data, capsys, "--all-organisations")
    told = {finding.id for finding in all_hunts(data)[0].findings()}
    assert told == _specified(events, paths=[data.parent / "rules.yml"])
    assert told, "the streams are made so that something comes true"


def _specified(events: list[Event], *, paths: list[Path]) -> set[str]:
    loaded = load_rules(paths)
    matcher = RuleSet(loaded.rules, aliases=aliases_by_shape())
    arrivals = [
        (event, [match.rule.id for match in matcher.match(event)])
        for event in sorted(events, key=lambda event: event.event_time)
    ]
    told = correlate(loaded.correlations, arrivals, rules=loaded.rules, aliases=aliases_by_shape())
    return {
        finding_id(rule_id=each.correlation, event_id=f"{each.group}\0{each.first}")
        for each in told
        if each.correlation == GUESSED
    }

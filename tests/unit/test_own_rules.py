"""Our own rules: each is complete, fires on its hits, stays quiet on its misses, and the rehearsed
attacks fire what they should while ordinary days fire nothing."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from hinomi.core.records import Event, RawRecord
from hinomi.core.words import Disposition
from hinomi.detect import Rule, RuleSet, load_rules
from hinomi.normalise import aliases_by_shape, read_record
from hinomi.pipeline.rule_sequences import run_sequences
from hinomi.rehearse.over_time import ordinary_weeks
from hinomi.rehearse.scenes import KNOCKING, SCENES, Line, quiet_days
from hinomi.rehearse.storms import STORMS

if TYPE_CHECKING:
    from hinomi.detect.correlate import Correlation
    from hinomi.pipeline.rules import Verdict

RULES = Path(__file__).resolve().parents[2] / "rules"
LOADED = load_rules([RULES])
MATCHER = RuleSet(LOADED.rules, aliases=aliases_by_shape())
RECEIVED = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
TEXTS = RULES.parent / "src" / "hinomi" / "respond" / "texts"

EXAMPLES = [
    pytest.param(rule, kind, example, id=f"{Path(rule.path).stem}-{kind}-{number}")
    for rule in LOADED.rules
    for kind, examples in (("hit", rule.handling.hits), ("miss", rule.handling.misses))
    for number, example in enumerate(examples, 1)
]
EVERY_RULE = [
    pytest.param(rule, id=Path(rule.path).stem)
    for rule in LOADED.tellers
    if rule.id not in LOADED.silent
]
SEQUENCES = [
    pytest.param(verdict, id=f"{Path(verdict.rule.path).stem}-{verdict.expected}-{verdict.number}")
    for verdict in run_sequences(LOADED, now=datetime(2026, 11, 20, 15, 0, tzinfo=UTC))
]


def _event(example: dict[str, object]) -> Event:
    if "raw" in example:
        raw = str(example["raw"]).encode()
        record = RawRecord("E", "aoi", "s", str(example["kind"]), "Asia/Tokyo", RECEIVED, raw)
        result = read_record(record)
        assert isinstance(result, Event), result
        return result
    fields = cast("dict[str, str]", example["fields"])
    shape = str(example["shape"])
    device = fields.get("Computer", "")
    return Event("E", "aoi", "s", shape, device, RECEIVED, RECEIVED, fields, b"")


def _cases(line: Line) -> set[str]:
    result = read_record(
        RawRecord(
            "E", "aoi", "s", "auto", "Asia/Tokyo", line.moment + timedelta(seconds=1), line.raw
        )
    )
    assert isinstance(result, Event), result
    matches = (match.rule for match in MATCHER.match(result))
    return {rule.handling.case for rule in matches if rule.id not in LOADED.silent}


def test_every_own_rule_loads_and_there_are_enough() -> None:
    assert LOADED.refused == ()
    assert len(LOADED.rules) >= 25
    assert MATCHER.without_source == ()


@pytest.mark.parametrize(("rule", "kind", "example"), EXAMPLES)
def test_a_rule_fires_on_its_hits_and_not_on_its_misses(
    rule: Rule, kind: str, example: dict[str, object]
) -> None:
    event = _event(example)
    fired = rule.id in {match.rule.id for match in MATCHER.match(event)}
    assert fired == (kind == "hit")
    if "disposition" in example:
        assert event.disposition is Disposition(str(example["disposition"]))


@pytest.mark.parametrize("verdict", SEQUENCES)
def test_a_correlation_fires_on_its_hits_and_not_on_its_misses(verdict: Verdict) -> None:
    assert verdict.fault == ""


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_a_rule_brings_everything_its_notice_and_an_analyst_need(rule: Rule | Correlation) -> None:
    assert uuid.UUID(rule.id).version == 4
    assert rule.description
    assert rule.falsepositives
    assert any(re.fullmatch(r"attack\.t\d{4}(\.\d{3})?", tag) for tag in rule.tags)
    handling = rule.handling
    assert handling.hits, "a rule ships with a hit"
    assert handling.misses, "a rule ships with a near miss"
    assert handling.group_by
    assert handling.certainty
    assert re.search("[ぁ-んァ-ヶ一-龠]", handling.title_ja)
    assert len(handling.title_ja) <= 30
    assert (TEXTS / f"{handling.case}.yml").is_file(), f"no customer text for {handling.case}"


def test_what_was_stopped_on_the_way_is_never_above_low_unless_something_is_wrong_inside() -> None:
    for rule in LOADED.rules:
        if rule.handling.case in ("malware_stopped", "attack_blocked"):
            assert rule.level.rank <= 1, rule.path


@pytest.mark.parametrize(
    ("scene", "case"),
    [
        ("ransomware", "ransomware"),
        ("vpn_guessing", "login_attempts"),
        ("phishing", "phishing_blocked"),
        ("emotet", "emotet"),
        ("free_software", "unwanted_software"),
        ("command_server", "c2_communication"),
        ("update_storm", "suspicious_program"),
        ("same_stranger", "login_attempts"),
    ],
)
def test_a_rehearsed_attack_fires_its_case(scene: str, case: str) -> None:
    lines = next(one for one in (*SCENES, *STORMS) if one.key == scene).lines(RECEIVED)
    assert lines
    assert all(case in _cases(line) for line in lines)


def test_knocking_at_servers_and_routers_is_counted_as_login_attempts() -> None:
    assert all(_cases(line) == {"login_attempts"} for line in KNOCKING.lines(RECEIVED))


def test_ordinary_weeks_and_three_quiet_days_fire_nothing() -> None:
    lines = (*ordinary_weeks(end=RECEIVED), *quiet_days(end=RECEIVED))
    noisy = [line for line in lines if _cases(line)]
    assert noisy == []

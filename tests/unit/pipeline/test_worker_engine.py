"""One record never stops the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hinomi.core.records import Event, RawRecord, SetAside
from hinomi.core.state import MemoryState
from hinomi.core.words import SetAsideReason
from hinomi.detect import Rule, RuleSet, load_rules, parse_rules
from hinomi.detect.correlate import Correlator
from hinomi.detect.found import Found
from hinomi.normalise import read_record
from hinomi.pipeline.findings import Versions
from hinomi.pipeline.worker_engine import HELD, Engine, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import pytest

    from hinomi.detect import Match

NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
RAW = RawRecord("E1", "org_aoi", "src_1", "auto", "Asia/Tokyo", NOW, b'{"message": "hello"}')


class NoRules:
    def match(self, event: Event) -> Sequence[Match]:
        return ()


class BrokenRules:
    def match(self, event: Event) -> Sequence[Match]:
        raise ZeroDivisionError


def an_engine(reader: Callable[[RawRecord], Event | SetAside] = read_record) -> Engine:
    return Engine(reader, NoRules(), Versions(), {})


def broken(_: RawRecord) -> Event | SetAside:
    raise KeyError("surprise")


def test_a_reader_that_raises_costs_only_its_own_record(caplog: pytest.LogCaptureFixture) -> None:
    record = an_engine(broken).read(RAW)
    assert isinstance(record, SetAside)
    assert (record.reason, record.detail) == (SetAsideReason.CRASHED_READER, "KeyError")
    assert record.raw == RAW.raw
    assert "E1" in caplog.text


def test_a_matcher_that_raises_is_reported_and_the_event_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    event = an_engine().read(RAW)
    assert isinstance(event, Event)
    assert replace(an_engine(), matcher=BrokenRules()).find(event) == []
    assert "E1" in caplog.text


def test_a_frame_that_was_not_whole_is_set_aside_unread() -> None:
    fault = replace(RAW, frame_fault=SetAsideReason.TOO_LARGE)
    record = an_engine(broken).read(fault)
    assert isinstance(record, SetAside)
    assert record.reason is SetAsideReason.TOO_LARGE


def test_half_a_surrogate_pair_becomes_a_text_that_stores_can_hold() -> None:
    """JSON may carry it as an escape; SQLite, Parquet and mail cannot."""
    record = an_engine().read(replace(RAW, raw=b'{"message": "a\\ud800b"}'))
    assert isinstance(record, Event)
    assert all(value.encode() for value in record.fields.values())
    assert "a?b" in record.fields.values()


COUNTING = """
title: Word
id: word
logsource: {product: generic}
detection: {s: {message|contains: hello}, condition: s}
---
title: Twice
id: twice
correlation:
  type: event_count
  rules: [word]
  timespan: 5m
  condition: {gte: 2}
"""
(RULE,) = (one for one in parse_rules(COUNTING.encode(), path="r.yml") if isinstance(one, Rule))


def test_a_rule_that_only_feeds_a_correlation_is_silent_and_the_correlation_speaks(
    tmp_path: Path,
) -> None:
    (tmp_path / "r.yml").write_text(COUNTING)
    loaded = load_rules([tmp_path])
    engine = replace(
        an_engine(),
        matcher=RuleSet(loaded.rules),
        correlator=Correlator(loaded.correlations, rules=loaded.rules, state=MemoryState()),
        silent=loaded.silent,
    )
    event = engine.read(RAW)
    assert isinstance(event, Event)
    assert engine.find(event) == []
    (finding,) = engine.find(replace(event, event_id="E2"))
    assert finding.rule_id == "twice"
    assert [one.event_id for one in finding.evidence] == ["E1", "E2"]


def test_a_finder_that_fails_does_not_silence_the_others(caplog: pytest.LogCaptureFixture) -> None:
    def broken_finder(_: Event) -> Iterable[Found]:
        raise ValueError

    def finder(event: Event) -> Iterable[Found]:
        return [Found(teller=RULE, event=event, why=(), key="k")]

    event = an_engine().read(RAW)
    assert isinstance(event, Event)
    engine = replace(an_engine(), finders=(broken_finder, finder))
    assert [finding.rule_id for finding in engine.find(event)] == ["word"]
    assert "E1" in caplog.text


def test_only_companies_of_a_trial_meet_its_rules_and_both_know_the_same_facts() -> None:
    stable = replace(an_engine(), matcher=fires("old"), versions=Versions(rule_pack="one"))
    tried = replace(an_engine(), matcher=fires("new"), versions=Versions(rule_pack="two"))
    engine = replace(stable, trial=Trial(frozenset(["org_aoi"]), tried))
    engine = engine.with_surroundings(
        versions=Versions(rule_pack="one", directory_generation=7), finders=()
    )
    assert packs_of(engine, "org_aoi") == [("new", "two", 7)]
    assert packs_of(engine, "org_fumi") == [("old", "one", 7)]


def test_a_held_rule_is_found_and_kept_and_says_what_silences_it() -> None:
    engine = replace(an_engine(), matcher=fires("loud", "calm"), held=frozenset(["loud"]))
    event = engine.read(RAW)
    assert isinstance(event, Event)
    assert [(f.rule_id, f.silenced_by) for f in engine.find(event)] == [
        ("loud", HELD),
        ("calm", ""),
    ]


def fires(*ids: str) -> RuleSet:
    """Rules of these ids that fire on the record."""
    text = (
        "title: Words\nid: {}\nlevel: high\nlogsource: {{product: generic}}\n"
        "detection:\n  words: ['hello']\n  condition: words\n"
    )
    parsed = [one for each in ids for one in parse_rules(text.format(each).encode(), path="r.yml")]
    return RuleSet([rule for rule in parsed if isinstance(rule, Rule)])


def packs_of(engine: Engine, organisation: str) -> list[tuple[str, str, int]]:
    event = engine.read(replace(RAW, organisation=organisation))
    assert isinstance(event, Event)
    return [(f.rule_id, f.rule_pack, f.directory_generation) for f in engine.find(event)]

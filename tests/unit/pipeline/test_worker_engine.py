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
    def match_all(self, events: Sequence[Event]) -> Sequence[Sequence[Match]]:
        return [()] * len(events)


class BrokenRules:
    def match_all(self, events: Sequence[Event]) -> Sequence[Sequence[Match]]:
        raise ZeroDivisionError


class BrokenFor:
    """Rules that fail on one event, wherever it stands in a batch."""

    def __init__(self, event_id: str) -> None:
        self._event_id = event_id
        self._rules = fires("word")

    def match_all(self, events: Sequence[Event]) -> Sequence[Sequence[Match]]:
        if any(event.event_id == self._event_id for event in events):
            raise RecursionError
        return self._rules.match_all(events)


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
    assert replace(an_engine(), matcher=BrokenRules()).find([event]) == []
    assert "E1" in caplog.text


def test_an_event_that_a_matcher_fails_on_costs_only_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A batch is matched together: the others in it must be told all the same, each once."""
    event = an_engine().read(RAW)
    assert isinstance(event, Event)
    batch = [replace(event, event_id=f"E{number}") for number in range(5)]
    found = replace(an_engine(), matcher=BrokenFor("E3")).find(batch)
    assert [each.evidence[0].event_id for each in found] == ["E0", "E1", "E2", "E4"]
    assert "event E3" in caplog.text


def test_what_a_batch_shows_is_told_in_the_order_of_its_events() -> None:
    event = an_engine().read(RAW)
    assert isinstance(event, Event)
    mixed = [
        replace(event, event_id=f"{number}", organisation=("org_aoi", "org_fumi")[number % 2])
        for number in range(6)
    ]
    engine = replace(an_engine(), matcher=fires("a", "b"))
    told = [(one.evidence[0].event_id, one.rule_id) for one in engine.find(mixed)]
    assert told == [(f"{number}", rule) for number in range(6) for rule in ("a", "b")]
    tried = replace(engine, trial=Trial(frozenset(["org_aoi"]), engine)).find(mixed)
    assert [one.evidence[0].event_id for one in tried] == list("113355002244")


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
    assert engine.find([event]) == []
    (finding,) = engine.find([replace(event, event_id="E2")])
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
    assert [finding.rule_id for finding in engine.find([event])] == ["word"]
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
    assert [(f.rule_id, f.silenced_by) for f in engine.find([event])] == [
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
    return [(f.rule_id, f.rule_pack, f.directory_generation) for f in engine.find([event])]

"""What the specification does not say: how a finding explains itself, limits, and what is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.state import MemoryState
from hinomi.detect.correlate import Correlator, window
from hinomi.detect.correlate.watermark import Watermark, moment_of
from tests.unit.detect.correlate.bench import NOON, correlation, event, fired, load, told

if TYPE_CHECKING:
    from hinomi.core.records import Event
    from hinomi.detect import Loaded
    from hinomi.detect.found import Found

COUNT = "type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 5m\ncondition: {gte: 3}"


def run(loaded: Loaded, *events: Event, state: MemoryState | None = None) -> list[Found]:
    working = Correlator(
        loaded.correlations, rules=loaded.rules, state=MemoryState() if state is None else state
    )
    found = []
    for one in events:
        working.see(one)
        found += working.take(one, fired(one))
    working.flush()
    return found


def test_a_finding_says_what_was_counted_where_and_for_whom() -> None:
    (found,) = run(load(correlation(COUNT)), *(event(n, "a", at=n) for n in range(4)))
    first, second = found.why
    assert first.pattern == "event_count gte 3 within 5m; it was 3"
    assert (first.selection, first.value) == ("correlation", "mori")
    assert second.selection == "Rule a"
    assert second.value == "3 events from 2026-11-21T03:00:00Z to 2026-11-21T03:00:02Z"
    assert [one.event_id for one in found.earlier] == ["e0", "e1"]
    assert found.event.event_id == "e2"


def test_a_long_attack_keeps_its_newest_nine_events_as_evidence() -> None:
    loaded = load(correlation(COUNT.replace("3}", "50}")))
    (found,) = run(loaded, *(event(n, "a", at=n) for n in range(50)))
    assert [one.event_id for one in found.earlier] == [f"e{n}" for n in range(41, 49)]
    assert all(one.fields["user"] == "mori" for one in found.earlier)


def test_evidence_of_every_rule_is_kept_when_one_of_them_is_noisy() -> None:
    loaded = load(correlation("type: temporal\nrules: [a, b, c]\ntimespan: 1h"))
    events = [event(0, "a", at=0), *(event(n, "b", at=n) for n in range(1, 40))]
    (found,) = run(loaded, *events, event(40, "c", at=40))
    assert found.earlier[0].event_id == "e0"


def test_the_hits_of_an_inner_correlation_are_evidence_of_the_outer_one() -> None:
    outer = correlation("type: temporal_ordered\nrules: [one, b]\ntimespan: 1h", name="outer")
    events = [*(event(n, "a", at=n) for n in range(3)), event(3, "b", at=3)]
    found = run(load(correlation(COUNT) + outer), *events)[-1]
    assert found.teller.id == "id-outer"
    assert [one.event_id for one in found.earlier] == ["e0", "e1", "e2"]


def test_an_attack_that_goes_on_is_told_once_and_again_the_next_day() -> None:
    hours = [event(n, "a", at=n * 60) for n in range(30 * 60)]
    told_at = [found.event.event_time - NOON for found in run(load(correlation(COUNT)), *hours)]
    assert told_at == [timedelta(minutes=2), timedelta(hours=24, minutes=3)]


def test_two_attacks_with_calm_between_them_are_two_findings() -> None:
    attack = [event(n, "a", at=n) for n in range(3)]
    later = [event(n, "a", at=1_000 + n) for n in range(3, 6)]
    assert [told(one)[2] for one in run(load(correlation(COUNT)), *attack, *later)] == ["e0", "e3"]


def test_an_event_without_the_group_field_is_in_no_group() -> None:
    bare = [replace(event(n, "a", at=n), fields={"kind": "a"}) for n in range(5)]
    assert run(load(correlation(COUNT)), *bare) == []


def test_an_alias_reads_another_field_of_each_rule() -> None:
    aliases = "aliases: {who: {a: user, b: account}}"
    loaded = load(
        correlation(f"type: temporal\nrules: [a, b]\ngroup-by: [who]\ntimespan: 1h\n{aliases}")
    )
    events = event(0, "a", at=0, user="mori"), event(1, "b", at=1, user="x", account="MORI")
    (found,) = run(loaded, *events)
    assert (found.why[0].field, found.why[0].value) == ("who", "MORI")
    assert run(loaded, events[0], event(1, "b", at=1, user="mori", account="abe")) == []


def test_a_spray_counts_different_users_not_attempts() -> None:
    spray = "type: value_count\nrules: [a]\ngroup-by: [ip]\ntimespan: 5m"
    loaded = load(correlation(f"{spray}\ncondition: {{field: user, gte: 3}}"))
    same = [event(n, "a", at=n, ip="1.2.3.4", user="mori") for n in range(9)]
    others = [event(n, "a", at=n, ip="1.2.3.4", user=f"u{n}") for n in range(9)]
    assert run(loaded, *same) == []
    assert [told(one)[3] for one in run(loaded, *others)] == ["e2"]


def test_two_companies_are_never_counted_together() -> None:
    mixed = [event(n, "a", at=n, organisation=("aoi", "fumi")[n % 2]) for n in range(4)]
    assert run(load(correlation(COUNT)), *mixed) == []


def test_a_hit_later_than_promised_still_counts_and_is_counted_as_late() -> None:
    loaded = load(correlation(COUNT))
    working = Correlator(loaded.correlations, rules=loaded.rules, state=MemoryState())
    found = []
    backlog = [event(n, "a", at=-20_000 + n) for n in range(1, 4)]
    for one in (event(0, "a", at=0), *backlog):
        working.see(one)
        found += working.take(one, fired(one))
    assert [told(one)[2] for one in found] == ["e1"]
    assert working.counts.late == {"id-one": 3}


def test_a_full_group_drops_its_oldest_and_counts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "MOST_OCCURRENCES", 10)
    loaded = load(correlation(COUNT))
    working = Correlator(loaded.correlations, rules=loaded.rules, state=MemoryState())
    for number in range(15):
        working.take(event(number, "a", at=number), ["id-a"])
    working.take(event(99, "a", at=-1), ["id-a"])
    assert working.counts.dropped == {"id-one": 6}


def test_old_groups_disappear_from_the_state_and_the_watermark_says_when() -> None:
    state = MemoryState()
    loaded = load(correlation(COUNT))
    run(loaded, event(0, "a", at=0, user="gone"), event(1, "a", at=9_000), state=state)
    working = Correlator(loaded.correlations, rules=loaded.rules, state=state)
    working.take(event(2, "a", at=9_001), ["id-a"])
    assert state.forget_before(working.flush()["aoi"]) == 1
    assert sorted(key.group for key in state) == ["", "mori"]


@pytest.mark.parametrize(
    ("change", "is_kept"),
    [("gte: 3}", True), ("gte: 2}", True), ("timespan: 6m", False), ("group-by: [kind]", False)],
)
def test_a_changed_correlation_begins_anew_only_when_its_hits_mean_something_else(
    change: str, is_kept: bool
) -> None:
    state = MemoryState()
    run(load(correlation(COUNT)), *(event(n, "a", at=n) for n in range(2)), state=state)
    name = change.split(":")[0]
    lines = [change if line.startswith(name) else line for line in COUNT.splitlines()]
    text = "\n".join(lines).replace("gte: 3}", change if change.startswith("gte") else "gte: 3}")
    found = run(load(correlation(text)), event(2, "a", at=2), state=state)
    assert bool(found) == is_kept


def test_a_memory_of_an_older_layout_is_begun_anew() -> None:
    state = MemoryState()
    loaded = load(correlation(COUNT))
    run(loaded, event(0, "a", at=0), state=state)
    for key in list(state):
        state.put(key, b"\xff\x00", expires=NOON)
    assert len(run(loaded, *(event(n, "a", at=n) for n in range(3)), state=state)) == 1


def test_the_slowest_source_holds_the_watermark_until_it_has_been_silent_for_five_minutes() -> None:
    watermark = Watermark()
    watermark.see(event(0, "x", at=0, source="slow"))
    watermark.see(event(1, "x", at=500, source="fast"))
    assert moment_of(watermark.advance()) == NOON
    watermark.see(event(301, "x", at=600, source="fast"))
    assert moment_of(watermark.advance()) == NOON + timedelta(seconds=600)
    watermark.see(event(302, "x", at=1, source="slow"))
    assert moment_of(watermark.advance()) == NOON + timedelta(seconds=600)

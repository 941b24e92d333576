"""The store: sources apart, what is held stays out, too much at once waits for a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.indicators import Indicator, Kind, Tlp, Trouble
from hinomi.detect.intel import Doubt
from hinomi.store.intel import Allowance, Entry, IntelStore, Limits, Source, open_intel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from hinomi.store.intel import ImportDone

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DAY = timedelta(days=1)
SMALL = Limits(most_new=5, large_from=4)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[IntelStore]:
    with open_intel(tmp_path) as opened:
        yield opened


def source(name: str) -> Source:
    return Source(name, "file", "x.txt", Tlp.AMBER, 50, {"whole": "no"}, read_as="a list")


def entry(value: str, *, doubt: str = "", confidence: int = 50, **more: object) -> Entry:
    return Entry(Indicator(Kind.IP, value, (), confidence=confidence, **more), doubt)  # type: ignore[arg-type]


def keep(
    store: IntelStore, name: str, entries: Iterable[Entry], *, is_whole: bool = False,
    withdrawn: Iterable[tuple[Kind, str]] = (), limits: Limits = SMALL,
) -> ImportDone:  # fmt: skip
    return store.keep(
        source(name), entries, withdrawn=withdrawn, refused={"x": 1}, is_whole=is_whole,
        who="test", now=NOW, limits=limits,
    )  # fmt: skip


def used(store: IntelStore, *, now: datetime = NOW) -> dict[str, Indicator]:
    return {one.value: one for one in store.in_use(now=now)}


def test_two_sources_speak_of_one_value_and_one_may_leave(store: IntelStore) -> None:
    keep(store, "a", [entry("1.2.3.4", confidence=20), entry("1.2.3.5")])
    keep(store, "b", [entry("1.2.3.4", confidence=90, tlp=Tlp.RED)])
    both = used(store)["1.2.3.4"]
    assert (both.sources, both.confidence, both.tlp) == (("a", "b"), 90, Tlp.RED)
    assert store.remove_source("b") == 1
    assert used(store)["1.2.3.4"].confidence == 20
    assert [each.name for each in store.sources()] == ["a"]
    assert store.sources()[0].indicators == 2


def test_values_come_ascending_as_the_packed_file_wants_them(store: IntelStore) -> None:
    values = ["9.9.9.1", "10.1.1.1", "1.1.1.9", "100.0.0.1"]
    keep(store, "a", map(entry, values))
    assert [one.key for one in store.in_use(now=NOW)] == sorted(
        one.key for one in store.in_use(now=NOW)
    )


def test_a_whole_feed_lets_go_what_it_no_longer_says(store: IntelStore) -> None:
    keep(store, "a", [entry("1.2.3.4"), entry("1.2.3.5")])
    assert keep(store, "a", [entry("1.2.3.5")]).removed == 0
    assert keep(store, "a", [entry("1.2.3.5"), entry("1.2.3.6")], is_whole=True).removed == 1
    assert set(used(store)) == {"1.2.3.5", "1.2.3.6"}


def test_what_a_source_takes_back_goes_at_once_but_only_its_own(store: IntelStore) -> None:
    keep(store, "a", [entry("1.2.3.4")])
    keep(store, "b", [entry("1.2.3.4")])
    assert keep(store, "a", [], withdrawn=[(Kind.IP, "1.2.3.4")]).removed == 1
    assert used(store)["1.2.3.4"].sources == ("b",)


def test_too_many_new_at_once_are_all_held_until_released(store: IntelStore) -> None:
    values = [f"1.2.3.{n}" for n in range(6)]
    assert keep(store, "a", map(entry, values)).held == 6
    assert used(store) == {}
    assert keep(store, "a", map(entry, values)).held == 6, "saying it again does not help"
    assert store.release("a", reason="known", who="mori", now=NOW,
                         codes=(Doubt.TOO_MANY, Doubt.TOO_LARGE_A_CHANGE)) == 6  # fmt: skip
    assert set(used(store)) == set(values)


def test_a_feed_that_suddenly_changes_nearly_everything_changes_nothing(store: IntelStore) -> None:
    old = [f"1.2.3.{n}" for n in range(5)]
    keep(store, "a", map(entry, old))
    done = keep(store, "a", [entry("5.5.5.5")], is_whole=True)
    assert (done.removed, done.held) == (0, 1)
    assert set(used(store)) == set(old)
    (held,) = store.entries(now=NOW, held_only=True)
    assert (held.indicator.value, held.doubt) == ("5.5.5.5", Doubt.TOO_LARGE_A_CHANGE)


def test_a_person_can_allow_what_is_held_until_a_day(store: IntelStore) -> None:
    keep(store, "a", [entry("10.0.0.1", doubt=Doubt.PRIVATE)])
    word = Allowance(Kind.IP, "10.0.0.1", "honeypot", "mori", NOW + DAY)
    assert not store.has_private(code=Doubt.PRIVATE, now=NOW)
    assert store.allow(word, now=NOW)
    assert used(store)["10.0.0.1"].valid_until == NOW + DAY, "the word ends in the file too"
    assert store.has_private(code=Doubt.PRIVATE, now=NOW)
    assert used(store, now=NOW + DAY) == {}
    keep(store, "a", [entry("10.0.0.1", doubt=Doubt.PRIVATE)])
    assert used(store), "the next import does not undo it"


def test_only_what_is_held_can_be_allowed(store: IntelStore) -> None:
    keep(store, "a", [entry("1.2.3.4")])
    assert not store.allow(Allowance(Kind.IP, "1.2.3.4", "r", "w", NOW + DAY), now=NOW)


def test_what_is_over_is_not_in_use(store: IntelStore) -> None:
    keep(store, "a", [entry("1.2.3.4", valid_until=NOW), entry("1.2.3.5", valid_until=NOW + DAY)])
    assert set(used(store)) == {"1.2.3.5"}


def test_what_is_new_since_an_import_can_be_asked_for(store: IntelStore) -> None:
    first = keep(store, "a", [entry("1.2.3.4")])
    keep(store, "b", [entry("1.2.3.4"), entry("1.2.3.5")])
    new = [one.value for one in store.in_use(now=NOW, since_import=first.id)]
    assert new == ["1.2.3.5"], "a second voice on a known value is nothing new"


def test_the_state_says_when_the_file_is_behind(store: IntelStore) -> None:
    assert not store.state().is_stale
    keep(store, "a", [entry("1.2.3.4")])
    assert store.state().is_stale
    store.note_compiled(file="f", count=1, changes=store.changes(), now=NOW)
    state = store.state()
    assert (state.file, state.count, state.is_stale, state.made_at) == ("f", 1, False, NOW)


def test_search_takes_signs_as_they_are(store: IntelStore) -> None:
    keep(store, "a", [entry("1.2.3.4", name="100% bad_thing")])
    assert store.entries(now=NOW, text="% bad_")
    assert not store.entries(now=NOW, text="1_2")
    assert not store.entries(now=NOW, text="'; DROP TABLE indicators; --")


def test_a_fault_is_kept_with_the_source_until_the_next_good_import(store: IntelStore) -> None:
    keep(store, "a", [entry("1.2.3.4")])
    store.note_fault(source("a"), "no answer", trouble=Trouble.UNREACHABLE, now=NOW)
    assert store.sources()[0].last_fault == "no answer"
    assert set(used(store)) == {"1.2.3.4"}
    keep(store, "a", [])
    assert (store.sources()[0].last_fault, store.sources()[0].last_trouble) == ("", "")

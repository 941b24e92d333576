"""Four states of how much a source sends, with hysteresis: one flood is told once."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from hinomi.pipeline.volume import LEARNED, WINDOW_S, heard, window_of
from hinomi.store.health_rows import Volume

USUAL = 2_000
FRESH = Volume("org_aoi", "src_1", 1_000)


def sent(volume: Volume, *counts: int) -> Volume:
    """One window after the other, beginning behind the present one."""
    for count in counts:
        volume = heard(volume, window=volume.window + 1, records=count)
    return volume


def learned() -> Volume:
    return sent(FRESH, *[USUAL] * (LEARNED + 3))


def test_what_a_source_always_sends_is_usual_however_much_it_is() -> None:
    busy = sent(FRESH, *[90_000] * 20)
    assert (busy.level, round(busy.usual, -4)) == ("normal", 90_000)


def test_a_flood_is_seen_within_its_own_window() -> None:
    assert sent(learned(), USUAL * 6).level == "high"
    assert sent(learned(), USUAL * 21).level == "flood"


def test_a_flood_that_goes_on_does_not_become_usual() -> None:
    flooded = sent(learned(), *[USUAL * 30] * 50)
    assert flooded.level == "flood"
    assert flooded.usual < USUAL * 1.5


def test_a_flood_ends_through_recovering_after_calm_windows_only() -> None:
    states = [sent(learned(), USUAL * 30, *[USUAL] * calm).level for calm in range(5)]
    assert states == ["flood", "flood", "recovering", "recovering", "normal"]


def test_one_calm_window_between_two_floods_ends_nothing() -> None:
    assert sent(learned(), USUAL * 30, USUAL, USUAL, USUAL * 30).level == "flood"


def test_hours_of_silence_after_a_flood_are_calm() -> None:
    flooded = sent(learned(), USUAL * 30)
    assert heard(flooded, window=flooded.window + 30, records=5).level == "normal"


def test_a_quiet_source_is_not_called_loud_for_a_handful_of_records() -> None:
    assert sent(FRESH, *[3] * 10, 900).level == "normal"


def test_a_clock_that_jumped_back_begins_a_new_window() -> None:
    back = heard(learned(), window=10, records=7)
    assert (back.window, back.records, back.level) == (10, 7, "normal")


def test_a_window_is_ten_minutes() -> None:
    moment = datetime(2026, 11, 21, 1, 9, 59, tzinfo=UTC)
    assert window_of(moment) == int(moment.timestamp()) // WINDOW_S
    assert window_of(moment) + 1 == window_of(datetime(2026, 11, 21, 1, 10, tzinfo=UTC))


@given(st.lists(st.tuples(st.integers(-3, 40), st.integers(0, 10**7)), max_size=60))
def test_the_level_is_always_one_of_four_and_usual_never_negative(
    steps: list[tuple[int, int]],
) -> None:
    volume = FRESH
    for step, records in steps:
        volume = heard(volume, window=max(0, volume.window + step), records=records)
        assert volume.level in {"normal", "high", "flood", "recovering"}
        assert volume.usual >= 0
        assert volume.records >= 0

"""When silence is an incident, and when we rather look at ourselves."""

from __future__ import annotations

import pytest
from tests.unit.triage.conftest import NOON

from hinomi.core.words import ActionLevel
from hinomi.triage.silence import Silent, is_mass, proves_us_well, silence, silence_key


def test_a_silent_source_is_to_be_looked_at_today_and_names_the_thing() -> None:
    judged = silence(Silent("src_1", "本社の見守り機器", NOON))
    assert judged.level is ActionLevel.TODAY
    assert judged.slots == {"sensor": "本社の見守り機器", "sensor_kind": "box"}
    assert judged.group_key == silence_key("src_1")
    assert judged.last_event_at == NOON


def test_a_pc_nobody_switches_on_is_only_to_be_checked() -> None:
    assert silence(Silent("src_1", "経理2番", NOON, "pc_sensor")).level is ActionLevel.CHECK
    assert silence(Silent("src_1", "経理2番", NOON, "removed")).level is ActionLevel.TODAY


@pytest.mark.parametrize(
    ("silent", "companies", "judged", "mass"),
    [
        (1, 1, 1, False),
        (2, 2, 2, False),  # too few to say anything
        (5, 1, 5, False),  # one office without power
        (3, 2, 59, True),
        (3, 3, 60, False),  # five in a hundred
        (1_000, 700, 20_000, False),
        (1_001, 700, 20_000, True),
    ],
)
def test_more_than_five_in_a_hundred_of_several_companies_point_at_us(
    silent: int, companies: int, judged: int, mass: bool
) -> None:
    assert is_mass(silent=silent, companies=companies, judged=judged) is mass


@pytest.mark.parametrize(
    ("alive", "judged", "ways_proved", "well"),
    [(95, 100, True, True), (95, 100, False, False), (50, 100, True, False)],
)
def test_only_most_others_on_the_same_ways_prove_that_it_is_not_us(
    alive: int, judged: int, ways_proved: bool, well: bool
) -> None:
    assert proves_us_well(alive=alive, judged=judged, ways_proved=ways_proved) is well

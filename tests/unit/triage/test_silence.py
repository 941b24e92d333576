"""When silence is an incident, and when we rather look at ourselves."""

from __future__ import annotations

import pytest
from tests.unit.triage.conftest import NOON

from hinomi.core.words import ActionLevel
from hinomi.triage.silence import is_our_side, silence, silence_key


def test_a_silent_source_is_to_be_looked_at_today_and_names_the_thing() -> None:
    judged = silence(source="src_1", name="本社の見守り機器", last_alive=NOON)
    assert judged.level is ActionLevel.TODAY
    assert judged.slots == {"sensor": "本社の見守り機器"}
    assert judged.group_key == silence_key("src_1")
    assert judged.last_event_at == NOON


@pytest.mark.parametrize(
    ("silent", "watched", "ours"), [(1, 1, False), (3, 3, False), (2, 4, False), (3, 4, True)]
)
def test_most_of_many_silent_at_once_points_at_us(silent: int, watched: int, ours: bool) -> None:
    assert is_our_side(silent=silent, watched=watched) is ours

"""The rehearsal's lines: repeatable, in order, and in the vendors' own words."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from hinomi.detect.baselines.measure import LEARNING_DAYS
from hinomi.rehearse.over_time import GUESSED_PC, OVER_TIME, VISITED, ordinary_weeks
from hinomi.rehearse.scenes import KNOCKING, SCENES, quiet_days
from hinomi.rehearse.storms import DESKS, STORMS
from hinomi.rehearse.town import TOWN

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def test_the_same_seed_gives_the_same_quiet_days() -> None:
    """Two runs must be comparable record by record."""
    assert list(quiet_days(end=NOON)) == list(quiet_days(end=NOON))


def test_quiet_days_lie_before_their_end_and_in_order() -> None:
    moments = [line.moment for line in quiet_days(end=NOON)]
    assert moments == sorted(moments)
    assert NOON - timedelta(days=3) <= moments[0] < moments[-1] < NOON


@pytest.mark.parametrize(
    "scene", [*SCENES, KNOCKING, *OVER_TIME, *STORMS], ids=lambda scene: scene.key
)
def test_every_line_comes_from_a_machine_of_its_company(scene: object) -> None:
    machines = {(company.key, machine.key) for company in TOWN for machine in company.machines}
    lines = scene.lines(NOON)  # type: ignore[attr-defined]
    assert lines or scene.known_bad  # type: ignore[attr-defined]
    assert {(line.company, line.machine) for line in lines} <= machines


def test_no_slot_is_left_unfilled() -> None:
    """A `$name` on the wire would be a line no vendor ever wrote."""
    raws = [line.raw for line in (*quiet_days(end=NOON), *ordinary_weeks(end=NOON))]
    raws += [
        line.raw for scene in (*SCENES, KNOCKING, *OVER_TIME, *STORMS) for line in scene.lines(NOON)
    ]
    assert not [raw for raw in raws if re.search(rb"\$[a-z_]+", raw)]


def test_windows_lines_are_json_with_their_channel() -> None:
    lines = [line for scene in SCENES for line in scene.lines(NOON) if line.machine == "pc"]
    assert lines
    assert all(json.loads(line.raw)["winlog"]["channel"] for line in lines)


@pytest.mark.parametrize(("key", "companies"), [("update_storm", 4), ("same_stranger", 3)])
def test_a_storm_reaches_several_companies(key: str, companies: int) -> None:
    lines = next(scene for scene in STORMS if scene.key == key).lines(NOON)
    assert len({line.company for line in lines}) == companies
    assert max(line.moment for line in lines) - NOON < timedelta(hours=1)


def test_every_company_of_the_town_has_a_desk_in_the_storm() -> None:
    assert {desk[0] for desk in DESKS} == {company.key for company in TOWN}


def test_ordinary_weeks_are_long_enough_to_learn_from() -> None:
    lines = list(ordinary_weeks(end=NOON))
    assert [line.moment for line in lines] == sorted(line.moment for line in lines)
    days = {line.moment.date() for line in lines if line.company == "minato"}
    assert len(days - {NOON.date()}) > LEARNING_DAYS


def test_the_visit_that_nobody_thought_of_lies_days_back() -> None:
    (visit,) = [line for line in ordinary_weeks(end=NOON) if VISITED.encode() in line.raw]
    assert timedelta(days=1) < NOON - visit.moment < timedelta(days=3)
    assert VISITED in next(scene for scene in OVER_TIME if scene.known_bad).known_bad


def test_the_guessed_pc_is_of_no_other_scene() -> None:
    """Else its incident would join another's, and nobody would see what the tries led to."""
    others = [line for scene in (*SCENES, KNOCKING, *STORMS) for line in scene.lines(NOON)]
    assert not [line for line in others if GUESSED_PC.encode() in line.raw]

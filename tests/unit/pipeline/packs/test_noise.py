"""Which rules on trial are too noisy, by which limit; and what a person's word does to that."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.unit.pipeline.packs.making import NOW

from hinomi.core.errors import UsageError
from hinomi.pipeline.packs.noise import (
    MOST_PER_COMPANY_HOUR,
    MOST_PER_DEVICE_DAY,
    Noise,
    Reason,
    noisy_rules,
)
from hinomi.pipeline.packs.state import (
    Decision,
    State,
    Trial,
    Verb,
    activated,
    decided,
    is_held,
    promoted,
    rolled_back,
    settled,
    tried,
)
from hinomi.pipeline.worker_packs import watched_rules
from hinomi.store.held_rules import HourCount

HOUR = "2026-11-21T09"
DEVICES = {"aoi": 2, "fumi": 1}
DAY = timedelta(days=1)


def hours(rule: str, organisation: str, *findings: int) -> list[HourCount]:
    return [
        HourCount(organisation, rule, f"2026-11-21T{9 + number:02d}", count)
        for number, count in enumerate(findings)
    ]


def judged(*counts: list[HourCount], watched: str = "r", days: float = 0.1) -> list[Noise]:
    flat = [one for each in counts for one in each]
    return noisy_rules(flat, watched={watched: HOUR}, devices=DEVICES, days=days)


def test_more_than_the_hourly_limit_at_one_company_is_enough() -> None:
    at = MOST_PER_COMPANY_HOUR
    assert judged(hours("r", "aoi", at)) == []
    (noise,) = judged(hours("r", "aoi", 3, at + 1))
    assert (noise.reason, noise.companies, noise.measured, noise.most) == (
        Reason.COMPANY_HOUR,
        1,
        at + 1,
        at,
    )


def test_more_than_the_daily_limit_per_machine_counts_only_at_two_companies() -> None:
    """青葉 has two machines: twice as much is the same there."""
    aoi, fumi = 2 * MOST_PER_DEVICE_DAY, MOST_PER_DEVICE_DAY
    assert judged(hours("r", "aoi", aoi + 1), hours("r", "fumi", fumi)) == []
    (noise,) = judged(hours("r", "aoi", aoi + 1), hours("r", "fumi", fumi + 1))
    assert (noise.reason, noise.companies) == (Reason.DEVICE_DAY, 2)
    assert judged(hours("r", "aoi", aoi + 1), hours("r", "fumi", fumi + 1), days=3) == []


def test_a_rule_far_above_the_middle_of_its_neighbours_is_noisy() -> None:
    calm = [hours(f"calm-{number}", "fumi", 1) for number in range(9)]
    quiet = [[HourCount("fumi", f"calm-{number}", HOUR, 1)] for number in range(9)]
    loud = (hours("r", "aoi", 90), hours("r", "fumi", 45))
    (noise,) = judged(*quiet, *loud, days=10)
    assert noise.reason is Reason.MEDIAN
    assert judged(*calm[:2], *loud, days=10) == []


def test_only_new_wordings_are_judged_and_only_from_their_own_first_hour() -> None:
    stable = {"same": "1", "again": "1"}
    trial = {"same": "1", "again": "2", "new": "1"}
    watched = watched_rules(stable, trial, since=NOW)
    assert watched == {"new": "2026-11-21T09", "again": "2026-11-21T10"}
    loud = MOST_PER_COMPANY_HOUR + 1
    counts = [HourCount("aoi", rule, HOUR, loud) for rule in trial]
    found = noisy_rules(counts, watched=watched, devices=DEVICES, days=0.1)
    assert [noise.rule_id for noise in found] == ["new"]


def test_a_held_rule_stays_held_until_a_person_speaks_and_no_keep_lasts_for_ever() -> None:
    keep = Decision("r", "1", Verb.KEEP, "守", "調べている", NOW, NOW + DAY)
    resume = Decision("r", "1", Verb.RESUME, "守", "例外を書いた", NOW)
    state = decided(decided(State(), keep), resume)
    assert is_held(None, NOW)
    assert is_held(keep, NOW)
    assert not is_held(keep, NOW + DAY)
    assert not is_held(state.decision("r", "1"), NOW)
    assert is_held(state.decision("r", "other wording"), NOW)
    assert [act.what for act in state.acts] == ["keep", "resume"]


def a_trial(version: str = "2") -> Trial:
    return Trial("town", version, ("org_aoi",), NOW, NOW + DAY, "守")


def test_a_trial_becomes_everybody_s_when_its_time_has_passed() -> None:
    state = tried(activated(State(), "town", "1", who="守", now=NOW), a_trial())
    assert settled(state, NOW).use("town").active == "1"
    later = settled(state, NOW + DAY)
    assert (later.use("town").active, later.use("town").before, later.trial) == (
        "2",
        ("1", ""),
        None,
    )
    assert later.acts[-1].who == "the end of its trial"
    assert promoted(state, who="守", now=NOW).use("town").active == "2"


def test_going_back_from_a_trial_only_ends_the_trial() -> None:
    state = tried(activated(State(), "town", "1", who="守", now=NOW), a_trial())
    back = rolled_back(state, "town", who="守", now=NOW)
    assert (back.use("town").active, back.trial) == ("1", None)


def test_two_trials_at_once_are_refused() -> None:
    state = tried(State(), a_trial())
    with pytest.raises(UsageError, match="on trial until"):
        tried(state, a_trial("3"))
    with pytest.raises(UsageError, match="used by all"):
        tried(activated(State(), "town", "2", who="守", now=NOW), a_trial())


def test_going_back_never_leads_to_the_version_one_came_from() -> None:
    state = State()
    for version in ("1", "2", "1", "3"):
        state = activated(state, "town", version, who="守", now=NOW)
    assert state.use("town").before == ("1", "2", "")

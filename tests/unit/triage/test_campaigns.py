"""When the same pattern at several companies is a campaign, and when people are asked first."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.triage.conftest import NOON

from hinomi.triage.campaigns import (
    ANSWER_LASTS,
    CAMPAIGN_WITHIN,
    COMPANIES_NEEDED,
    STORM_WITHIN,
    VERSIONS_WITHIN,
    CampaignFacts,
    Sighting,
    Stance,
    Treatment,
    treatment,
    weigh,
)
from hinomi.triage.patterns import Pattern, PatternKind

PROGRAM = Pattern("p", PatternKind.PROGRAM, may_be_update=True)
BARE_RULE = Pattern("r", PatternKind.RULE, may_be_update=True)
KNOWN_BAD = Pattern("i", PatternKind.INDICATOR, may_be_update=False)
HOUR = timedelta(hours=1)


def seen(*minutes_ago: float) -> list[Sighting]:
    """One company each, met once, so many minutes before noon."""
    moments = [NOON - timedelta(minutes=each) for each in minutes_ago]
    return [Sighting(f"org_{number}", at, at) for number, at in enumerate(moments)]


def stance(
    pattern: Pattern,
    sightings: list[Sighting],
    *,
    campaign: CampaignFacts | None = None,
    changed_hours_ago: float | None = None,
) -> Stance | None:
    changed = None if changed_hours_ago is None else NOON - changed_hours_ago * HOUR
    return weigh(
        pattern, sightings=sightings, campaign=campaign, now=NOON, versions_changed_at=changed
    )


def test_two_companies_are_no_campaign() -> None:
    assert stance(PROGRAM, seen(0, 5)) is None
    assert stance(KNOWN_BAD, seen(0, 5)) is None


def test_a_program_new_at_three_companies_within_the_hour_is_asked_about() -> None:
    assert stance(PROGRAM, seen(0, 30, 60)) is Stance.ASKED


def test_a_minute_more_than_an_hour_is_a_campaign_without_the_question() -> None:
    assert stance(PROGRAM, seen(0, 30, 61)) is Stance.SEEN


def test_what_no_update_looks_like_is_never_asked_about() -> None:
    """The ransomware chain, known bad indicators and senders: their notices do not wait."""
    assert stance(KNOWN_BAD, seen(0, 1, 2, 3)) is Stance.SEEN


def test_a_company_that_knew_the_pattern_before_does_not_make_it_new() -> None:
    old = Sighting("org_old", NOON - timedelta(days=3), NOON)
    assert stance(PROGRAM, [*seen(0, 10), old]) is Stance.SEEN


def test_what_ended_yesterday_opens_nothing_today() -> None:
    late = CAMPAIGN_WITHIN / timedelta(minutes=1) + 1
    assert stance(PROGRAM, seen(0, late, late)) is None


def test_a_rule_alone_counts_only_when_our_own_version_changed_lately() -> None:
    within = VERSIONS_WITHIN / HOUR
    assert stance(BARE_RULE, seen(0, 1, 2)) is None
    assert stance(BARE_RULE, seen(0, 1, 2), changed_hours_ago=within) is Stance.ASKED
    assert stance(BARE_RULE, seen(0, 1, 2), changed_hours_ago=within + 0.1) is None


@pytest.mark.parametrize("answered", [Stance.UPDATE, Stance.ATTACK])
def test_an_answer_stands_for_whoever_comes_later(answered: Stance) -> None:
    facts = CampaignFacts(answered, NOON - HOUR)
    assert stance(PROGRAM, seen(0, 1, 2), campaign=facts) is answered


def test_an_answer_does_not_stand_for_ever() -> None:
    facts = CampaignFacts(Stance.UPDATE, NOON - ANSWER_LASTS)
    assert not facts.is_over(NOON)
    assert facts.is_over(NOON + timedelta(seconds=1))
    assert not CampaignFacts(Stance.ASKED).is_over(NOON)


def test_an_open_campaign_turns_into_a_question_but_not_back() -> None:
    assert stance(PROGRAM, seen(0, 1, 2), campaign=CampaignFacts(Stance.SEEN)) is Stance.ASKED
    assert stance(PROGRAM, seen(0), campaign=CampaignFacts(Stance.ASKED)) is Stance.ASKED
    assert stance(PROGRAM, seen(0), campaign=CampaignFacts(Stance.SEEN)) is Stance.SEEN


@pytest.mark.parametrize(
    ("stances", "expected"),
    [
        ({"a": Stance.ASKED}, Treatment.TELL),  # b is explained by nothing
        ({"a": Stance.ASKED, "b": Stance.ASKED}, Treatment.HOLD),
        ({"a": Stance.UPDATE, "b": Stance.ASKED}, Treatment.HOLD),
        ({"a": Stance.UPDATE, "b": Stance.UPDATE}, Treatment.SETTLE),
        ({"a": Stance.UPDATE, "b": Stance.ATTACK}, Treatment.TELL),
        ({"a": Stance.UPDATE, "b": Stance.SEEN}, Treatment.TELL),
        ({"a": Stance.UPDATE, "ab": Stance.ASKED}, Treatment.HOLD),  # the rule both share
        ({}, Treatment.TELL),
    ],
)
def test_one_finding_that_nothing_explains_is_enough_to_tell(
    stances: dict[str, Stance], expected: Treatment
) -> None:
    assert treatment([{"a", "ab"}, {"b", "ab"}], stances) is expected


def test_an_incident_without_findings_is_never_held() -> None:
    """Silence of a source has no findings and no pattern."""
    assert treatment([], {"a": Stance.ASKED}) is Treatment.TELL


def naive(pattern: Pattern, sightings: list[Sighting], *, changed: bool) -> Stance | None:
    """The sentences of the issue, one after the other, over all threes of companies."""
    threes = list(combinations(sightings, COMPANIES_NEEDED))
    is_new = any(
        max(one.first_at for one in three) - min(one.first_at for one in three) <= STORM_WITHIN
        and all(NOON - one.first_at < CAMPAIGN_WITHIN for one in three)
        for three in threes
    )
    is_kind = pattern.may_be_update and (changed or pattern.kind is not PatternKind.RULE)
    if is_new and is_kind:
        return Stance.ASKED
    is_alike = any(all(NOON - one.last_at < CAMPAIGN_WITHIN for one in three) for three in threes)
    return Stance.SEEN if is_alike and pattern.kind is not PatternKind.RULE else None


minutes = st.integers(min_value=0, max_value=2_000)
one_sighting = st.tuples(minutes, minutes).map(
    lambda pair: Sighting(
        "", NOON - timedelta(minutes=max(pair)), NOON - timedelta(minutes=min(pair))
    )
)


@given(
    st.lists(one_sighting, max_size=7),
    st.sampled_from([PROGRAM, BARE_RULE, KNOWN_BAD]),
    st.booleans(),
)
def test_the_decision_is_what_the_naive_reading_says(
    drawn: list[Sighting], pattern: Pattern, changed: bool
) -> None:
    sightings = [Sighting(f"org_{n}", one.first_at, one.last_at) for n, one in enumerate(drawn)]
    hours = 1.0 if changed else None
    expected = naive(pattern, sightings, changed=changed)
    assert stance(pattern, sightings, changed_hours_ago=hours) is expected
    assert stance(pattern, sightings[::-1], changed_hours_ago=hours) is expected

"""Joining findings to incidents, and whom to tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.triage.conftest import NOON, Maker

from hinomi.core.incidents import IncidentFacts, JoinIncident, KeepCounting, OpenIncident
from hinomi.core.words import ActionLevel, Certainty, Disposition, IncidentState, Level
from hinomi.triage import decide

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hinomi.core.findings import Finding
    from hinomi.core.incidents import Decision


def run(findings: Sequence[Finding], *incidents: IncidentFacts) -> list[Decision]:
    return decide(findings=findings, open_incidents=incidents, now=NOON)


def test_a_first_finding_opens_an_incident_and_tells_the_owner(make: Maker) -> None:
    (decision,) = run([make.finding()])
    assert isinstance(decision, OpenIncident)
    assert decision.notify
    assert decision.judgement.level is ActionLevel.NOW
    assert decision.finding_ids == ("f1",)


def test_the_same_thing_again_joins_without_another_mail(make: Maker) -> None:
    (decision,) = run([make.finding(minutes=600)], make.incident())
    assert isinstance(decision, JoinIncident)
    assert decision.incident_id == 7
    assert not decision.notify


def test_another_pc_is_another_incident(make: Maker) -> None:
    decisions = run([make.finding(device="A"), make.finding(device="B")])
    assert [type(decision) for decision in decisions] == [OpenIncident, OpenIncident]


def test_many_cases_on_one_pc_within_an_hour_are_one_story(make: Maker) -> None:
    (decision,) = run(
        [
            make.finding(case="suspicious_program"),
            make.finding(case="ransomware", minutes=20),
            make.finding(case="c2_communication", minutes=50),
        ]
    )
    assert decision.judgement.kind == "ransomware"
    assert decision.judgement.count == 3
    assert decision.judgement.group_key == "suspicious_program:device=soumu1"
    assert decision.judgement.other_keys == (
        "c2_communication:device=soumu1",
        "ransomware:device=soumu1",
    )


def test_the_same_pc_two_hours_later_is_another_story(make: Maker) -> None:
    (decision,) = run([make.finding(case="log_erased", minutes=121)], make.incident())
    assert isinstance(decision, OpenIncident)


def test_news_of_a_stopped_attack_joins_no_story(make: Maker) -> None:
    stopped = make.finding(case="malware_stopped", disposition=Disposition.STOPPED)
    (decision,) = run([stopped], make.incident())
    assert isinstance(decision, OpenIncident)
    assert not decision.notify


def test_a_heavier_case_changes_the_text_and_tells_again(make: Maker) -> None:
    (decision,) = run([make.finding(case="ransomware")], make.incident())
    assert decision.judgement.kind == "ransomware"
    assert decision.notify


def test_a_lighter_case_changes_nothing(make: Maker) -> None:
    (decision,) = run([make.finding(case="log_erased")], make.incident())
    assert decision.judgement.kind == "emotet"
    assert decision.judgement.level is ActionLevel.NOW
    assert not decision.notify


@pytest.mark.parametrize("state", [IncidentState.RECOVERING, IncidentState.OBSERVING])
def test_the_same_attack_after_the_all_clear_tells_again(state: IncidentState, make: Maker) -> None:
    """They were told to put the cable back; that is no longer true."""
    (decision,) = run([make.finding()], make.incident(state=state))
    assert isinstance(decision, JoinIncident)
    assert decision.notify
    (late,) = run([make.finding(late=True)], make.incident(state=state))
    assert not late.notify  # type: ignore[union-attr]


def test_a_level_never_falls_by_itself(make: Maker) -> None:
    stopped = make.finding(disposition=Disposition.STOPPED)
    (decision,) = run([stopped], make.incident())
    assert decision.judgement.level is ActionLevel.NOW
    assert decision.judgement.disposition is Disposition.UNKNOWN


def test_first_stopped_then_let_through_raises_and_tells(make: Maker) -> None:
    before = make.incident(level=ActionLevel.CHECK, disposition=Disposition.STOPPED)
    (decision,) = run([make.finding(disposition=Disposition.LET_THROUGH)], before)
    assert decision.judgement.level is ActionLevel.NOW
    assert decision.judgement.disposition is Disposition.LET_THROUGH
    assert decision.notify


def test_a_surer_finding_makes_the_incident_surer(make: Maker) -> None:
    (decision,) = run([make.finding(certainty=Certainty.CONFIRMED)], make.incident())
    assert decision.judgement.certainty is Certainty.CONFIRMED


def test_a_merged_key_joins(make: Maker) -> None:
    before = make.incident(merged_keys=("emotet:device=keiri2",), device="")
    (decision,) = run([make.finding(device="KEIRI2", minutes=900)], before)
    assert isinstance(decision, JoinIncident)


def test_a_key_that_a_person_split_off_never_joins_again(make: Maker) -> None:
    split = "log_erased:device=soumu1"
    before = make.incident(merged_keys=(split,), split_keys=(split,))
    (decision,) = run([make.finding(case="log_erased")], before)
    assert isinstance(decision, OpenIncident)


@pytest.mark.parametrize(
    ("number", "level"), [(1, "none"), (9, "none"), (10, "today"), (48, "today")]
)
def test_failed_sign_ins_mean_something_only_by_their_number(
    number: int, level: str, make: Maker
) -> None:
    findings = [make.finding(case="login_attempts", minutes=n / 10) for n in range(number)]
    (decision,) = run(findings)
    assert decision.judgement.level.value == level
    assert isinstance(decision, KeepCounting if level == "none" else OpenIncident)
    assert decision.judgement.count == number


def test_failed_sign_ins_are_counted_over_many_rounds(make: Maker) -> None:
    times = tuple(NOON - timedelta(minutes=n) for n in range(9))
    before = make.incident(
        id=0,
        kind="login_attempts",
        group_key="login_attempts:device=soumu1",
        level=ActionLevel.NONE,
        state=IncidentState.OBSERVING,
        recent_event_times=times,
    )
    (decision,) = run([make.finding(case="login_attempts")], before)
    assert isinstance(decision, OpenIncident)
    assert decision.judgement.level is ActionLevel.TODAY
    assert decision.notify


def test_what_a_correlation_has_counted_is_not_counted_again(make: Maker) -> None:
    many = make.finding().evidence * 5
    (decision,) = run([make.finding(case="login_attempts", evidence=many)])
    assert isinstance(decision, OpenIncident)
    assert decision.judgement.level is ActionLevel.TODAY


def test_a_slow_trickle_of_typing_mistakes_is_no_attack(make: Maker) -> None:
    findings = [make.finding(case="login_attempts", minutes=50 * n) for n in range(30)]
    (decision,) = run(findings)
    assert isinstance(decision, KeepCounting)


def test_a_success_after_failures_is_one_story_at_its_worst(make: Maker) -> None:
    findings = [make.finding(case="login_attempts", minutes=n) for n in range(5)]
    (decision,) = run([*findings, make.finding(case="login_succeeded", minutes=6)])
    assert decision.judgement.kind == "login_succeeded"
    assert decision.judgement.level is ActionLevel.NOW


def test_a_flood_is_shown_but_not_mailed_one_by_one(make: Maker) -> None:
    findings = [make.finding(case="log_erased", device=f"PC{n}") for n in range(40)]
    decisions = run(findings)
    assert len(decisions) == 40
    told = [decision for decision in decisions if decision.notify]
    assert len(told) == 5
    assert "flood" in decisions[-1].judgement.reasons


def test_what_cannot_wait_gets_through_a_flood_of_lesser_things(make: Maker) -> None:
    findings = [make.finding(case="log_erased", device=f"PC{n}") for n in range(40)]
    decisions = run([*findings, make.finding(case="ransomware", device="SERVER")])
    assert decisions[-1].notify


CASES = ("emotet", "ransomware", "log_erased", "login_attempts", "login_succeeded", "attack_seen")


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(CASES),
            st.sampled_from(["A", "B"]),
            st.integers(0, 300),
            st.sampled_from(list(Disposition)),
            st.sampled_from([Level.MEDIUM, Level.HIGH]),
        ),
        min_size=1,
        max_size=25,
    ),
    st.integers(0, 25),
)
def test_how_findings_are_batched_does_not_change_the_incidents(
    drawn: list[tuple[str, str, int, Disposition, Level]], cut: int
) -> None:
    """A bell that died and came back must arrive at the same incidents."""
    make = Maker()
    findings = [
        make.finding(case=case, device=device, minutes=m, disposition=verdict, level=level)
        for case, device, m, verdict, level in drawn
    ]
    whole = _carried_out([findings])
    parts = _carried_out([findings[:cut], findings[cut:]])
    assert whole == parts


def _carried_out(batches: list[list[Finding]]) -> list[tuple[object, ...]]:
    """What a store would hold after the batches, as comparable rows."""
    counted = [each for batch in batches for each in batch if each.case == "login_attempts"]
    moments = {finding.id: finding.event_time for finding in counted}
    rows: dict[int, tuple[IncidentFacts, int]] = {}
    waiting: dict[str, tuple[IncidentFacts, int]] = {}
    for batch in batches:
        known = [facts for facts, _ in (*rows.values(), *waiting.values())]
        for decision in decide(findings=batch, open_incidents=known, now=NOON):
            key = decision.judgement.group_key
            number = decision.incident_id if isinstance(decision, JoinIncident) else 0
            before = rows[number] if number else waiting.pop(key, None)
            row = _row(decision, before, moments)
            if isinstance(decision, KeepCounting):
                waiting[key] = row
                continue
            number = number or len(rows) + 1
            rows[number] = (replace(row[0], id=number), row[1])
    return sorted(
        ((replace(facts, id=0), n) for facts, n in (*rows.values(), *waiting.values())),
        key=lambda row: row[0].group_key,
    )


def _row(
    decision: Decision,
    before: tuple[IncidentFacts, int] | None,
    moments: dict[str, datetime],
) -> tuple[IncidentFacts, int]:
    judged = decision.judgement
    merged = set(before[0].merged_keys if before else ()) | set(judged.other_keys)
    times = before[0].recent_event_times if before else ()
    facts = IncidentFacts(
        id=0,
        kind=judged.kind,
        group_key=judged.group_key,
        level=judged.level,
        certainty=judged.certainty,
        disposition=judged.disposition,
        state=IncidentState.NEW,
        opened_at=NOON,
        first_event_at=judged.first_event_at,
        last_event_at=judged.last_event_at,
        device=judged.device,
        merged_keys=tuple(sorted(merged)),
        recent_event_times=(
            *times,
            *(moments[each] for each in decision.finding_ids if each in moments),
        ),
    )
    return facts, judged.count + (before[1] if before else 0)

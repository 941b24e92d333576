"""What a company agreed to is the sum of its steps, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hinomi.business.consent import Act, Purpose, Step, standing

ALL = frozenset(Purpose)


def signed(*kinds: str, purposes: frozenset[Purpose] = frozenset({Purpose.WATCH})) -> Step:
    return Step(Act.SIGNED, frozenset(kinds), purposes)


def test_nothing_said_means_no() -> None:
    assert not standing([]).allows("fortigate")
    assert not standing([]).is_spoken


def test_a_kind_or_purpose_that_is_not_in_the_consent_is_refused() -> None:
    found = standing([signed("fortigate", purposes=frozenset({Purpose.WATCH, Purpose.WARNING}))])
    assert found.allows("fortigate")
    assert found.allows("fortigate", Purpose.WARNING)
    assert not found.allows("fortigate", Purpose.STATISTICS)
    assert not found.allows("windows")


def test_a_new_signature_replaces_what_was_signed_before() -> None:
    found = standing([signed("fortigate", "windows", purposes=ALL), signed("windows")])
    assert not found.allows("fortigate")
    assert found.allows("windows")
    assert not found.allows("windows", Purpose.STATISTICS)


def test_what_is_added_joins_and_takes_no_purpose_away() -> None:
    before = signed("windows", purposes=ALL)
    found = standing([before, Step(Act.ADDED, frozenset({"windows", "linux"}))])
    assert found.allows("windows", Purpose.STATISTICS)
    assert found.allows("linux")
    assert not found.allows("linux", Purpose.STATISTICS)


def test_a_withdrawal_of_everything_leaves_nothing() -> None:
    found = standing([signed("windows", "linux", purposes=ALL), Step(Act.WITHDRAWN)])
    assert not found.covers
    assert found.is_spoken


def test_one_kind_can_be_withdrawn_and_signed_again() -> None:
    steps = [signed("windows", "linux"), Step(Act.WITHDRAWN, frozenset({"linux"}))]
    assert standing(steps).allows("windows")
    assert not standing(steps).allows("linux")
    assert standing([*steps, signed("windows", "linux")]).allows("linux")


def test_a_purpose_can_be_withdrawn_and_the_watch_goes_on() -> None:
    gone = Step(Act.WITHDRAWN, purposes=frozenset({Purpose.STATISTICS}))
    found = standing([signed("windows", purposes=ALL), gone])
    assert found.allows("windows")
    assert found.allows("windows", Purpose.WARNING)
    assert not found.allows("windows", Purpose.STATISTICS)


def test_records_are_never_kept_longer_than_the_plan_says() -> None:
    step = Step(Act.SIGNED, frozenset({"windows", "linux"}), days={"windows": 30, "linux": 400})
    found = standing([step])
    assert found.days("windows", plan_days=90) == 30
    assert found.days("linux", plan_days=90) == 90
    assert found.days("unheard", plan_days=90) == 90


def since(steps: list[Step], kind: str) -> int | None:
    """Which step (0 the first) it holds from, by its day."""
    day = datetime(2026, 11, 1, tzinfo=UTC)
    days = [replace(step, at=day + timedelta(days=n)) for n, step in enumerate(steps)]
    found = standing(days).covers[kind].since
    return (found - day).days if found else None


def test_who_never_said_no_has_no_day_it_began_on() -> None:
    added = Step(Act.ADDED, frozenset({"linux"}))
    assert since([signed("linux")], "linux") is None
    assert since([added, signed("linux", "windows")], "linux") is None


def test_what_was_refused_before_holds_from_the_day_it_was_agreed_to() -> None:
    gone, added = Step(Act.WITHDRAWN), Step(Act.ADDED, frozenset({"linux"}))
    assert since([signed("linux"), gone, signed("linux")], "linux") == 2
    assert since([signed("windows"), added], "linux") == 1


def test_signing_again_without_a_break_begins_nothing_anew() -> None:
    steps = [signed("windows"), signed("windows", "linux"), signed("windows", "linux")]
    assert since(steps, "windows") is None
    assert since(steps, "linux") == 1
    assert since([*steps, Step(Act.ADDED, frozenset({"linux"}))], "linux") == 1

"""What a company agreed to is the sum of its steps, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hinomi.business.consent import Act, Purpose, Step, standing, timeline

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


DAY = datetime(2026, 11, 1, tzinfo=UTC)


def gaps(
    steps: list[Step], kind: str, *, waited: float | None = None
) -> list[tuple[float | None, float | None]]:
    """From and until as days: step 0 is of the first of November, each a day after the other."""
    days = [replace(step, at=DAY + timedelta(days=n)) for n, step in enumerate(steps)]
    waited_from = None if waited is None else DAY + timedelta(days=waited)
    found = timeline(days).gaps(lambda held: held.allows(kind), waited_from=waited_from)
    return [(_days(each.since), _days(each.until)) for each in found]


def _days(moment: datetime | None) -> float | None:
    return None if moment is None else (moment - DAY) / timedelta(days=1)


def test_a_timeline_ends_with_what_holds_now() -> None:
    steps = [replace(signed("linux"), at=DAY), Step(Act.WITHDRAWN, at=DAY)]
    assert timeline(steps).now == standing(steps)
    assert timeline([]).now == standing([])
    with pytest.raises(ValueError, match="without its time"):
        timeline([signed("linux")])


def test_who_never_said_no_has_no_gap() -> None:
    added = Step(Act.ADDED, frozenset({"linux"}))
    assert gaps([signed("linux")], "linux") == []
    assert gaps([added, signed("linux", "windows")], "linux") == []


def test_every_withdrawal_is_a_gap_until_it_was_agreed_to_again() -> None:
    """Not the last one alone: a relay may bring what it heard in the first."""
    gone, added = Step(Act.WITHDRAWN), Step(Act.ADDED, frozenset({"linux"}))
    steps = [signed("linux"), gone, signed("linux"), gone, added]
    assert gaps(steps, "linux") == [(1, 2), (3, 4)]
    assert gaps([*steps, gone], "linux") == [(1, 2), (3, 4), (5, None)]


def test_what_a_company_refused_before_it_ever_agreed_is_a_gap_since_ever() -> None:
    added = Step(Act.ADDED, frozenset({"linux"}))
    assert gaps([signed("windows"), added], "linux") == [(None, 1)]
    assert gaps([Step(Act.WITHDRAWN), added], "linux") == [(None, 1)]
    assert gaps([signed("windows")], "linux") == [(None, None)]


def test_a_source_that_waited_for_the_first_consent_has_a_gap_until_then() -> None:
    added = Step(Act.ADDED, frozenset({"linux"}))
    assert gaps([added], "linux", waited=-1) == [(None, 0)]
    assert gaps([added], "linux", waited=1) == []
    assert gaps([], "linux", waited=1) == [(None, None)]


def test_signing_again_without_a_break_makes_no_gap() -> None:
    steps = [signed("windows"), signed("windows", "linux"), signed("windows", "linux")]
    assert gaps(steps, "windows") == []
    assert gaps(steps, "linux") == [(None, 1)]
    assert gaps([*steps, Step(Act.ADDED, frozenset({"linux"}))], "linux") == [(None, 1)]


def test_a_purpose_that_is_withdrawn_makes_no_gap_in_the_watch() -> None:
    gone = Step(Act.WITHDRAWN, purposes=frozenset({Purpose.STATISTICS}))
    assert gaps([signed("windows", purposes=ALL), gone], "windows") == []

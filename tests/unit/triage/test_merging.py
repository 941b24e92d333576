"""What two incidents are together, and apart again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hinomi.core.words import ActionLevel, Certainty, Disposition, IncidentState
from hinomi.triage.cases import CASES
from hinomi.triage.merging import Standing, fold, unfold

_MOMENT = datetime(2026, 11, 20, 1, 12, tzinfo=UTC)
_MOMENTS = st.integers(0, 10_000).map(lambda minutes: _MOMENT + timedelta(minutes=minutes))
STANDINGS = st.builds(
    Standing,
    kind=st.sampled_from(sorted(CASES)),
    level=st.sampled_from(ActionLevel),
    certainty=st.sampled_from(Certainty),
    disposition=st.sampled_from(Disposition),
    state=st.sampled_from([state for state in IncidentState if state.is_open]),
    device=st.sampled_from(["", "PC-1", "PC-2"]),
    first_event_at=_MOMENTS,
    last_event_at=_MOMENTS,
    late=st.booleans(),
    finding_count=st.integers(0, 50),
    text_version=st.integers(1, 3),
    slots=st.dictionaries(st.sampled_from(["user", "file"]), st.sampled_from(["a", "b"])),
)


@given(STANDINGS, STANDINGS)
def test_unfolding_gives_back_what_was(target: Standing, source: Standing) -> None:
    after = fold(target, source)
    assert unfold(after, before=target, after=after) == target


@given(STANDINGS, STANDINGS)
def test_nothing_gets_lighter(target: Standing, source: Standing) -> None:
    after = fold(target, source)
    assert after.level.urgency == max(target.level.urgency, source.level.urgency)
    assert after.first_event_at <= min(target.first_event_at, source.first_event_at)
    assert after.finding_count == target.finding_count + source.finding_count


@given(STANDINGS, STANDINGS, st.integers(1, 9))
def test_what_came_since_is_kept(target: Standing, source: Standing, more: int) -> None:
    after = fold(target, source)
    newest = after.last_event_at + timedelta(hours=1)
    present = replace(after, finding_count=after.finding_count + more, last_event_at=newest)
    parted = unfold(present, before=target, after=after)
    assert (parted.finding_count, parted.last_event_at) == (target.finding_count + more, newest)


def test_what_nobody_looked_at_does_not_vanish_behind_a_quiet_one() -> None:
    quiet = _standing(IncidentState.OBSERVING)
    assert fold(quiet, _standing(IncidentState.NEW)).state is IncidentState.NEW
    assert fold(_standing(IncidentState.CONTAINED), quiet).state is IncidentState.CONTAINED


def _standing(state: IncidentState) -> Standing:
    return Standing(
        kind="ransomware",
        level=ActionLevel.NOW,
        certainty=Certainty.STRONG,
        disposition=Disposition.SEEN,
        state=state,
        device="PC-1",
        first_event_at=_MOMENT,
        last_event_at=_MOMENT,
        late=False,
        finding_count=1,
        text_version=1,
        slots={},
    )

"""By when the next step is owed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hinomi.business.promises import NEVER, due_at
from hinomi.core.words import ActionLevel, IncidentState

SINCE = datetime(2026, 12, 31, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize("state", [state for state in IncidentState if state.is_open])
def test_the_more_urgent_the_sooner_in_every_state(state: IncidentState) -> None:
    times = [due_at(level=level, state=state, since=SINCE) for level in ActionLevel]
    assert None not in times
    assert times == sorted(times)  # type: ignore[type-var]
    assert times[-1] == NEVER


def test_half_an_hour_to_begin_with_what_is_urgent() -> None:
    due = due_at(level=ActionLevel.NOW, state=IncidentState.NEW, since=SINCE)
    assert due == SINCE + timedelta(minutes=30)


@pytest.mark.parametrize("state", [state for state in IncidentState if not state.is_open])
def test_what_is_closed_is_owed_nothing(state: IncidentState) -> None:
    assert due_at(level=ActionLevel.NOW, state=state, since=SINCE) is None

"""Facts of one incident, as the tests of the words start from them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hinomi.core.words import ActionLevel, Certainty, Disposition
from hinomi.respond.text import TextFacts


@pytest.fixture
def facts() -> TextFacts:
    """A PC that talked to an attacker's server at 10:12 JST, read at 10:20."""
    return TextFacts(
        level=ActionLevel.NOW,
        certainty=Certainty.STRONG,
        disposition=Disposition.UNKNOWN,
        first_event_at=datetime(2026, 11, 20, 1, 12, tzinfo=UTC),
        last_event_at=datetime(2026, 11, 20, 1, 12, tzinfo=UTC),
        now=datetime(2026, 11, 20, 1, 20, tzinfo=UTC),
        number="K-2041",
        device="経理2番",
        guard_kind="fortigate",
    )

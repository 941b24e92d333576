"""Findings and open incidents as the tests of triage start from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from hinomi.core.findings import Evidence, Finding
from hinomi.core.incidents import IncidentFacts
from hinomi.core.words import ActionLevel, Certainty, Disposition, IncidentState, Level

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


class Maker:
    """Makes values with one thing changed; ids count up."""

    def __init__(self) -> None:
        self._ids = count(1)

    def finding(
        self, *, minutes: float = 0, fields: dict[str, str] | None = None, **changes: Any
    ) -> Finding:
        number = next(self._ids)
        moment = NOON + timedelta(minutes=minutes)
        evidence = Evidence(f"e{number}", moment, fields or {"Channel": "System"}, b"raw")
        values: dict[str, Any] = {
            "id": f"f{number}",
            "organisation": "org_aoi",
            "source": "src_1",
            "rule_id": "r1",
            "rule_title": "A rule",
            "level": Level.HIGH,
            "event_time": moment,
            "receive_time": moment,
            "device": "SOUMU1",
            "user": "",
            "case": "emotet",
            "disposition": Disposition.UNKNOWN,
            "tags": (),
            "why": (),
            "evidence": (evidence,),
            "slots": {},
            "late": False,
            "rule_pack": "p",
            "directory_generation": 1,
        }
        return Finding(**(values | changes))

    def incident(self, **changes: Any) -> IncidentFacts:
        values: dict[str, Any] = {
            "id": 7,
            "kind": "emotet",
            "group_key": "emotet:device=soumu1",
            "level": ActionLevel.NOW,
            "certainty": Certainty.STRONG,
            "disposition": Disposition.UNKNOWN,
            "state": IncidentState.NEW,
            "opened_at": NOON - timedelta(hours=3),
            "first_event_at": NOON,
            "last_event_at": NOON,
            "device": "SOUMU1",
        }
        return IncidentFacts(**(values | changes))


@pytest.fixture
def make() -> Maker:
    return Maker()

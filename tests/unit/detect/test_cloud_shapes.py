"""Rules of cloud services find their records as the generic reader and as the service's own
format reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hinomi.core.records import Event, RawRecord
from hinomi.detect import Rule, RuleSet, load_rules
from hinomi.normalise import aliases_by_shape, read_record

RULES = Path(__file__).resolve().parents[3] / "rules"
LOADED = load_rules([RULES])
MATCHER = RuleSet(LOADED.rules, aliases=aliases_by_shape())
RECEIVED = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
HITS = [
    pytest.param(rule, str(hit["raw"]), id=f"{Path(rule.path).stem}-{number}")
    for rule in LOADED.rules
    if Path(rule.path).stem.startswith(("entra-", "m365-", "google-"))
    for number, hit in enumerate(rule.handling.hits, 1)
    if "raw" in hit
]


@pytest.mark.parametrize(("rule", "raw"), HITS)
def test_a_cloud_rule_fires_on_what_arrives_without_a_kind(rule: Rule, raw: str) -> None:
    """Rules are tested as generic; a source registered as auto gets the service's own shape."""
    record = RawRecord("E", "aoi", "s", "auto", "Asia/Tokyo", RECEIVED, raw.encode())
    event = read_record(record)
    assert isinstance(event, Event)
    assert rule.id in {match.rule.id for match in MATCHER.match(event)}, event.shape

"""An ordinary office day in every format: updates, backups, logins, admin work, the usual knocking
at the door. No rule above `low` may fire on it, or analysts learn to look away."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hinomi.core.records import Event, RawRecord
from hinomi.core.state import MemoryState
from hinomi.core.words import Level
from hinomi.detect import RuleSet, load_rules
from hinomi.normalise import AuditJoiner, aliases_by_shape, read_record

ORDINARY = Path(__file__).parent / "ordinary"
RULES = Path(__file__).resolve().parents[3] / "rules"
MATCHER = RuleSet(load_rules([RULES]).rules, aliases=aliases_by_shape())
RECEIVED = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
ENDPOINTS = {
    "trend_micro", "withsecure", "eset", "sentinelone", "crowdstrike", "harfanglab", "symantec",
    "bluecoat", "trellix", "umbrella", "bitdefender", "kaspersky", "iis", "microsoft_defender",
    "azure", "cybereason",
}  # fmt: skip
SHAPES = {
    "audit.log": {"auditd"},  # recorded as benchmarks/noise/recipe.md says, and shortened
    "cloud.jsonl": {"generic", "entra", "office_365", "google_workspace"},
    "endpoints.log": ENDPOINTS,
    "fortigate.log": {"fortigate"},
    "gates.log": {
        "barracuda",
        "checkpoint",
        "clavister",
        "fortimail",
        "juniper",
        "palo_alto",
        "sonicwall",
        "stormshield",
        "watchguard",
    },
    "linux.log": {
        "linux",
        "auditd",
        "generic",
        "dnsmasq",
        "postfix",
        "bind",
        "nginx",
        "squid",
    },
    "sophos.log": {"sophos"},
    "sophos_central.jsonl": {"sophos_central"},
    "windows.jsonl": {"windows"},
    "yamaha.log": {"yamaha"},
}


def _events(name: str) -> list[Event]:
    events = []
    for line in (ORDINARY / name).read_text(encoding="utf-8").splitlines():
        record = RawRecord("E", "aoi", "s", "auto", "Asia/Tokyo", RECEIVED, line.encode())
        event = read_record(record)
        assert isinstance(event, Event), line
        events.append(event)
    return events


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_an_ordinary_day_is_quiet(name: str) -> None:
    loud = [
        (Path(match.rule.path).stem, event.raw.decode())
        for event in _events(name)
        for match in MATCHER.match(event)
        if match.rule.level.rank > Level.LOW.rank
    ]
    assert loud == []


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_the_day_is_read_by_the_reader_it_is_meant_for(name: str) -> None:
    """A line that no reader knows would be quiet for the wrong reason."""
    assert {event.shape for event in _events(name)} <= SHAPES[name]


def test_the_programs_started_that_day_are_quiet_too() -> None:
    events = [(name, event) for name in ("audit.log",) for event in _events(name)]
    joined = [event for _, event in AuditJoiner(MemoryState()).join(events)]
    assert len(joined) >= 40
    loud = [match.rule.title for event in joined for match in MATCHER.match(event)]
    assert loud == []


def test_the_day_is_long_enough_to_mean_something() -> None:
    assert {path.name for path in ORDINARY.iterdir()} == set(SHAPES)
    assert sum(len(set(_lines(name))) for name in SHAPES) >= 300


def _lines(name: str) -> list[str]:
    return (ORDINARY / name).read_text(encoding="utf-8").splitlines()

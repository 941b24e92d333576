"""What the tests of detect share: make rules and events, and ask both matchers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from hinomi.core.records import Event
from hinomi.detect import Refusal, Rule, RuleSet, parse_rules
from hinomi.detect.reference import fires

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.detect.modifiers import Placeholders

GOLDENS = Path(__file__).resolve().parents[2] / "goldens" / "detect"
NOON = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def rule_text(detection: Mapping[str, object], *, logsource: object = None) -> str:
    """A whole rule around a detection."""
    return yaml.safe_dump(
        {
            "title": "Under test",
            "id": "00000000-0000-4000-8000-000000000001",
            "level": "low",
            "logsource": logsource or {"product": "generic"},
            "detection": dict(detection),
        },
        sort_keys=False,
        allow_unicode=True,
    )


def parse_all(text: str, *, placeholders: Placeholders | None = None) -> list[Rule | Refusal]:
    """Every document of the text."""
    return list(parse_rules(text.encode(), path="rule.yml", placeholders=placeholders))


def parse_one(text: str, *, placeholders: Placeholders | None = None) -> Rule:
    """The one rule of the text, which must load."""
    (found,) = parse_all(text, placeholders=placeholders)
    assert isinstance(found, Rule), found
    return found


def refusal_of(text: str) -> Refusal:
    """The one refusal of the text."""
    (found,) = parse_all(text)
    assert isinstance(found, Refusal), found
    return found


def make_event(
    fields: Mapping[str, str], *, shape: str = "generic", raw: str = "", number: int = 0
) -> Event:
    """An event that holds just this."""
    return Event(
        event_id=f"e{number}",
        organisation="aoi",
        source="s1",
        shape=shape,
        device="",
        event_time=NOON,
        receive_time=NOON,
        fields=fields,
        raw=raw.encode("utf-8", "replace"),
    )


def reference_ids(rules: RuleSet, event: Event) -> list[str]:
    """What the specification says fires, in the rules' order."""
    lists = rules.placeholders.get(event.organisation, {})
    return list(dict.fromkeys(b.rule.id for b in rules.bound if fires(b, event, lists)))


def plan_ids(rules: RuleSet, event: Event) -> list[str]:
    """What the quick matcher says fires."""
    return [match.rule.id for match in rules.match(event)]

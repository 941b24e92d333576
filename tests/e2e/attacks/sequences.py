"""Correlations, one by one: name → (what it asks, events with their second, findings expected).

Events are sent in the order of the table, whatever their time says. Each correlation joins the
rules `NAME-a` and `NAME-b`, which ask for `step: a` and `step: b` of events of that name.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

Event = tuple[int, dict[str, object]]


def _steps(text: str, **fields: object) -> list[Event]:
    """`a0 b5 a10`: step and second."""
    return [(int(word[1:]), {"step": word[0], **fields}) for word in text.split()]


_COUNT = "type: event_count\n  rules: [{n}-a]\n  timespan: 60s"
_VALUES = "type: value_{0}\n  rules: [{{n}}-a]\n  timespan: 60s\n  condition: {{{{field: v, {1}}}}}"
_TEMPORAL = "type: temporal\n  rules: [{n}-a, {n}-b]\n  timespan: 60s"
_ORDERED = "type: temporal_ordered\n  rules: [{n}-a, {n}-b]\n  timespan: 60s"
_OF_A_BURST = (  # a correlation of a correlation
    "type: temporal_ordered\n  rules: [{n}-burst, {n}-b]\n  timespan: 60s\n---\n"
    "title: Burst\nid: y-{n}-burst\nname: {n}-burst\ncorrelation:\n"
    "  type: event_count\n  rules: [{n}-a]\n  timespan: 10s\n  condition: {{gte: 2}}"
)
_GROUPED = "\n  group-by: [user]"


def _gives(values: str, second: int = 0) -> list[Event]:
    return [(second + i, {"step": "a", "v": v}) for i, v in enumerate(values.split())]


SEQUENCES: dict[str, tuple[str, list[Event], int]] = {
    "both-ends-of-the-window-count": (
        _COUNT + "\n  condition: {{gte: 3}}", _steps("a0 a30 a60"), 1),
    "a-second-beyond-does-not": (_COUNT + "\n  condition: {{gte: 3}}", _steps("a0 a30 a61"), 0),
    "out-of-order": (_COUNT + "\n  condition: {{gte: 3}}", _steps("a60 a0 a30"), 1),
    "more-than": (_COUNT + "\n  condition: {{gt: 3}}", _steps("a0 a1 a2"), 0),
    "exactly": (_COUNT + "\n  condition: {{eq: 2}}", _steps("a0 a1"), 1),
    "within-a-range": (_COUNT + "\n  condition: {{gt: 1, lt: 3}}", _steps("a0 a1"), 1),
    "one-user-in-two-spellings": (
        _COUNT + _GROUPED + "\n  condition: {{gte: 2}}",
        [*_steps("a0", user="mori"), *_steps("a1", user="hara"), *_steps("a2", user="MORI")],
        1,
    ),
    "two-users-once-each": (
        _COUNT + _GROUPED + "\n  condition: {{gte: 2}}",
        [*_steps("a0", user="mori"), *_steps("a1", user="hara")],
        0,
    ),
    "of-two-groups": (
        _COUNT + _GROUPED + "\n  condition: {{gte: 2}}",
        [*_steps("a0 a1", user="mori"), *_steps("a2 a3", user="hara")],
        2,
    ),
    "without-the-group-field": (
        _COUNT + _GROUPED + "\n  condition: {{gte: 2}}", _steps("a0 a1 a2"), 0),
    "an-attack-that-goes-on-is-told-once": (
        _COUNT + "\n  condition: {{gte: 2}}", _steps("a0 a20 a40 a60 a80 a100"), 1),
    "different-values": (_VALUES.format("count", "gte: 3"), _gives("x y x z"), 1),
    "the-same-value-again": (_VALUES.format("count", "gte: 3"), _gives("x y x y"), 0),
    "sum": (_VALUES.format("sum", "gt: 100"), _gives("60 none 41"), 1),
    "sum-not-reached": (_VALUES.format("sum", "gt: 100"), _gives("60 40"), 0),
    "average": (_VALUES.format("avg", "gte: 10"), _gives("4 15 20"), 1),
    "percentile": (
        _VALUES.format("percentile", "percentile: 90, gte: 9"), _gives("1 2 3 4 5 6 7 8 9 10"), 1),
    "all-in-any-order": (_TEMPORAL, _steps("b0 a30"), 1),
    "one-of-two-is-not-all": (_TEMPORAL, _steps("a0 a30"), 0),
    "in-order": (_ORDERED, _steps("a0 b30"), 1),
    "in-the-other-order": (_ORDERED, _steps("b0 a30"), 0),
    "in-order-though-sent-the-other-way": (_ORDERED, _steps("b30 a0"), 1),
    "a-burst-and-then-b": (_OF_A_BURST, _steps("a0 a1 b30"), 1),
    "b-and-then-a-burst": (_OF_A_BURST, _steps("b0 a30 a31"), 0),
    "two-single-events-and-then-b": (_OF_A_BURST, _steps("a0 a200 b210"), 0),
    "generating": (_COUNT + "\n  condition: {{gte: 2}}\n  generate: true", _steps("a0 a1"), 1),
    "a-but-not-b": (
        "type: temporal\n  timespan: 60s\n  condition: {n}-a and not {n}-b", _steps("a30"), 1),
    "alias": (
        _TEMPORAL
        + "\n  aliases: {{who: {{{n}-a: suser, {n}-b: duser}}}}\n  group-by: [who]",
        [(0, {"step": "a", "suser": "mori"}), (5, {"step": "b", "duser": "mori"})],
        1,
    ),
    "alias-of-two-people": (
        _TEMPORAL
        + "\n  aliases: {{who: {{{n}-a: suser, {n}-b: duser}}}}\n  group-by: [who]",
        [(0, {"step": "a", "suser": "mori"}), (5, {"step": "b", "duser": "hara"})],
        0,
    ),
}  # fmt: skip


def rules_text() -> str:
    """Two rules and a correlation each."""
    return "---\n".join(_documents(name, asked) for name, (asked, _, _) in SEQUENCES.items())


def _documents(name: str, asked: str) -> str:
    rules = [
        f"title: '{name} {step}'\nid: y-{name}-{step}\nname: {name}-{step}\nlevel: low\n"
        "logsource: {product: generic}\n"
        f"detection:\n  s: {{sequence: {name}, step: {step}}}\n  condition: s\n---\n"
        for step in "ab"
    ]
    body = asked.format(n=name)
    return "".join(rules) + (f"title: '{name}'\nid: x-{name}\nlevel: low\ncorrelation:\n  {body}\n")


def lines(now: datetime) -> list[str]:
    """Everything in the order in which it is sent."""
    start = now - timedelta(seconds=600)
    return [
        json.dumps(
            {"@timestamp": (start + timedelta(seconds=at)).isoformat(), "sequence": name} | fields
        )
        for name, (_, events, _) in SEQUENCES.items()
        for at, fields in events
    ]

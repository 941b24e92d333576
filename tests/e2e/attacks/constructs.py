"""Sigma's constructs, one by one: name → (selections, condition, events, those that must fire).

Each rule sees only the events of its own name. Events are JSON as a sender writes it, so numbers,
truth values and null go the whole way.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

Row = tuple[str, str, list[dict[str, object]], set[int]]

CONSTRUCTS: dict[str, Row] = {
    "equal-ignores-case": ("s: {a: CMD.exe}", "s", [{"a": "cmd.EXE"}, {"a": "cmd.ex"}], {0}),
    "unicode-case": ("s: {a: ÄＢ営}", "s", [{"a": "äｂ営"}, {"a": "ab営"}], {0}),
    "field-in-another-case": (
        "s: {User: x}",
        "s",
        [{"USER": "x"}, {"User": "y", "USER": "x"}],
        {0},
    ),
    "number": ("s: {a: 5}", "s", [{"a": 5}, {"a": "5"}, {"a": 50}], {0, 1}),
    "number-beyond-64-bits": (
        "s: {a|gt: 1" + "0" * 30 + "}",
        "s",
        [{"a": "9" * 40}, {"a": 9}],
        {0},
    ),
    "truth-value": ("s: {a: true}", "s", [{"a": True}, {"a": "True"}, {"a": False}], {0, 1}),
    "null-value": ("s: {a: null}", "s", [{"a": None}, {"b": 1}, {"a": ""}], {0, 1}),
    "empty-text": ("s: {a: ''}", "s", [{"a": ""}, {"b": 1}], {0}),
    "star-alone": ("s: {a: '*'}", "s", [{"a": "x"}, {"a": ""}, {"b": 1}], {0, 1}),
    "escaped-star": (r"s: {a|contains: 'x\*y'}", "s", [{"a": "-x*y-"}, {"a": "-xzy-"}], {0}),
    "escaped-question-mark": (r"s: {a: 'x\?'}", "s", [{"a": "x?"}, {"a": "xx"}], {0}),
    "backslash-then-star": (r"s: {a: 'C:\\*'}", "s", [{"a": "C:\\x"}, {"a": "C:x"}], {0}),
    "question-mark": ("s: {a: 'x?z'}", "s", [{"a": "xyz"}, {"a": "xz"}], {0}),
    "contains-all": ("s: {a|contains|all: [x, y]}", "s", [{"a": "yx"}, {"a": "x"}], {0}),
    "windash-all": (
        "s: {a|windash|contains|all: [' -a', ' -b']}",
        "s",
        [{"a": "x /a –b"}, {"a": "x -a"}],
        {0},
    ),
    "base64offset": (
        "s: {a|base64offset|contains: foobar}",
        "s",
        [{"a": "eGZvb2Jhcg=="}, {"a": "Zm9vYmF6"}],
        {0},
    ),
    "wide-base64offset": (
        "s: {a|wide|base64offset|contains: iex}",
        "s",
        [{"a": "IABpAGUAeAA="}, {"a": "aWV4"}],
        {0},
    ),
    "re-with-all-flags": (
        "s: {a|re|i|m|s: '^b.c$'}",
        "s",
        [{"a": "x\nB\nC\ny"}, {"a": "xbc"}],
        {0},
    ),
    "re-minds-case": ("s: {a|re: 'b+c'}", "s", [{"a": "xbbcx"}, {"a": "xBBCx"}], {0}),
    "cidr-of-both-families": (
        "s: {a|cidr: [10.0.0.0/8, '2001:db8::/32']}",
        "s",
        [{"a": "10.9.9.9"}, {"a": "2001:DB8::9"}, {"a": "::ffff:10.0.0.1"}, {"a": "11.0.0.1"}],
        {0, 1, 2},
    ),
    "exists-false": ("s: {a|exists: false}", "s", [{"b": 1}, {"a": ""}], {0}),
    "fieldref": ("s: {a|fieldref: b}", "s", [{"a": "X", "b": "x"}, {"a": "x"}], {0}),
    "fieldref-endswith": (
        "s: {a|fieldref|endswith: b}",
        "s",
        [{"a": "xy", "b": "Y"}, {"a": "x"}],
        {0},
    ),
    "fieldref-startswith": (
        "s: {a|startswith|fieldref: b}",
        "s",
        [{"a": "xy", "b": "X"}, {"a": "yx", "b": "x"}],
        {0},
    ),
    "greater-than-text": (
        "s: {a|gt: 10}",
        "s",
        [{"a": "9"}, {"a": "0x0b"}, {"a": 11.5}, {"a": "x"}],
        {1, 2},
    ),
    "cased": ("s: {a|cased|contains: Ab}", "s", [{"a": "xAbx"}, {"a": "xabx"}], {0}),
    "neq": ("s: {a|neq: [x, y]}", "s", [{"a": "X"}, {"a": "z"}, {"b": 1}], {1, 2}),
    "neq-contains-all": ("s: {a|contains|all|neq: [x, y]}", "s", [{"a": "xy"}, {"a": "x"}], {1}),
    "hour-and-week": (
        "s: {t|hour|gte: 22, t|week: 47, t|year: 2026}",
        "s",
        [{"t": "2026-11-21T22:00:00+09:00"}, {"t": "2026-11-21T21:59:59Z"}],
        {0},
    ),
    "keywords-all": (
        "s: {'|all': [alpha, beta]}",
        "s",
        [{"a": "xALPHA", "b": "betax"}, {"a": "alpha"}],
        {0},
    ),
    "keyword-number": ("s: [4711]", "s", [{"a": "x4711x"}, {"a": "47"}], {0}),
    "list-of-maps": (
        "s: [{a: 1, b: 1}, {c: 1}]",
        "s",
        [{"a": 1, "b": 1}, {"a": 1}, {"c": 1}],
        {0, 2},
    ),
    "one-of-pattern": (
        "sel_a: {a: 1}\n  sel_b: {b: 1}\n  other: {c: 1}",
        "1 of sel_*",
        [{"a": 1}, {"b": 1}, {"c": 1}],
        {0, 1},
    ),
    "all-of-pattern-but-not-one-of": (
        "sel_a: {a: 1}\n  sel_b: {b: 1}\n  filter_x: {c: 1}\n  filter_y: {d: 1}",
        "all of sel_* and not 1 of filter_*",
        [{"a": 1, "b": 1}, {"a": 1, "b": 1, "d": 1}, {"a": 1}],
        {0},
    ),
    "precedence": (
        "x: {x: 1}\n  y: {y: 1}\n  z: {z: 1}",
        "x or y and not z",
        [{"x": 1, "z": 1}, {"y": 1}, {"y": 1, "z": 1}],
        {0, 1},
    ),
    "nested-field": ("s: {a.b: x}", "s", [{"a": {"b": "x"}}, {"a.b": "x"}, {"a": "x"}], {0, 1}),
    "field-with-a-blank": ("s: {New Value: x}", "s", [{"New Value": "x"}, {"NewValue": "x"}], {0}),
    "japanese": ("選択: {操作: 削除}", "選択", [{"操作": "削除"}, {"操作": "作成"}], {0}),
}


@dataclass(frozen=True)
class Sent:
    """What is sent, and what must be found."""

    lines: list[str]
    expected: dict[str, set[str]]  # rule id → names of the events on which it fires


def rules_text() -> str:
    """All rules as documents of one file."""
    return "---\n".join(
        f"title: '{name}'\nid: x-{name}\nlevel: low\nlogsource: {{product: generic}}\n"
        f"detection:\n  mine: {{construct: {name}}}\n  {selections}\n"
        f"  condition: mine and ({condition})\n"
        for name, (selections, condition, _, _) in CONSTRUCTS.items()
    )


def sent(now: datetime) -> Sent:
    """One line per event, one second apart; `_label` (here: label) tells them apart afterwards."""
    lines: list[str] = []
    expected: dict[str, set[str]] = {}
    for name, (_, _, events, fires) in CONSTRUCTS.items():
        expected[f"x-{name}"] = {f"{name}-{number}" for number in fires}
        for number, fields in enumerate(events):
            moment = now - timedelta(seconds=600 - len(lines))
            event = {
                "@timestamp": moment.isoformat(),
                "construct": name,
                "label": f"{name}-{number}",
                **fields,
            }
            lines.append(json.dumps(event, ensure_ascii=False))
    return Sent(lines, expected)

"""The golden language of tests/goldens/detect, run through both matchers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from hinomi.detect import Refusal, RuleSet
from tests.unit.detect.bench import (
    GOLDENS,
    make_event,
    parse_all,
    parse_one,
    plan_ids,
    reference_ids,
    rule_text,
)

if TYPE_CHECKING:
    from hinomi.core.records import Event

_PAIR = re.compile(r'(\S+?)=("(?P<quoted>[^"]*)"|\S*)(?:\s+|$)')


def _cases() -> list[Any]:
    files = sorted(GOLDENS.glob("*.yml"))
    entries = [
        (file, entry) for file in files for entry in yaml.load(file.read_text(), yaml.CSafeLoader)
    ]
    return [pytest.param(entry, id=f"{file.stem}:{entry['name']}") for file, entry in entries]


def _fields(line: str) -> dict[str, str]:
    return {
        found[1]: found["quoted"] if found["quoted"] is not None else found[2]
        for found in _PAIR.finditer(line)
    }


def _events(case: dict[str, Any]) -> list[Event]:
    written = case["events"]
    fields = [_fields(one) for one in written.splitlines()] if isinstance(written, str) else written
    raw = case.get("raw", "").splitlines() + [""] * len(fields)
    shape = case.get("shape", "generic")
    return [make_event(one, shape=shape, raw=raw[i], number=i) for i, one in enumerate(fields)]


def _rules(case: dict[str, Any]) -> RuleSet:
    detection = dict(case["rule"])
    rule = parse_one(rule_text(detection, logsource=detection.pop("logsource", None)))
    return RuleSet([rule], aliases={case.get("shape", "generic"): case.get("aliases", {})})


@pytest.mark.parametrize("case", _cases())
def test_both_matchers_fire_on_exactly_the_named_events(case: dict[str, Any]) -> None:
    rules, events = _rules(case), _events(case)
    by_reference = [i for i, event in enumerate(events) if reference_ids(rules, event)]
    by_plan = [i for i, event in enumerate(events) if plan_ids(rules, event)]
    assert (by_reference, by_plan) == (case["fires_on"], case["fires_on"]), case["says"]


@pytest.mark.parametrize("case", _cases())
def test_every_hit_says_why(case: dict[str, Any]) -> None:
    rules = _rules(case)
    for event in _events(case):
        for match in rules.match(event):
            assert match.why
            assert all(why.selection and len(why.value) <= 1_000 for why in match.why)


# What we read and pySigma does not: capitals in a condition (older rules have them), the newer
# name of UTF-16LE, and a date that YAML would make of a text.
_OURS_ALONE = {"words-of-the-condition-ignore-case", "utf16le-is-wide", "date-stays-text"}


@pytest.mark.parametrize("case", _cases())
def test_an_independent_reader_of_sigma_accepts_the_same_rules(case: dict[str, Any]) -> None:
    """pySigma is the oracle for what is a rule at all; it is no part of what we ship."""
    detection = dict(case["rule"])
    text = rule_text(detection, logsource=detection.pop("logsource", None))
    try:
        for condition in SigmaRule.from_yaml(text).detection.parsed_condition:
            _ = condition.parsed
    except SigmaError as error:
        fault = str(error)
    else:
        fault = ""
    assert bool(fault) == (case["name"] in _OURS_ALONE), fault


def _refused() -> list[Any]:
    files = sorted((GOLDENS / "refused").glob("*.yml"))
    entries = [
        (file, entry) for file in files for entry in yaml.load(file.read_text(), yaml.CSafeLoader)
    ]
    return [pytest.param(entry, id=f"{file.stem}:{entry['name']}") for file, entry in entries]


@pytest.mark.parametrize("case", _refused())
def test_refusals_say_the_place_and_the_reason(case: dict[str, Any]) -> None:
    refused = [one for one in parse_all(case["text"]) if isinstance(one, Refusal)]
    assert len(refused) == 1, refused
    (found,) = refused
    assert (found.line, found.column) == (case["line"], case["column"]), found
    assert case["reason"] in found.reason

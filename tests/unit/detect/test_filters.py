"""Sigma filters: rule and filter; what a filter names in vain is said, and it helps the others."""

from __future__ import annotations

from hinomi.detect import Loaded, Refusal, RuleSet
from hinomi.detect.load import join_documents, parse_documents
from tests.unit.detect.bench import make_event

RULE = """
---
title: {name}
id: id-{name}
name: {name}
logsource: {{product: generic, service: {service}}}
detection: {{s: {{a: x}}, condition: s}}
"""
FILTER = """
---
title: Our backup
logsource: {logsource}
filter:
  rules: {rules}
  backup: {{user|startswith: adm_}}
  condition: not backup
"""


def load(*, rules: str, logsource: str = "{product: generic}") -> Loaded:
    text = "".join(RULE.format(name=name, service="''") for name in ("one", "two"))
    text += FILTER.format(rules=rules, logsource=logsource)
    found = list(parse_documents(text.encode(), path="r.yml"))
    assert not [one for one in found if isinstance(one, Refusal)], found
    return join_documents([one for one in found if not isinstance(one, Refusal)])


def fired(loaded: Loaded, user: str) -> list[str]:
    event = make_event({"a": "x", "user": user})
    return [match.rule.name for match in RuleSet(loaded.rules).match(event)]


def test_only_the_rules_a_filter_names_are_changed() -> None:
    loaded = load(rules="[one]")
    assert fired(loaded, "adm_backup") == ["two"]
    assert fired(loaded, "mori") == ["one", "two"]
    assert [rule.filtered_by for rule in loaded.rules] == [("Our backup",), ()]


def test_any_means_every_rule_its_log_source_covers() -> None:
    assert fired(load(rules="any"), "adm_backup") == []
    windows = load(rules="any", logsource="{product: windows}")
    assert fired(windows, "adm_backup") == ["one", "two"]


def test_a_filtered_rule_has_another_digest() -> None:
    plain, filtered = load(rules="[one]").rules[1], load(rules="any").rules[1]
    assert plain.digest != filtered.digest


def test_a_name_that_leads_nowhere_is_refused_and_the_filter_still_helps_the_others() -> None:
    loaded = load(rules="[one, gone]")
    (refusal,) = loaded.refused
    assert "names 'gone', which no loaded rule has" in refusal.reason
    assert (refusal.line, refusal.column) == (20, 16)
    assert fired(loaded, "adm_backup") == ["two"]


def test_a_log_source_that_does_not_cover_the_named_rule_is_refused() -> None:
    loaded = load(rules="[one]", logsource="{product: windows}")
    (refusal,) = loaded.refused
    assert "log source windows/-/- does not cover the rule 'one'" in refusal.reason
    assert fired(loaded, "adm_backup") == ["one", "two"]


def test_a_filter_document_is_kept_for_lists() -> None:
    assert [one.title for one in load(rules="any").filters] == ["Our backup"]

"""Documents find each other across files in any order; what leads nowhere is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.detect import load_rules
from tests.unit.detect.correlate.bench import RULES, correlation, load

if TYPE_CHECKING:
    from pathlib import Path

COUNT = "type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 5m\ncondition: {gte: 3}"


def test_documents_in_other_files_are_found_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "1.yml").write_text(
        correlation("type: temporal\nrules: [one, b]\ntimespan: 1h", name="outer")
    )
    (tmp_path / "2.yml").write_text(correlation(COUNT))
    (tmp_path / "3.yml").write_text(RULES)
    loaded = load_rules([tmp_path])
    assert loaded.refused == ()
    assert [one.id for one in loaded.correlations] == ["id-one", "id-outer"]
    assert [part.id for part in loaded.correlations[1].parts] == ["id-one", "id-b"]


def test_a_rule_is_named_by_its_id_or_its_name() -> None:
    loaded = load(correlation("type: temporal\nrules: [id-a, b]\ntimespan: 1h"))
    assert [part.id for part in loaded.correlations[0].parts] == ["id-a", "id-b"]


def test_what_a_correlation_names_does_not_fire_alone_unless_it_says_generate() -> None:
    assert load(correlation(COUNT)).silent == {"id-a"}
    assert load(correlation(f"{COUNT}\ngenerate: true")).silent == frozenset()
    assert load(correlation(COUNT, head="generate: true\n")).silent == frozenset()


def test_of_two_correlations_the_one_that_lets_the_rule_fire_wins() -> None:
    other = correlation(f"{COUNT}\ngenerate: true", name="two")
    assert load(correlation(COUNT) + other).silent == frozenset()


def test_a_refused_correlation_silences_nothing() -> None:
    loaded = load(correlation("type: temporal\nrules: [a, nobody]\ntimespan: 1h"))
    assert (loaded.correlations, loaded.silent) == ((), frozenset())


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        (correlation(COUNT.replace("[a]", "[nobody]")), 7, 11, "no loaded rule has the id or name"),
        (correlation(COUNT.replace("[a]", "[one]")), 7, 11, "depends on itself"),
        (
            correlation(f"{COUNT}\naliases: {{who: {{b: user}}}}"),
            11,
            19,
            "names 'b', which is not in 'rules'",
        ),
        (
            correlation(COUNT.replace("[a]", "[a2]"))
            + "".join(
                f"---\ntitle: t\nid: twin{n}\nname: a2\nlogsource: {{product: generic}}\n"
                "detection: {s: {x: y}, condition: s}\n"
                for n in "12"
            ),
            7,
            11,
            "several rules have the name 'a2'",
        ),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused_with_its_place(
    text: str, line: int, column: int, reason: str
) -> None:
    (refusal,) = load(text).refused
    assert reason in refusal.reason
    assert (refusal.line, refusal.column) == (line, column)


def test_a_circle_is_refused_at_each_of_its_correlations() -> None:
    text = correlation(COUNT.replace("[a]", "[two]"))
    text += correlation(COUNT.replace("[a]", "[one]"), name="two")
    refused = load(text).refused
    assert [refusal.line for refusal in refused] == [17, 7]
    assert "depends on itself through 'one'" in refused[0].reason
    assert "'two', which is refused" in refused[1].reason


def test_an_expression_names_its_rules_itself() -> None:
    loaded = load(correlation("type: temporal\ntimespan: 1h\ncondition: b and (a or not c)"))
    assert [part.title for part in loaded.correlations[0].parts] == ["Rule b", "Rule a", "Rule c"]


def test_an_id_may_be_used_once_whatever_the_kind_of_document(tmp_path: Path) -> None:
    (tmp_path / "1.yml").write_text(RULES + correlation(COUNT).replace("id: id-one", "id: id-b"))
    (refusal,) = load_rules([tmp_path]).refused
    assert "the id id-b is already used by" in refusal.reason

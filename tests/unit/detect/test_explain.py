"""Every hit says which selection, field, value and pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.findings import Why
from hinomi.detect import RuleSet
from tests.unit.detect.bench import make_event, parse_one, rule_text

if TYPE_CHECKING:
    from collections.abc import Mapping


def _why(
    detection: Mapping[str, object],
    fields: Mapping[str, str],
    *,
    raw: str = "",
    aliases: Mapping[str, str] | None = None,
) -> tuple[Why, ...]:
    rules = RuleSet([parse_one(rule_text(detection))], aliases={"generic": aliases or {}})
    (match,) = rules.match(make_event(fields, raw=raw))
    return match.why


def test_the_pattern_carries_its_modifiers() -> None:
    detection = {"s": {"Image|endswith": ["\\a.exe", "\\b.exe"]}, "condition": "s"}
    assert _why(detection, {"Image": "C:\\B.EXE"}) == (
        Why("s", "Image", "C:\\B.EXE", "endswith: \\b.exe"),
    )


def test_only_the_alternative_that_held_is_named() -> None:
    detection = {"s1": {"a": 1}, "s2": {"b": 2}, "condition": "s1 or s2"}
    assert _why(detection, {"a": "0", "b": "2"}) == (Why("s2", "b", "2", "2"),)


def test_what_a_filter_did_not_find_is_no_reason() -> None:
    detection = {"s": {"a": 1}, "f": {"b": 2}, "condition": "s and not f"}
    assert _why(detection, {"a": "1"}) == (Why("s", "a", "1", "1"),)


def test_a_rule_that_is_only_a_not_names_what_was_missing() -> None:
    detection = {"f": {"b": 2}, "condition": "not f"}
    assert _why(detection, {"a": "1"}) == (Why("not f", "", "", ""),)


def test_the_native_name_is_shown_where_a_generic_one_was_asked() -> None:
    detection = {"s": {"src_ip": "10.0.0.1"}, "condition": "s"}
    why = _why(detection, {"srcip": "10.0.0.1"}, aliases={"src_ip": "srcip"})
    assert why[0].field == "srcip"


def test_a_keyword_shows_the_text_around_it() -> None:
    detection = {"k": ["evil"], "condition": "k"}
    (why,) = _why(detection, {}, raw="x" * 5_000 + "EVIL" + "y" * 5_000)
    assert (why.field, len(why.value), "EVIL" in why.value) == ("", 1_000, True)


def test_a_long_value_is_cut() -> None:
    (why,) = _why({"s": {"a|contains": "x"}, "condition": "s"}, {"a": "x" * 5_000})
    assert len(why.value) == 1_000


def test_reasons_are_bounded() -> None:
    words = [f"w{number}" for number in range(200)]
    why = _why({"s": {"a|contains": words}, "condition": "s"}, {"a": " ".join(words)})
    assert len(why) == 50

"""The `hinomi:` key of our own rules, read strictly: a slip there would spoil a customer's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from hinomi.core.words import ActionLevel, Certainty
from hinomi.detect import document
from hinomi.detect.rule import Handling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hinomi.detect.rule import Plain

_CHOICES: dict[str, Sequence[str]] = {
    "group_by": ("device", "user", "source_ip", "organisation"),
    "action": tuple(ActionLevel),
    "certainty": tuple(Certainty),
}
_KEYS = {"case", "title_ja", "slots", "tests", *_CHOICES}


def read_handling(node: Node | None, budget: document.Budget) -> Handling:
    """Empty when the rule has no such key. Raises RuleRefused with the place of the slip."""
    if node is None:
        return Handling()
    keys = _mapping(node, budget, what="'hinomi'")
    for name, (key, _) in keys.items():
        if name not in _KEYS:
            raise document.refused(f"'hinomi' knows no {name!r}", budget.path, key)
    texts = {name: _text(keys, name, budget) for name in ("case", "title_ja", *_CHOICES)}
    tests = _mapping(keys["tests"][1], budget, what="'tests'") if "tests" in keys else {}
    return Handling(
        **texts,
        slots=_slots(keys, budget),
        hits=_examples(tests, "hit", budget),
        misses=_examples(tests, "miss", budget),
    )


def _mapping(
    node: Node, budget: document.Budget, *, what: str
) -> dict[str, tuple[ScalarNode, Node]]:
    if not isinstance(node, MappingNode):
        raise document.refused(f"{what} must be a mapping (key: value)", budget.path, node)
    return document.pairs(node, budget)


def _text(keys: Mapping[str, tuple[ScalarNode, Node]], name: str, budget: document.Budget) -> str:
    if name not in keys:
        return ""
    node = keys[name][1]
    text = str(document.scalar(node, budget.path) or "")
    if name in _CHOICES and text not in _CHOICES[name]:
        words = ", ".join(map(str, _CHOICES[name]))
        raise document.refused(f"{name!r} is {text!r}; it can be {words}", budget.path, node)
    return text


def _slots(keys: Mapping[str, tuple[ScalarNode, Node]], budget: document.Budget) -> dict[str, str]:
    if "slots" not in keys:
        return {}
    slots = _mapping(keys["slots"][1], budget, what="'slots'")
    return {
        name: str(document.scalar(node, budget.path) or "") for name, (_, node) in slots.items()
    }


def _examples(
    tests: Mapping[str, tuple[ScalarNode, Node]], name: str, budget: document.Budget
) -> tuple[Plain, ...]:
    if name not in tests:
        return ()
    node = tests[name][1]
    if not isinstance(node, SequenceNode):
        raise document.refused(f"{name!r} must be a list of examples", budget.path, node)
    return tuple(document.plain(part, budget) for part in node.value)

"""Paths → rules and refusals. Faults are collected, never thrown one at a time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from yaml.nodes import MappingNode, Node, ScalarNode

from hinomi.core.errors import Place, RuleRefused, UsageError
from hinomi.detect import document
from hinomi.detect.parse import parse_rule
from hinomi.detect.rule import Loaded, Refusal, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hinomi.detect.modifiers import Placeholders

_SUFFIXES = (".yml", ".yaml")


def load_rules(paths: Sequence[Path], *, placeholders: Placeholders | None = None) -> Loaded:
    """All rules under the paths, in a stable order. Raises UsageError when a path is not there."""
    rules: dict[str, Rule] = {}
    refused: list[Refusal] = []
    for path in rule_files(paths):
        try:
            content = path.read_bytes()
        except OSError as error:
            refused.append(Refusal(str(path), None, None, f"not readable: {error.strerror}"))
            continue
        for found in parse_rules(content, path=str(path), placeholders=placeholders):
            if isinstance(found, Rule) and found.id in rules:
                first = rules[found.id]
                reason = f"the id {found.id} is already used by {first.path}:{first.line}"
                refused.append(Refusal(found.path, found.line, 1, reason))
            elif isinstance(found, Rule):
                rules[found.id] = found
            else:
                refused.append(found)
    return Loaded(rules=tuple(rules.values()), refused=tuple(refused))


def parse_rules(
    content: bytes, *, path: str, placeholders: Placeholders | None = None
) -> Iterator[Rule | Refusal]:
    """Each document of one file, as a rule or a refusal."""
    base: Node | None = None
    documents = document.read_documents(content, path=path)
    count = 0
    while True:
        try:
            node = next(documents, None)
            if node is None:
                break
            count += 1
            action = _action(node)
            if action == "global":
                base = node
                continue
            base = None if action == "reset" else base
            merged = document.merge_documents(base, node) if base else node
            yield parse_rule(merged, path=path, placeholders=placeholders or {})
        except RuleRefused as error:
            count += 1
            yield _refusal(error, path)
        except RecursionError:
            yield Refusal(path, None, None, "nested too deeply, or an alias that holds itself")
    if not count:
        yield Refusal(path, 1, 1, "the file holds no document")


def rule_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The YAML files under folders, and every file named; symbolic links are not followed."""
    for path in paths:
        if path.is_file():
            yield path
        elif path.is_dir():
            for folder, folders, files in os.walk(path):
                folders.sort()
                yield from (Path(folder, name) for name in sorted(files) if _is_rule(name))
        else:
            raise UsageError("no such file or folder", place=Place(str(path)))


def _is_rule(name: str) -> bool:
    return name.endswith(_SUFFIXES) and not name.startswith(".")


def _action(node: Node) -> str:
    """`action:` of the old several-documents style; "" when there is none."""
    if not isinstance(node, MappingNode):
        return ""
    for key, value in node.value:
        if isinstance(key, ScalarNode) and key.value == "action":
            return str(value.value) if isinstance(value, ScalarNode) else ""
    return ""


def _refusal(error: RuleRefused, path: str) -> Refusal:
    place = error.place or Place(path)
    return Refusal(place.path, place.line, place.column, error.message)

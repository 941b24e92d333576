"""Paths → rules, correlations and refusals. Faults are collected, never thrown one at a time."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from yaml.nodes import MappingNode, Node, ScalarNode

from hinomi.core.errors import Place, RuleRefused, UsageError
from hinomi.detect import document
from hinomi.detect.correlate.correlation import Draft
from hinomi.detect.correlate.link import link
from hinomi.detect.filters import apply_filters
from hinomi.detect.kept import KeptFiles
from hinomi.detect.parse import parse_document
from hinomi.detect.rule import Filter, Loaded, Refusal, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hinomi.detect.correlate.correlation import Correlation
    from hinomi.detect.modifiers import Placeholders
    from hinomi.detect.shelf import Shelf

Document = Rule | Filter | Draft

_SUFFIXES = (".yml", ".yaml")


def load_rules(
    paths: Sequence[Path],
    *,
    placeholders: Placeholders | None = None,
    shelf: Shelf | None = None,
) -> Loaded:
    """All rules, filters and correlations under the paths, in a stable order, joined.

    Documents may name each other across files and in any order. Files that did not change are
    taken from the shelf. Raises UsageError when a path is not there.
    """
    found: dict[str, Document] = {}
    refused: list[Refusal] = []
    kept = KeptFiles(shelf, paths, placeholders or {}) if shelf else None
    for path in rule_files(paths):
        for one in _read_file(path, placeholders, kept):
            if isinstance(one, Refusal):
                refused.append(one)
            elif one.id in found:
                refused.append(_doubled(one, found[one.id]))
            else:
                found[one.id] = one
    if kept is not None:
        kept.save()
    return join_documents(found.values(), refused=refused)


def _read_file(
    path: Path, placeholders: Placeholders | None, kept: KeptFiles | None
) -> Sequence[Document | Refusal]:
    name = str(path)
    try:
        stat = path.stat()
        if not S_ISREG(stat.st_mode):  # reading a pipe would wait for ever
            return [Refusal(name, 1, 1, "not a regular file")]
        rules = kept.rules(name, stat) if kept else None
        if rules is not None:
            return rules
        content = path.read_bytes()
    except OSError as error:
        return [Refusal(name, None, None, f"not readable: {error.strerror}")]
    found = list(parse_documents(content, path=name, placeholders=placeholders))
    if kept is not None:
        kept.learn(name, stat, found)
    return found


def join_documents(documents: Iterable[Document], *, refused: Iterable[Refusal] = ()) -> Loaded:
    """Filters laid on their rules, correlations linked to theirs. Ids must be unique."""
    kept = list(documents)
    filters = tuple(one for one in kept if isinstance(one, Filter))
    rules, unfollowed = apply_filters([one for one in kept if isinstance(one, Rule)], filters)
    linked = link(rules, [one for one in kept if isinstance(one, Draft)])
    return Loaded(
        rules=rules,
        refused=(*refused, *unfollowed, *linked.refused),
        correlations=linked.correlations,
        filters=filters,
        silent=linked.silent,
    )


def parse_rules(
    content: bytes, *, path: str, placeholders: Placeholders | None = None
) -> Iterator[Rule | Refusal]:
    """The plain rules and refusals of one file; filters and correlations speak of other documents
    and need `load_rules`."""
    for one in parse_documents(content, path=path, placeholders=placeholders):
        if isinstance(one, (Rule, Refusal)):
            yield one


def parse_documents(
    content: bytes, *, path: str, placeholders: Placeholders | None = None
) -> Iterator[Document | Refusal]:
    """Each document of one file, as what it is or a refusal."""
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
            yield parse_document(merged, path=path, placeholders=placeholders or {})
        except RuleRefused as error:
            count += 1
            yield _refusal(error, path)
        except RecursionError:
            yield Refusal(path, 1, 1, "nested too deeply, or an alias that holds itself")
    if not count:
        yield Refusal(path, 1, 1, "the file holds no document")


def _doubled(one: Document, first: Document) -> Refusal:
    second, before = head_of(one), head_of(first)
    reason = f"the id {one.id} is already used by {before.path}:{before.line}"
    advice = "Give it an id of its own; until then the one that was read first is used."
    return Refusal(second.path, second.line, 1, reason, advice)


def head_of(one: Document) -> Rule | Filter | Correlation:
    """What tells a document's id, title, digest, path and line."""
    return one.correlation if isinstance(one, Draft) else one


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
    made = Refusal(place.path, place.line, place.column, error.message)
    return replace(made, advice=error.advice) if error.advice else made

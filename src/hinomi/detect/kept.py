"""Rule files that were read before: a start reads them from one file, not from 2,858 YAML texts.

A file counts as unchanged when its size and both its times are the same. Only plain rules are kept;
filters, correlations and refusals are few and read each time. Measured on SigmaHQ's 3,780 rules:
2.1 s → 0.1 s. Guard: test_kept.py.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from hinomi.core.words import Level
from hinomi.detect.rule import Handling, Logsource, Rule
from hinomi.detect.written import read_node, write_node

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hinomi.detect.shelf import Shelf
    from hinomi.detect.tree import Node

Print = tuple[int, int, int]  # size, time of content, time of the entry


class KeptRule(Rule):
    """A rule whose condition is still written: most rules of a run are never looked into."""

    __slots__ = ("written",)
    written: bytes

    def __getattr__(self, name: str) -> Node:
        # Python comes here only for an attribute that was not set yet.
        if name != "condition":
            raise AttributeError(name)
        condition = read_node(msgspec.msgpack.decode(self.written))
        object.__setattr__(self, "condition", condition)
        return condition


class _WrittenRule(msgspec.Struct, array_like=True):
    """One rule; `condition` stays bytes until it is wanted."""

    id: str
    title: str
    level: str
    status: str
    logsource: tuple[str, str, str]
    condition: bytes
    line: int
    digest: str
    texts: tuple[str, str, str, str, str]
    lists: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    handling: dict[str, Any] | None


class _File(msgspec.Struct, array_like=True):
    """One file: how it looked, and its rules."""

    looks: Print
    rules: list[_WrittenRule]


class KeptFiles:
    """What is known of the files under some paths; `save` keeps what was learnt in this run."""

    def __init__(
        self, shelf: Shelf, paths: Sequence[Path], placeholders: Mapping[str, Any]
    ) -> None:
        self._shelf = shelf
        names = "\0".join(str(path.absolute()) for path in paths)
        words = repr(sorted(placeholders.items()))
        self._name = "rules " + hashlib.sha256(f"{names}\0\0{words}".encode()).hexdigest()
        self._before = self._load()
        self._now: dict[str, _File] = {}

    def rules(self, path: str, stat: os.stat_result) -> list[Rule] | None:
        """The rules of a file that did not change; None: read it."""
        kept = self._before.get(path)
        if kept is None or kept.looks != _print(stat):
            return None
        self._now[path] = kept
        return [_read(one, path) for one in kept.rules]

    def learn(self, path: str, stat: os.stat_result, found: Sequence[object]) -> None:
        """Remember a file just read, when it holds nothing but rules."""
        rules = [one for one in found if isinstance(one, Rule)]
        if len(rules) == len(found):
            self._now[path] = _File(_print(stat), [_write(rule) for rule in rules])

    def save(self) -> None:
        """Write when anything is new or gone."""
        same = self._now.keys() == self._before.keys()
        if not same or any(self._now[path] is not self._before[path] for path in self._now):
            self._shelf.put(self._name, msgspec.msgpack.encode(self._now))

    def _load(self) -> dict[str, _File]:
        body = self._shelf.get(self._name)
        try:
            return _decoder.decode(body) if body else {}
        except msgspec.DecodeError:
            return {}


_decoder = msgspec.msgpack.Decoder(dict[str, _File])


def _print(stat: os.stat_result) -> Print:
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def _write(rule: Rule) -> _WrittenRule:
    source = rule.logsource
    return _WrittenRule(
        id=rule.id,
        title=rule.title,
        level=rule.level.value,
        status=rule.status,
        logsource=(source.product, source.category, source.service),
        condition=msgspec.msgpack.encode(write_node(rule.condition)),
        line=rule.line,
        digest=rule.digest,
        texts=(rule.description, rule.author, rule.date, rule.modified, rule.name),
        lists=(rule.tags, rule.references, rule.falsepositives),
        handling=None if rule.handling == Handling() else msgspec.to_builtins(rule.handling),
    )


def _read(written: _WrittenRule, path: str) -> Rule:
    rule: KeptRule = object.__new__(KeptRule)
    put = object.__setattr__
    put(rule, "written", written.condition)
    description, author, date, modified, name = written.texts
    tags, references, falsepositives = written.lists
    values = {
        "id": written.id,
        "title": written.title,
        "level": Level(written.level),
        "status": written.status,
        "logsource": Logsource(*written.logsource),
        "path": path,
        "line": written.line,
        "digest": written.digest,
        "tags": tags,
        "description": description,
        "author": author,
        "date": date,
        "modified": modified,
        "references": references,
        "falsepositives": falsepositives,
        "handling": _handling(written.handling),
        "name": name,
        "filtered_by": (),
    }
    for field, value in values.items():
        put(rule, field, value)
    return rule


_NO_HANDLING = Handling()


def _handling(written: dict[str, Any] | None) -> Handling:
    if written is None:
        return _NO_HANDLING
    examples = {name: tuple(written[name]) for name in ("hits", "misses")}
    return Handling(**{**written, **examples})

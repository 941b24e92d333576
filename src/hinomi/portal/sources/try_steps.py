"""How a try (試験) is sent by each kind of source, in words; the words are data (tries.yml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from hinomi.normalise import KINDS
from hinomi.portal.sources.classes import class_of

if TYPE_CHECKING:
    from hinomi.portal.sources.models import Source


class _Steps(msgspec.Struct, frozen=True, rename={"kinds": "for"}):
    kinds: tuple[str, ...]
    title: str
    steps: tuple[str, ...]
    line: str
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class TrySteps:
    """What to do, and the line to copy with the try's name in it."""

    title: str
    steps: tuple[str, ...]
    line: str


def steps_for(source: Source, *, name: str) -> TrySteps:
    """By the source's kind, else by its class."""
    found = class_of(
        kind=source.kind, said=source.source_class, expect_every_s=source.expect_every_s
    )
    asked = (source.kind, KINDS.get(source.kind, source.kind), found.value)
    rows = (row for kind in asked for row in _table() if kind in row.kinds)
    row = next(rows, _table()[-1])
    return TrySteps(row.title, row.steps, row.line.replace("{name}", name))


@cache
def kinds_by_itself() -> frozenset[str]:
    """Kinds of sources that send a try without a person."""
    return frozenset(kind for row in _table() if row.by_itself for kind in row.kinds)


@cache
def _table() -> tuple[_Steps, ...]:
    text = (files("hinomi.portal.sources") / "tries.yml").read_bytes()
    return msgspec.yaml.decode(text, type=tuple[_Steps, ...])

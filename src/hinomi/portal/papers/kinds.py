"""The papers of a case as their files have them: parts with fixed words, fields and fills."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec

KINDS = ("first", "final", "ransom", "partner")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a person writes."""

    name: str
    label: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """One part. `fill` names what the facts of the case give."""

    title: str = ""
    text: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    fill: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One paper; `note` is for whoever writes it."""

    title: str
    note: str
    parts: tuple[Written, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """All that a person writes, in order."""
        return tuple(field for part in self.parts for field in part.fields)


@cache
def kind_of(name: str) -> Kind:
    """One of KINDS."""
    text = (files("hinomi.portal.papers") / "files" / f"{name}.yml").read_bytes()
    return msgspec.yaml.decode(text, type=Kind)

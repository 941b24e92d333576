"""The days of the law as the data file has them, with source and date of reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - msgspec reads it at run time
from functools import cache
from importlib.resources import files

import msgspec

from hinomi.business.legal_clocks import Rule  # noqa: TC001 - msgspec reads it at run time


@dataclass(frozen=True, slots=True)
class Law:
    """One version of the days, where they were read, and what could not be confirmed."""

    version: int
    read_on: date
    sources: tuple[str, ...]
    official: str
    unverified: tuple[str, ...]
    rules: tuple[Rule, ...]


@cache
def law() -> Law:
    """The version in use."""
    text = (files("hinomi.portal.papers") / "data" / "legal_clocks.yml").read_bytes()
    return msgspec.yaml.decode(text, type=Law)

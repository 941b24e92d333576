"""Offices that take reports, as the data file has them: with source and date, checked or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - msgspec reads it at run time
from functools import cache
from importlib.resources import files

import msgspec


@dataclass(frozen=True, slots=True)
class Office:
    """One office. `confirmed`: a page of the authorities themselves was read."""

    name: str
    for_what: str
    source: str
    page: str = ""
    phone: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Offices:
    """All of one version."""

    version: int
    read_on: date
    offices: tuple[Office, ...]


@cache
def offices() -> Offices:
    """The version in use."""
    text = (files("hinomi.portal.papers") / "data" / "offices.yml").read_bytes()
    return msgspec.yaml.decode(text, type=Offices)

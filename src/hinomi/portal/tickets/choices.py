"""The six choices of P3 困った, from a data file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from hinomi.core.errors import HinomiError, Place

_FOLDER = files("hinomi.portal.tickets") / "data"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the six. `meanwhile`: what to do until somebody calls."""

    key: str
    label: str
    icon: str
    meanwhile: tuple[str, ...]


@cache
def choices() -> dict[str, Choice]:
    """By key, in the order of the page."""
    listed = read("help.yml")["choices"]
    return {
        key: Choice(key, body["label"], body["icon"], tuple(body["meanwhile"]))
        for key, body in listed.items()
    }


@cache
def examples() -> tuple[str, ...]:
    """Three questions that others asked, for an empty page."""
    return tuple(read("examples.yml")["questions"])


def read(name: str) -> dict[str, dict[str, dict[str, str]]]:
    """One of the app's data files."""
    body = yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
    if not isinstance(body, dict):
        raise HinomiError("A data file is not a mapping.", place=Place(f"tickets/data/{name}"))
    return body

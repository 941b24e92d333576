"""The words of the practices, as files, and reading them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

from hinomi.core.errors import HinomiError, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS = {
    "title", "first", "body", "body_without_page", "button", "password", "short", "spoken",
    "advice", "refused",
}  # fmt: skip


@cache
def exercise_texts() -> Mapping[str, str]:
    """Every text of an exercise by its name; those of a group by `group.name`."""
    name = "exercise.yml"
    body = yaml.safe_load((files(__package__) / name).read_text(encoding="utf-8"))
    if not isinstance(body, dict) or set(body) != _KEYS:
        raise HinomiError(
            f"The exercise must have exactly {', '.join(sorted(_KEYS))}.", place=Place(name)
        )
    return dict(_flat(body))


def _flat(body: Mapping[str, object]) -> list[tuple[str, str]]:
    found = []
    for key, value in body.items():
        inner = value if isinstance(value, dict) else {"": value}
        found += [(f"{key}.{name}".rstrip("."), str(text).strip()) for name, text in inner.items()]
    return found

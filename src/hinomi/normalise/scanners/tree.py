"""JSON trees to flat fields: `a.b.c`, every value text. Deep or wide trees are cut."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import orjson

from hinomi.core.errors import NotThisFormat

if TYPE_CHECKING:
    from hinomi.normalise.format import Fields

Tree = dict[str, object]
MAX_DEPTH = 12
MAX_FIELDS = 2_000


def load_object(text: str) -> Tree:
    """The JSON object in the text. Raises NotThisFormat for anything else."""
    try:
        tree = orjson.loads(text)
    except orjson.JSONDecodeError:
        tree = _load_loosely(text)
    if not isinstance(tree, dict):
        raise NotThisFormat("JSON, but not an object.")
    return tree


def _load_loosely(text: str) -> object:
    """JSON that a strict reader refuses whole, so that one odd value would hide the record.

    Half surrogate pairs, which Windows event data may hold, become "?"; control characters and
    numbers beyond a float (1e400, NaN) stay as they are written.
    """
    try:
        loose = json.loads(text, strict=False, parse_float=str, parse_constant=str)
        return orjson.loads(json.dumps(loose, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise NotThisFormat(f"Not JSON: {error}") from error


def flatten(tree: Tree) -> Fields:
    """Dotted names. A list of plain values stays one field (its JSON text when longer than one)."""
    fields: Fields = {}
    stack: list[tuple[str, object, int]] = [("", tree, 0)]
    while stack and len(fields) < MAX_FIELDS:
        name, value, depth = stack.pop()
        if isinstance(value, dict) and value and depth < MAX_DEPTH:
            children = value.items()
            pairs = [(f"{name}.{key}" if name else str(key), item) for key, item in children]
        elif isinstance(value, list) and depth < MAX_DEPTH and (named := _named(value)):
            pairs = [(f"{name}.{key}", item) for key, item in named]
        elif isinstance(value, list) and depth < MAX_DEPTH and _holds_trees(value):
            pairs = [(f"{name}.{index}", item) for index, item in enumerate(value)]
        else:
            if value is not None:
                fields.setdefault(name, as_text(value))
            continue
        stack.extend((key, item, depth + 1) for key, item in reversed(pairs))
    return fields


def as_text(value: object) -> str:
    """How a JSON value stands in a field: text as it is, the rest as JSON writes it."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], dict | list):
        return as_text(value[0])
    if isinstance(value, int):
        return str(value)
    try:
        return orjson.dumps(value).decode()
    except (TypeError, orjson.JSONEncodeError):
        return str(value)


def _named(values: list[object]) -> list[tuple[str, object]]:
    """`[{"Name": "UserAgent", "Value": "…"}]`: a list of named values, as Microsoft writes them."""
    pairs = []
    for item in values:
        if not isinstance(item, dict):
            return []
        lower = {str(key).lower(): value for key, value in item.items()}
        name = lower.get("name", lower.get("key"))
        if not isinstance(name, str) or "value" not in lower or len(item) > 3:
            return []
        pairs.append((name, lower["value"]))
    return pairs


def _holds_trees(values: list[object]) -> bool:
    return any(isinstance(item, dict | list) for item in values)

"""JSON trees to flat fields: `a.b.c`, every value text. Deep or wide trees are cut."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import orjson

from hinomi.core.errors import NotThisFormat

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    if "\\u0000" in text:
        return _clean(tree)
    return tree


def _clean(tree: Tree) -> Tree:
    return {name.replace("\x00", ""): _without_nul(value) for name, value in tree.items()}


def _without_nul(value: object) -> object:
    """No store holds NUL. JSON can only spell it out, so that few trees must be walked for it."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return _clean(value)
    return [_without_nul(item) for item in value] if isinstance(value, list) else value


def _load_loosely(text: str) -> object:
    """JSON that a strict reader refuses whole, so that one odd value would hide the record.

    Half surrogate pairs, which Windows event data may hold, become "?"; control characters and
    numbers beyond a float (1e400, NaN) stay as they are written.
    """
    try:
        loose = json.loads(
            text.replace("\x00", ""), strict=False, parse_float=str, parse_constant=str
        )
        return orjson.loads(json.dumps(loose, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise NotThisFormat(f"Not JSON: {error}") from error


def flatten(tree: Tree) -> Fields:
    """Dotted names. A list of plain values stays one field (its JSON text when longer than one)."""
    if not tree:
        return {"": "{}"}
    fields: Fields = {}
    _lay_out(tree.items(), "", 1, fields)
    return fields


def _lay_out(pairs: Iterable[tuple[str, object]], parent: str, depth: int, fields: Fields) -> None:
    """Add what hangs below `parent`. Plain values, nearly all there are, take the short way."""
    for key, value in pairs:
        if len(fields) >= MAX_FIELDS:
            return
        name = f"{parent}.{key}" if parent else key
        if isinstance(value, str) or type(value) is int:
            if name not in fields:
                fields[name] = str(value)
        elif isinstance(value, (dict, list)) and depth < MAX_DEPTH and (below := _below(value)):
            _lay_out(below, name, depth + 1, fields)
        elif value is not None and name not in fields:
            fields[name] = as_text(value)


def _below(value: dict[str, object] | list[object]) -> Iterable[tuple[str, object]]:
    """The named values inside a value; nothing when it stays one field."""
    if isinstance(value, dict):
        return value.items()
    if named := _named(value):
        return named
    return [(str(index), item) for index, item in enumerate(value)] if _holds_trees(value) else ()


def unfold(fields: Fields, name: str) -> None:
    """A field whose text is JSON again becomes the fields inside it; broken text stays as it is."""
    text = fields.get(name, "")
    if text[:1] not in ("{", "[") or len(text) < 3:
        return
    try:
        tree = orjson.loads(text)
    except orjson.JSONDecodeError:
        return
    inner: Fields = {}
    _lay_out([(name, tree)], "", 1, inner)
    if len(fields) + len(inner) > MAX_FIELDS or name in inner:
        return
    del fields[name]
    for key, value in inner.items():
        fields.setdefault(key.replace("\x00", ""), value.replace("\x00", ""))


def as_text(value: object) -> str:
    """How a JSON value stands in a field: text as it is, the rest as JSON writes it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], dict | list):
        return as_text(value[0])
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

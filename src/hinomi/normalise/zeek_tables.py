"""Zeek's tab-separated logs → one JSON object per row, named by the `#fields` line above them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MARK = b"#separator "
_LISTS = ("set[", "vector[")


def rows_of(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Every row as JSON. A row before any `#fields`, or with too few columns, stays as it is."""
    names: list[str] = []
    types: list[str] = []
    told = {"separator": "\t", "set_separator": ",", "unset_field": "-", "empty_field": "(empty)"}
    for line in lines:
        text = line.decode("utf-8", "replace")
        if not text.startswith("#"):
            yield _row(text, line, names, types, told)
            continue
        key, *rest = text[1:].split(" " if text.startswith("#separator") else told["separator"])
        if key == "fields":
            names = rest
        elif key == "types":
            types = rest
        elif rest:
            told[key] = _unescaped(rest[0]) if key == "separator" else rest[0]


def _row(text: str, line: bytes, names: list[str], types: list[str], told: dict[str, str]) -> bytes:
    cells = text.split(told["separator"])
    if not names or len(cells) < 2 or len(cells) > len(names):
        return line
    row: dict[str, str | list[str]] = {"_path": told["path"]} if told.get("path") else {}
    for place, cell in enumerate(cells):
        if cell in (told["unset_field"], told["empty_field"], ""):
            continue
        is_list = place < len(types) and types[place].startswith(_LISTS)
        row[names[place]] = cell.split(told["set_separator"]) if is_list else cell
    return orjson.dumps(row)


def _unescaped(text: str) -> str:
    """`\\x09` → a tab."""
    if text.startswith("\\x") and len(text) == 4:
        try:
            return chr(int(text[2:], 16))
        except ValueError:
            return "\t"
    return text or "\t"

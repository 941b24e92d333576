"""Comma-separated records whose columns have names by their place.

Quotes may be doubled, or escaped with a backslash as some collectors leave them.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.normalise.format import Fields


def split_columns(text: str) -> list[str]:
    """The columns. Text without quotes takes the short way; what the reader refuses, too."""
    if '"' not in text:
        return text.split(",")
    try:
        rows = list(csv.reader([text.replace('\\"', '"')]))
    except csv.Error:  # a column of more than 128 KiB
        return text.split(",")
    return rows[0] if rows else []


def name_columns(columns: Sequence[str], names: Sequence[str]) -> Fields:
    """The columns that say something under the names of their places; "" names none. Columns
    beyond the names, of a newer version, are kept as `column_N`, N counted from 1."""
    fields: Fields = {}
    for place, value in enumerate(columns):
        if not value:
            continue
        name = names[place] if place < len(names) else f"column_{place + 1}"
        if name:
            fields[name] = value
    return fields

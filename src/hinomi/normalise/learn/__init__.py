"""Learns a format from its lines: proposes a definition that a person then corrects."""

from __future__ import annotations

from hinomi.normalise.learn.labels import role_of_label
from hinomi.normalise.learn.propose import (
    Column,
    columns_of_lines,
    complete,
    line_of,
    propose,
    with_meanings,
)

__all__ = [
    "Column",
    "columns_of_lines",
    "complete",
    "line_of",
    "propose",
    "role_of_label",
    "with_meanings",
]

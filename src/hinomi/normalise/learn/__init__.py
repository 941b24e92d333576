"""Learns a format from its lines: proposes a definition that a person then corrects."""

from __future__ import annotations

from hinomi.normalise.learn.labels import role_of_label
from hinomi.normalise.learn.pointing import (
    NothingChosen,
    PartsTouch,
    Piece,
    pieces_of,
    spans_of,
    with_part,
    without_part,
)
from hinomi.normalise.learn.propose import (
    Column,
    columns_of_lines,
    complete,
    is_heading,
    line_of,
    propose,
    with_meanings,
)

__all__ = [
    "Column",
    "NothingChosen",
    "PartsTouch",
    "Piece",
    "columns_of_lines",
    "complete",
    "is_heading",
    "line_of",
    "pieces_of",
    "propose",
    "role_of_label",
    "spans_of",
    "with_meanings",
    "with_part",
    "without_part",
]

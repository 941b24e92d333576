"""The text of a PDF report as lines and tables, by where each piece stands on the page.

A PDF knows no cells. Pieces of one height are a line; a gap begins a new cell; a line of three or
more cells is a heading until the next one, and cells below belong to the column they stand under,
so that an empty cell shifts nothing.
"""

from __future__ import annotations

import io
import logging
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hinomi.core.mail import MailReason
from hinomi.normalise.mail.section import MAX_LINES, MAX_ROWS, Section, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    Visitor = Callable[[str, list[float], list[float], object, float], None]

_BYTES, _PAGES, _PIECES = 8 * 1024 * 1024, 60, 40_000
_GAP_EM = 0.8  # between two words of a cell there is half an em, between two cells more than one
_SAME_PLACE = 2.5  # points: what begins here stands under the heading's own beginning
_UNREADABLE = (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError,
               OSError, NotImplementedError, ImportError, AssertionError, OverflowError,
               ZeroDivisionError)  # fmt: skip


class Words(NamedTuple):
    """A run of letters at its place; `size` is the letter size in points."""

    x: float
    y: float
    size: float
    text: str

    @property
    def end(self) -> float:
        """Where it ends, by the usual widths: a full-width letter is as wide as it is high."""
        wide = sum(1 for each in self.text if unicodedata.east_asian_width(each) in "WFA")
        return self.x + self.size * (wide + (len(self.text) - wide) * 0.5)


def read_pdf(name: str, raw: bytes) -> tuple[Section | None, MailReason | None]:
    """The section, None without text; and why it could not be read."""
    if len(raw) > _BYTES:
        return None, MailReason.TOO_LARGE
    from pypdf import PdfReader  # 19 MB, for few mails
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            return None, MailReason.LOCKED
        layout = _Layout()
        for at in range(min(len(reader.pages), _PAGES)):
            found: list[Words] = []
            reader.pages[at].extract_text(visitor_text=_visitor(found))
            layout.add_page(found)
    except (PyPdfError, *_UNREADABLE):
        return None, MailReason.BROKEN_MAIL
    return layout.section(name), None


def _visitor(found: list[Words]) -> Visitor:
    """pypdf calls it with each run, its two matrices, its font and its size."""

    def visit(text: str, page: list[float], run: list[float], _: object, size: float) -> None:
        plain = text.strip()
        if not plain or len(found) >= _PIECES:
            return
        x = run[4] * page[0] + run[5] * page[2] + page[4]
        y = run[4] * page[1] + run[5] * page[3] + page[5]
        height = abs(size * (run[3] or 1) * (page[3] or 1)) or 10.0
        found.append(Words(x, y, height, plain))

    return visit


@dataclass(slots=True)
class _Layout:
    """Grows page by page; a table goes on over a page's end."""

    lines: list[str] = field(default_factory=list)
    tables: list[list[tuple[str, ...]]] = field(default_factory=list)
    _starts: list[float] = field(default_factory=list)

    def add_page(self, words: list[Words]) -> None:
        """Lines from the top, each from the left."""
        for line in _lines(words):
            cells = self._cells(line)
            self.lines.append(" \t ".join(text for _, text in cells))
            self._add(cells)

    def section(self, name: str) -> Section | None:
        """All of it, None when there was no letter."""
        if not self.lines:
            return None
        tables = tuple(Table(tuple(rows[:MAX_ROWS])) for rows in self.tables if len(rows) > 1)
        return Section(name, tuple(self.lines[:MAX_LINES]), tables, len(self.lines) <= MAX_LINES)

    def _add(self, cells: list[tuple[float, str]]) -> None:
        row = self._row(cells)
        if row is not None:
            self.tables[-1].append(row)
        elif len(cells) >= 3:
            self._starts = [x for x, _ in cells]
            self.tables.append([tuple(text for _, text in cells)])

    def _row(self, cells: list[tuple[float, str]]) -> tuple[str, ...] | None:
        """Under the heading in use: every cell in a column of its own, and two at least that begin
        where their column does; else it is no row of this table."""
        if len(self._starts) < 3 or not 2 <= len(cells) <= len(self._starts):
            return None
        row = [""] * len(self._starts)
        at_place = 0
        for x, text in cells:
            column = self._column(x)
            if column is None or row[column]:
                return None
            row[column] = text
            at_place += abs(self._starts[column] - x) <= _SAME_PLACE
        return tuple(row) if at_place >= 2 or len(cells) == len(self._starts) else None

    def _column(self, x: float) -> int | None:
        under = [at for at, start in enumerate(self._starts) if start <= x + _SAME_PLACE]
        return under[-1] if under else None

    def _cells(self, line: list[Words]) -> list[tuple[float, str]]:
        cells: list[tuple[float, str]] = []
        end = float("-inf")
        for words in line:
            is_at_start = any(abs(start - words.x) <= 1.0 for start in self._starts)
            if not cells or words.x - end > _GAP_EM * words.size or is_at_start:
                cells.append((words.x, words.text))
            else:
                x, text = cells[-1]
                space = " " if words.x - end > 0.2 * words.size else ""
                cells[-1] = (x, f"{text}{space}{words.text}")
            end = words.end
        return cells


def _lines(words: list[Words]) -> list[list[Words]]:
    """Pieces whose height differs by less than a third of a letter stand on one line."""
    lines: list[list[Words]] = []
    for each in sorted(words, key=lambda one: -one.y):
        if lines and abs(lines[-1][0].y - each.y) < each.size / 3:
            lines[-1].append(each)
        else:
            lines.append([each])
    return [sorted(line, key=lambda one: one.x) for line in lines]

"""A file that a person chose → rows of text with their line numbers, or why it cannot be read.

Knows Excel, and CSV as Excel, accounting software and consoles write it: UTF-8 with and without
mark, cp932, UTF-16, comma, tab or semicolon. What the cells mean is not its business.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError
from hinomi.portal.rosters import excel

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ROWS = 20_000
MOST_COLUMNS = 60
MOST_BYTES = 10_000_000
LONGEST_CELL = 1_000
_SEPARATORS = ",\t;"
_LOOKED_AT = 20  # lines, to find the separator
_EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx; xls, or xlsx with a password
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_WORDS = {
    "empty": "中身がありません。お客様の一覧が入ったファイルを選んでください。",
    "size": "ファイルが大きすぎます。10MBまでのファイルに分けてください。",
    "rows": "行が多すぎます。2万行までに分けてください。",
    "columns": "列が多すぎます。60列までにしてください。",
    "password": "パスワードがかかっています。パスワードを外して保存したものを選んでください。",
    "excel": "Excelのファイルとして読めません。Excelで開き、「名前を付けて保存」で"
    "「.xlsx」か「CSV UTF-8」にして、もう一度選んでください。",
    "text": "文字を読めません。Excelで開き、「CSV UTF-8」で保存したものを選んでください。",
}


class NotATable(UsageError):
    """The file as a whole cannot be read. `words_ja` says why and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The list cannot be read ({reason}).", advice=_WORDS[reason])
        self.words_ja = _WORDS[reason]


@dataclass(frozen=True, slots=True)
class Line:
    """One row that holds something; `number` is what Excel or an editor shows beside it."""

    number: int
    cells: tuple[str, ...]


def read_tables(raw: bytes) -> list[list[Line]]:
    """Every sheet with its rows; a CSV is one sheet. Empty rows are left out, numbers kept."""
    if len(raw) > MOST_BYTES:
        raise NotATable("size")
    sheets = _sheets(raw) if raw.startswith(_EXCEL) else [_text_rows(raw)]
    found = [lines for rows in sheets if (lines := _lines(rows))]
    if not found:
        raise NotATable("empty")
    return found


def _sheets(raw: bytes) -> list[list[tuple[int, list[str]]]]:
    try:
        sheets = excel.read_workbook(raw, most_rows=MOST_ROWS, most_columns=MOST_COLUMNS)
    except excel.Locked as error:
        raise NotATable("password") from error
    except excel.Unreadable as error:
        raise NotATable("excel") from error
    return [list(enumerate(rows, start=1)) for rows in sheets]


def _text_rows(raw: bytes) -> list[tuple[int, list[str]]]:
    text = _decoded(raw)
    try:
        return list(_csv_rows(text, separator=_separator(text)))
    except csv.Error as error:
        raise NotATable("text") from error


def _decoded(raw: bytes) -> str:
    known = next((name for mark, name in _MARKS if raw.startswith(mark)), "")
    for encoding in [known] if known else ["utf-8", "cp932"]:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise NotATable("text")


def _separator(text: str) -> str:
    """The one that cuts the first lines into most columns."""
    head = "\n".join(text.splitlines()[:_LOOKED_AT])
    return max(_SEPARATORS, key=lambda each: _width(head, separator=each))


def _width(head: str, *, separator: str) -> int:
    try:
        return sum(len(row) - 1 for _, row in _csv_rows(head, separator=separator))
    except csv.Error:
        return 0


def _csv_rows(text: str, *, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    number = 1
    for row in reader:
        yield number, row
        number = reader.line_num + 1


def _lines(rows: list[tuple[int, list[str]]]) -> list[Line]:
    lines = [Line(number, tuple(map(_clean, cells))) for number, cells in rows]
    lines = [line for line in lines if any(line.cells)]
    if len(lines) > MOST_ROWS + 1:
        raise NotATable("rows")
    if any(any(line.cells[MOST_COLUMNS:]) for line in lines):
        raise NotATable("columns")
    return lines


def _clean(cell: str) -> str:
    """One line of what prints. Our own list of faults marks what Excel would take for a formula
    with an apostrophe; it comes off again here."""
    text = " ".join("".join(c if c.isprintable() else " " for c in cell).split())[:LONGEST_CELL]
    return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@") else text

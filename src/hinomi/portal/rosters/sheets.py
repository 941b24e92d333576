"""Files we hand out: the template to fill in, and the rows that were left out, to be mended."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from hinomi.portal.rosters.headings import Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hinomi.portal.rosters.steps import Step

_EXAMPLES = (
    ("株式会社見本工務店", "03-0000-0001", "見本 花子", "hanako@mihon.example", "FortiGate 40F",
     "SN00EXAMPLE001", "本社", "見本工務店", "", "MIHON-FW", ""),
    ("見本歯科医院", "03-0000-0002", "", "", "パソコンの見守りソフト", "", "", "見本歯科",
     "M-0002", "", ""),
)  # fmt: skip
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def template() -> bytes:
    """An Excel file with our headings; its cells are text, so that 0 and long numbers stay."""
    import xlsxwriter  # on use: the web process holds it for no other page

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
    headings = [field.ja for field in Field]
    for name, rows in (("お客様の一覧", ()), ("記入例", _EXAMPLES)):
        sheet = book.add_worksheet(name)
        sheet.set_column(0, len(headings) - 1, 22, text)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, headings, head)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell, text)
    book.close()
    return buffer.getvalue()


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with the mark by which Excel knows it. What Excel would take for a formula gets an
    apostrophe, which reading our own file takes off again."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([_harmless(cell) for cell in headings])
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode("utf-8-sig")


def faults_csv(
    headings: Sequence[str], steps: Iterable[Step], cells: dict[int, list[str]]
) -> bytes:
    """The rows to mend, as they came, with their line number and what is wrong in front."""
    rows = (
        [str(step.wish.line), " ".join(step.texts), *cells.get(step.wish.line, [])]
        for step in steps
    )
    return as_csv(["行番号", "直すところ", *headings], rows)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_RISKY) else cell

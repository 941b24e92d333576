"""Tables as files that Excel opens rightly and runs nothing of."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from hinomi.portal.ui.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_RISKY = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_BOM = "\ufeff"  # without it Excel takes the file for Shift_JIS


def harmless(cell: str) -> str:
    """What a spreadsheet would take for a formula gets an apostrophe; hidden characters show."""
    return f"'{visible(cell)}" if cell.lstrip(" \u3000").startswith(_RISKY) else visible(cell)


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The file line by line, so that 20,000 rows need the memory of one."""
    yield _BOM.encode() + _line(head)
    for row in rows:
        yield _line([harmless(cell) for cell in row])


def _line(cells: Sequence[str]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().encode()

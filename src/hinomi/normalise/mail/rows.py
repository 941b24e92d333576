"""Tables with a heading that we know: one row is one alert, or one company's numbers of the day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.normalise.mail.kinds import SHARED
from hinomi.normalise.mail.labels import NAMING, NEWS, field_of, is_common_place, plain_label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.mail.section import Table

_LOOK_AT = 20  # rows before the heading
_NUMBER = re.compile(r"([0-9０-９][0-9０-９,，]{0,9})\s*(件|回|個|台|通)?")
_COUNTED = re.compile(r"[0-9０-９][0-9０-９,，]{0,9}\s*(件|回)")
_SUM = re.compile(r"(合\s*計|総\s*計|小\s*計|計|total|sum|grand total)[:：]?", re.IGNORECASE)
_WORTH = (*NEWS, *NAMING, "device", "gateway", "count", "serial")


@dataclass(frozen=True, slots=True)
class Row:
    """`counts`: columns that hold only numbers and whose heading names a kind of threat."""

    labels: tuple[tuple[str, str], ...]
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table, read. `used`: its rows without blanks, so that its lines are not read again.
    `has_names`: a column says whose each row is."""

    rows: tuple[Row, ...] = ()
    used: frozenset[str] = frozenset()
    has_names: bool = False


def rows_of(table: Table, own: Mapping[str, str]) -> Rows:
    """Nothing when no row of it is a heading we know, so that it may be read as lines."""
    at = next((n for n, row in enumerate(table.rows[:_LOOK_AT]) if _is_heading(row, own)), None)
    if at is None or (at + 1 >= len(table.rows) and not _is_long(table.rows[at], own)):
        return Rows()
    heading = table.rows[at]
    data = [row for row in table.rows[at + 1 :] if row != heading and not _is_sum(row)]
    if summed := _summed(heading, data, own):
        return Rows(summed, frozenset("".join("".join(row).split()) for row in table.rows[at:]))
    counting = _counting(heading, data, own)
    fields = [field_of(cell, own) for cell in heading]
    return Rows(
        rows=tuple(_row(heading, row, counting) for row in data if _is_full(row)),
        used=frozenset("".join("".join(row).split()) for row in table.rows[at:]),
        has_names=any(name in NAMING for name in fields) or _names_several(fields, data),
    )


def _summed(
    heading: tuple[str, ...], data: list[tuple[str, ...]], own: Mapping[str, str]
) -> tuple[Row, ...]:
    """「種別 | 検知 | 遮断」 over 「ウイルス | 2 | 2」: a table of numbers with the threats down its side
    is one row of counts, not alerts. Where all that was seen was stopped, the count says so."""
    if any(
        field_of(cell, own) in (*NAMING, "device", "gateway", "serial", "site") for cell in heading
    ):
        return ()
    counts: list[tuple[str, int]] = []
    for row in data:
        numbers = [(head, _count(cell)) for head, cell in zip(heading[1:], row[1:], strict=False)
                   if cell and head]  # fmt: skip
        if not numbers or not all(_NUMBER.fullmatch(cell) for cell in row[1:] if cell):
            return ()
        most = max(count for _, count in numbers)
        last = next(head for head, count in reversed(numbers) if count == most)
        counts.append((f"{row[0]} {last}", most))
    named = sum(1 for label, _ in counts if _kind(label))
    return (Row((), tuple(counts)),) if counts and named * 2 >= len(counts) else ()


def _names_several(fields: list[str], data: list[tuple[str, ...]]) -> bool:
    """A column of groups may be one of companies: where it holds two, no row is lent a name."""
    at = fields.index("site") if "site" in fields else None
    if at is None:
        return False
    return len({row[at] for row in data if at < len(row) and not is_common_place(row[at])}) > 1


def _is_heading(row: tuple[str, ...], own: Mapping[str, str]) -> bool:
    """At least three columns, most of them known, none twice, and one that is worth a row."""
    cells = [cell for cell in row if cell]
    fields = [field_of(cell, own) for cell in cells]
    known = [name for name in fields if name]
    counts = sum(1 for cell, name in zip(cells, fields, strict=True) if not name and _kind(cell))
    if len(cells) < 2 or len(known) < 1 or len(known) + counts < max(2, (len(cells) + 1) // 2):
        return False
    if len(cells) == 2 and len(row) == 2 and known[0] in NEWS[:2] and len(known) < 2:
        return False
    return any(name in _WORTH for name in known) and not any(_NUMBER.fullmatch(c) for c in cells)


def _is_long(row: tuple[str, ...], own: Mapping[str, str]) -> bool:
    return sum(1 for cell in row if field_of(cell, own)) >= 3


def _is_sum(row: tuple[str, ...]) -> bool:
    first = next((cell for cell in row if cell), "")
    return bool(_SUM.fullmatch(first))


def _is_full(row: tuple[str, ...]) -> bool:
    return sum(1 for cell in row if cell) >= 2


def _counting(
    heading: tuple[str, ...], data: list[tuple[str, ...]], own: Mapping[str, str]
) -> set[int]:
    """Columns of numbers under the name of a threat: 「ウイルス」 over 0, 3, 1 counts, it names none."""
    found = set()
    for at, label in enumerate(heading):
        cells = [row[at] for row in data if at < len(row) and row[at]]
        is_counted = bool(_kind(label)) or field_of(label, own) == "count"
        if is_counted and cells and all(_NUMBER.fullmatch(cell) for cell in cells):
            found.add(at)
    return found


def _row(heading: tuple[str, ...], row: tuple[str, ...], counting: set[int]) -> Row:
    """A row of another width than its heading keeps its cells without names: which is which is
    not known, and what stands there may be a company's name."""
    if len(row) != len(heading) and _filled(row) > _filled(heading):
        return Row(tuple((f"column {n}", cell) for n, cell in enumerate(row, 1) if cell), ())
    cells = list(zip(heading, row, strict=False))
    labels = tuple((name, cell) for n, (name, cell) in enumerate(cells)
                   if cell and name and n not in counting)  # fmt: skip
    counts = tuple((cells[n][0], _count(cells[n][1])) for n in sorted(counting)
                   if n < len(cells) and cells[n][1])  # fmt: skip
    return Row(labels, counts)


def count_of(label: str, value: str) -> int | None:
    """The number that stands under a threat's name, with its 件; None when it is something else."""
    match = _COUNTED.fullmatch(value.strip())
    return _count(value.strip()) if match and _kind(label) else None


def _filled(row: tuple[str, ...]) -> int:
    return sum(1 for cell in row if cell)


def _count(cell: str) -> int:
    match = _NUMBER.match(cell)
    return int(match[1].replace(",", "").replace("，", "")) if match else 0


def _kind(label: str) -> str:
    plain = plain_label(label)
    return next((kind.value for pattern, kind in SHARED if pattern.search(plain)), "")

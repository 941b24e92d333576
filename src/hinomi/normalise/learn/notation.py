"""How a line is written: JSON, CEF, pairs, columns or a sentence. Looks at all lines together,
since one line alone tells columns from a sentence badly."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise.learn.labels import role_of_label
from hinomi.normalise.learned.definition import Layout, is_usable
from hinomi.normalise.learned.layouts import MAIL_MARK, read_by, split_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.normalise.format import Fields, Line

_SELF_TELLING = (
    ("mail", lambda text, body: MAIL_MARK in body[:40]),
    ("cef", lambda text, body: "CEF:" in text),
    ("leef", lambda text, body: "LEEF:" in text),
    ("json", lambda text, body: "{" in body[:200] and body.rstrip().endswith("}")),
    ("xml", lambda text, body: body[:1] == "<" and body.rstrip()[-1:] == ">"),
)
_PAIR = re.compile(r"(?:^|[\s,;|(\[、])[^\W\d_][^\s=:：,;|、\"'<>(){}\[\]]{0,40}[=＝](?=\S)")
_DELIMITERS = ("\t", ",", "|", ";", "、")
_BETWEEN = (",", "、", ";", "|", "\t", "/", "，", "　")
_LEAD = ("message", "日時")
_FEWEST_COLUMNS = 3
_MOST_TYPES = 12


def layout_of(line: Line) -> Layout | None:
    """The layout of a line that tells its notation by itself; None for columns and sentences."""
    body = line.header.body
    for kind, applies in _SELF_TELLING:
        if applies(line.text, body):
            layout = Layout(kind=kind, id=kind)  # type: ignore[arg-type]
            if _reads(layout, line):
                return layout
    if len(_PAIR.findall(body[:4_096])) >= 2:
        layout = Layout(kind="pairs", id="pairs")
        if _covers(layout, line) >= 0.5:
            return layout
    return _named_pairs(line)


def _named_pairs(line: Line) -> Layout | None:
    """`送信元：192.0.2.7、処理：遮断`: pairs whose names we know, whatever stands between them."""
    best: tuple[float, Layout] | None = None
    for mark in (":", "="):
        for place, between in enumerate(("", *_BETWEEN)):
            if between and line.header.body.count(between) < 2:
                continue
            layout = Layout(kind="pairs", id=f"named-{mark}{place}", mark=mark, between=between)
            fields = _reads(layout, line)
            known = sum(bool(role_of_label(name)) for name in fields if name.isprintable())
            loose = sum(name.startswith("値") for name in fields)
            if known < 2 or known * 2 < len(fields) - loose or loose * 2 > len(fields):
                continue
            score = (known - loose) / len(fields) + _covers(layout, line)
            if _covers(layout, line) >= 0.8 and (best is None or score > best[0]):
                best = score, layout
    return best[1] if best else None


def _reads(layout: Layout, line: Line) -> Fields:
    try:
        return read_by(layout, line)
    except NotThisFormat:
        return {}


def _covers(layout: Layout, line: Line) -> float:
    """The share of the line that stands in names and values."""
    fields = {name: value for name, value in _reads(layout, line).items() if name not in _LEAD}
    inside = sum(len(name) + len(value) + 2 for name, value in fields.items())
    return inside / max(len(line.header.body), 1)


def columns_of(bodies: Sequence[str]) -> list[Layout]:
    """Layouts for rows of columns; none when the lines are no rows. One for each type of row where
    a column names the type and the number of columns follows it."""
    between = _delimiter(bodies)
    if not between:
        return []
    rows = [cells for body in bodies if len(cells := split_columns(body, between=between)) > 1]
    if names := _headings(rows):
        return [Layout(kind="columns", id="columns", between=between, columns=names)]
    typed = _type_column(rows)
    if typed is None:
        return [_numbered("columns", between, _usual_width(rows))]
    place, widths = typed
    return [
        _numbered(f"columns-{number}", between, width, where={f"column_{place + 1}": value})
        for number, (value, width) in enumerate(sorted(widths.items()), 1)
    ]


def _numbered(id: str, between: str, width: int, where: dict[str, str] | None = None) -> Layout:
    names = tuple(f"column_{number}" for number in range(1, width + 1))
    return Layout(kind="columns", id=id, between=between, columns=names, where=where or {})


def _delimiter(bodies: Sequence[str]) -> str:
    """The mark that cuts most lines into equally many pieces."""
    best, most = "", 0.7
    for mark in _DELIMITERS:
        counts = [len(split_columns(body, between=mark)) for body in bodies]
        wide = [count for count in counts if count >= _FEWEST_COLUMNS]
        if not wide or len(wide) < 0.8 * len(bodies):
            continue
        common = Counter(wide).most_common(_MOST_TYPES)
        steady = sum(count for _, count in common if count > 1) if len(wide) > 1 else 1
        # Sentences have a comma here and there; rows have many, and words without blanks.
        blanks = sum(cell.strip().count(" ") for body in bodies for cell in body.split(mark))
        cells = sum(counts)
        score = steady / len(wide) if len(wide) > 1 else (1.0 if max(wide) > 5 else 0.0)
        if score > most and blanks < 2 * cells:
            best, most = mark, score
    return best


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    return Counter(len(row) for row in rows).most_common(1)[0][0]


def _headings(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The names in the first row, when it is a row of headings."""
    if len(rows) < 2:
        return ()
    names = tuple(cell.strip().lstrip("\ufeff") for cell in rows[0])
    if not all(names) or len(set(names)) != len(names) or any(len(name) > 60 for name in names):
        return ()
    if any(name[:1].isdigit() for name in names) or not all(map(is_usable, names)):
        return ()
    known = sum(bool(role_of_label(name)) for name in names)
    is_named = known * 3 >= len(names) and known >= 2
    return names if is_named or (known and _differs(rows)) else ()


def _differs(rows: Sequence[Sequence[str]]) -> bool:
    """Whether some column holds numbers or times in every row but the first."""
    width = min(len(row) for row in rows)
    return any(all(row[place].strip()[:1].isdigit() for row in rows[1:]) for place in range(width))


def _type_column(rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]] | None:
    """Which of the first columns names the type of the row, with the width of each type."""
    widths = {len(row) for row in rows}
    if len(widths) < 2:
        return None
    for place in range(min(8, min(widths))):
        by_value: dict[str, Counter[int]] = {}
        for row in rows:
            by_value.setdefault(row[place].strip(), Counter())[len(row)] += 1
        if not 1 < len(by_value) <= min(_MOST_TYPES, len(rows) // 2):
            continue
        if all(value and not value[0].isdigit() and len(value) < 40 for value in by_value):
            return place, {value: max(seen) for value, seen in by_value.items()}
    return None

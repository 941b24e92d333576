"""CSV and its relatives. The header is guessed, and what was guessed is said (`Feed.read_as`)."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hinomi.core.indicators import Kind
from hinomi.detect.intel.feed import percentage
from hinomi.detect.intel.moments import read_moment
from hinomi.detect.intel.stix import read_tlp
from hinomi.detect.intel.values import NotAnIndicator, guess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hinomi.core.indicators import Indicator
    from hinomi.detect.intel.feed import Feed

DELIMITERS = ",;\t|"
LONGEST_CELL = 8_192
MOST_COLUMNS = 200
_LOOKED_AT = 50  # rows from which columns are guessed
_VALUE_TITLES = frozenset(
    {"value", "indicator", "ioc", "iocvalue", "indicatorvalue", "observable", "ip", "ipaddress",
     "dstip", "srcip", "address", "cidr", "network", "domain", "hostname", "host", "fqdn", "url",
     "uri", "hash", "filehash", "md5", "md5hash", "sha1", "sha1hash", "sha256", "sha256hash",
     "email", "mail", "emailaddress"}
)  # fmt: skip
# What a column is for → the names feeds give it, compared without case, space, dash, underscore.
_ROLES: dict[str, frozenset[str]] = {
    "value": _VALUE_TITLES,
    "kind": frozenset({"type", "ioctype", "indicatortype", "kind", "datatype"}),
    "confidence": frozenset({"confidence", "confidencelevel", "score"}),
    "tlp": frozenset({"tlp", "marking"}),
    "until": frozenset({"validuntil", "expires", "expiration", "expirationdate", "enddate"}),
    "since": frozenset({"validfrom", "firstseen", "firstseenutc", "dateadded", "startdate"}),
    "name": frozenset({"name", "malware", "malwareprintable", "threat", "title", "family"}),
    "labels": frozenset({"labels", "tags", "tag", "threattype", "category"}),
    "description": frozenset({"description", "comment", "comments", "note"}),
}
# Words of a type column → kind; a word not here lets the value speak.
_KINDS: dict[str, Kind] = {
    "ip": Kind.IP, "ipv4": Kind.IP, "ipv6": Kind.IP, "ipport": Kind.IP, "ipdst": Kind.IP,
    "ipsrc": Kind.IP, "cidr": Kind.CIDR, "domain": Kind.DOMAIN, "domainname": Kind.DOMAIN,
    "hostname": Kind.HOST, "host": Kind.HOST, "fqdn": Kind.HOST, "url": Kind.URL, "uri": Kind.URL,
    "md5": Kind.MD5, "md5hash": Kind.MD5, "sha1": Kind.SHA1, "sha1hash": Kind.SHA1,
    "sha256": Kind.SHA256, "sha256hash": Kind.SHA256, "email": Kind.MAIL, "mail": Kind.MAIL,
    "emailsrc": Kind.MAIL,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column is what. `columns` are role → number; `has_header` skips the first row."""

    delimiter: str
    columns: dict[str, int]
    header: tuple[str, ...] = ()
    has_header: bool = False

    def __str__(self) -> str:
        parts = [f"{role} in column {number + 1}{self._name(number)}"
                 for role, number in self.columns.items()]  # fmt: skip
        mark = "tab" if self.delimiter == "\t" else repr(self.delimiter)
        head = "with" if self.header else "without"
        return f"CSV {head} a header, separated by {mark}: " + ", ".join(parts)

    def _name(self, number: int) -> str:
        return f" ({self.header[number][:40]})" if number < len(self.header) else ""


def guess_layout(text: str) -> Layout | None:
    """None when no column holds values: then it is no table."""
    comments, lines = _first_lines(text)
    best: Layout | None = None
    for delimiter in DELIMITERS:
        rows = [row for row in _rows(lines, delimiter) if len(row) > 1]
        if len(rows) * 2 < len(lines) or not rows:
            continue
        layout = _layout(rows, comments, delimiter)
        if layout and (best is None or len(layout.columns) > len(best.columns)):
            best = layout
    return best


def read_table(text: str, layout: Layout, feed: Feed) -> None:
    """One indicator a row; what the row says of it goes along."""
    feed.read_as = str(layout)
    skip = layout.has_header
    lines = text.splitlines()
    reader = csv.reader(lines, delimiter=layout.delimiter, skipinitialspace=True)
    csv.field_size_limit(LONGEST_CELL)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            feed.refuse("a row that is no CSV, or a cell that is too long", place=_at(reader))
            continue
        if not row or row[0].lstrip().startswith("#"):
            continue
        if skip:
            skip = False
            continue
        _take(row[:MOST_COLUMNS], layout, feed, _at(reader))


def _at(reader: object) -> str:
    return f"line {getattr(reader, 'line_num', 0)}"


def _take(row: Sequence[str], layout: Layout, feed: Feed, place: str) -> None:
    def cell(role: str) -> str:
        number = layout.columns.get(role, MOST_COLUMNS)
        return row[number].strip() if number < len(row) else ""

    if not cell("value"):
        feed.refuse("no value in the row", place=place)
        return
    kind = _KINDS.get(_squeezed(cell("kind")))
    feed.take(cell("value"), place=place, kind=kind, about=_about(cell, feed))


def _about(cell: Callable[[str], str], feed: Feed) -> Indicator:
    template = feed.template(
        name=cell("name"),
        description=cell("description"),
        labels=cell("labels").replace(";", ",").split(","),
        confidence=percentage(cell("confidence")),
    )
    return replace(
        template,
        tlp=read_tlp(cell("tlp")) or template.tlp,
        valid_from=read_moment(cell("since")),
        valid_until=read_moment(cell("until")),
    )


def _first_lines(text: str) -> tuple[list[str], list[str]]:
    """The comments before the data, and the first rows of it."""
    comments: list[str] = []
    lines: list[str] = []
    for line in text[: _LOOKED_AT * LONGEST_CELL].splitlines():
        if line.startswith("#"):
            if not lines:
                comments.append(line.lstrip("# "))
        elif line.strip():
            lines.append(line)
        if len(lines) >= _LOOKED_AT:
            break
    return comments, lines


def _rows(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_CELL)
    try:
        yield from csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    except csv.Error:
        return


def _layout(rows: Sequence[list[str]], comments: Sequence[str], delimiter: str) -> Layout | None:
    header = _named(rows[0])
    if "value" in header:
        return Layout(delimiter, header, tuple(rows[0]), has_header=True)
    if comments:  # abuse.ch and others keep the header in the last comment
        titles = next(_rows(comments[-1:], delimiter), [])
        header = _named(titles)
        if "value" in header and abs(len(titles) - len(rows[0])) <= 1:
            return Layout(delimiter, header, tuple(titles))
    column = _column_of_values(rows)
    return None if column is None else Layout(delimiter, {"value": column})


def _named(titles: Sequence[str]) -> dict[str, int]:
    """The first column of each role, in the order of the roles."""
    squeezed = [_squeezed(title) for title in titles]
    found = {
        role: next((n for n, title in enumerate(squeezed) if title in names), None)
        for role, names in _ROLES.items()
    }
    return {role: number for role, number in found.items() if number is not None}


def _column_of_values(rows: Sequence[list[str]]) -> int | None:
    """The first column in which more than half of the cells are values."""
    for number in range(min(max(map(len, rows)), MOST_COLUMNS)):
        readable = sum(1 for row in rows if number < len(row) and _is_value(row[number]))
        if readable * 2 > len(rows):
            return number
    return None


def _is_value(text: str) -> bool:
    try:
        return bool(guess(text))
    except NotAnIndicator:
        return False


def _squeezed(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())

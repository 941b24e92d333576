"""An HTML mail as a person sees it: lines, and those tables that hold values, not layout."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hinomi.normalise.mail.section import MAX_CELLS, MAX_LINES, MAX_ROWS, Section, Table

_UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript", "object"})
_VOID = frozenset({"br", "img", "hr", "meta", "link", "input", "col", "area", "base", "wbr"})
_BREAKS = frozenset({
    "br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "hr", "ul", "ol",
    "blockquote", "dt", "dd", "section", "pre",
})  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DECLARATION = re.compile(r"<[!?][^>]*>")
_NO_MARK = re.compile(r"<(?![A-Za-z/])")
_DEEPEST = 64  # tables in tables; mails for Outlook nest about ten
_HTML_MOST = 4_000_000  # letters


def from_html(name: str, text: str) -> Section:
    """Never raises; what lies beyond the limits is left out and the section says so."""
    page = _Page()
    page.feed(_tamed(text[:_HTML_MOST]))
    page.close()
    page.end_line()
    is_whole = len(text) <= _HTML_MOST and page.is_whole
    return Section(name, tuple(page.lines), tuple(page.tables), is_whole)


def _tamed(text: str) -> str:
    """Without what the parser reads from its beginning again and again: comments and declarations,
    marks that never close, and a `<` that begins none. 200 KB of `<!--` took it minutes.
    Guarded by test_html_that_never_closes_takes_no_time."""
    end = _without_comments(text)
    closed = end.rfind(">") + 1
    return _NO_MARK.sub("&lt;", _DECLARATION.sub(" ", end[:closed])) + end[closed:].replace(
        "<", "&lt;"
    )


def _without_comments(text: str) -> str:
    """An open comment hides all behind it, as in a browser."""
    kept, at = [], 0
    while (begin := text.find("<!--", at)) >= 0:
        kept.append(text[at:begin])
        close = text.find("-->", begin + 2)  # <!--> is a whole one
        if close < 0:
            return "".join(kept)
        at = close + 3
    return "".join(kept) + text[at:]


class _Grid:
    """One open table. `is_layout` once another table stands inside it.

    A cell that spans rows stands in each of them: a row that lost its first cell would give every
    value to the column before it, and a company's alerts to nobody or worse.
    """

    def __init__(self) -> None:
        self.rows: list[list[list[str]]] = []
        self.is_layout = False
        self._carried: dict[int, tuple[int, list[str]]] = {}  # column → rows left, its cell
        self._last: list[str] = []

    def start_row(self) -> None:
        """The row before gets what still hangs down behind its last cell."""
        self._hang_down()
        if len(self.rows) < MAX_ROWS:
            self.rows.append([])

    def start_cell(self, *, rows: int, columns: int) -> None:
        """Its place is the first that no cell from above covers."""
        if not self.rows:
            self.rows.append([])
        self._hang_down()
        cell: list[str] = []
        for _ in range(min(columns, MAX_CELLS)):
            if len(self.rows[-1]) >= MAX_CELLS:
                return
            if rows > 1:
                self._carried[len(self.rows[-1])] = (min(rows, MAX_ROWS), cell)
            self.rows[-1].append(cell)
        self._last = cell

    def write(self, text: str) -> None:
        """Into the cell that is open."""
        if self.rows and self.rows[-1]:
            self._last.append(text)

    def finished(self) -> Table | None:
        """What it holds, without empty rows; None for layout."""
        self._hang_down()
        rows = tuple(
            tuple(" ".join("".join(cell).split()) for cell in row)
            for row in self.rows
            if any("".join(cell).strip() for cell in row)
        )
        return Table(rows) if rows and not self.is_layout else None

    def _hang_down(self) -> None:
        if not self.rows:
            return
        row = self.rows[-1]
        while len(row) < MAX_CELLS and (hung := self._carried.pop(len(row), None)):
            left, cell = hung
            if left > 2:
                self._carried[len(row)] = (left - 1, cell)
            row.append(cell)
            self._last = cell


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.tables: list[Table] = []
        self.is_whole = True
        self._line: list[str] = []
        self._grids: list[_Grid] = []
        self._unseen: list[str] = []  # open elements inside one that is not shown

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """`<![` and a word that nobody knows is a comment, as in a browser; Python asserts."""
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:
            return self.parse_bogus_comment(i, report=False)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            if tag in _BREAKS and not self._unseen:
                self._break(tag)
            return
        if self._unseen or tag in _UNSEEN or _is_hidden(attrs):
            if len(self._unseen) < 4 * _DEEPEST:
                self._unseen.append(tag)
            return
        if tag in _BREAKS:
            self._break(tag)
        if tag == "table" and len(self._grids) < _DEEPEST:
            for outer in self._grids:
                outer.is_layout = True
            self._grids.append(_Grid())
        elif tag == "tr" and self._grids:
            self._grids[-1].start_row()
        elif tag in ("td", "th"):
            self._line.append("\t")
            if self._grids:
                self._grids[-1].start_cell(
                    rows=_span(attrs, "rowspan"), columns=_span(attrs, "colspan")
                )

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            # An element left open inside hides no more than its own parent did.
            if tag in self._unseen:
                while self._unseen.pop() != tag:
                    pass
            return
        if tag in _BREAKS:
            self._break(tag)
        if tag == "table" and self._grids:
            table = self._grids.pop().finished()
            if table is not None:
                self.tables.append(table)

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        self._line.append(data.replace("\n", " "))
        if self._grids:
            self._grids[-1].write(data)

    def _break(self, tag: str) -> None:
        if self._grids and tag not in ("tr", "table"):
            self._grids[-1].write(" ")
        self.end_line()

    def end_line(self) -> None:
        """What was collected so far is a line."""
        text = " ".join("".join(self._line).replace("\t", " \t ").split(" ")).strip()
        self._line.clear()
        if not text:
            return
        if len(self.lines) >= MAX_LINES:
            self.is_whole = False
            return
        self.lines.append(text)


def _is_hidden(attrs: list[tuple[str, str | None]]) -> bool:
    return any(name == "style" and value and _HIDDEN.search(value) for name, value in attrs)


def _span(attrs: list[tuple[str, str | None]], name: str) -> int:
    value = dict(attrs).get(name) or ""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 5 else 1

"""Files as people really save them, and files that want to do harm."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from hinomi.portal.rosters.table import NotATable, read_tables

ROWS = (("会社名", "電話番号", "備考"), ("青葉工務店", "03-0000-0001", "①髙橋様"))
EXPECTED = [(1, ROWS[0]), (2, ROWS[1])]


def workbook(*sheets: list[list[object]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    for number, rows in enumerate(sheets):
        sheet = book.add_worksheet(f"表{number}")
        day = book.add_format({"num_format": "yyyy/mm/dd"})
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, date):
                    sheet.write_datetime(row, column, cell, day)  # type: ignore[arg-type]
                else:
                    sheet.write(row, column, cell)
    book.close()
    return buffer.getvalue()


def read(raw: bytes) -> list[tuple[int, tuple[str, ...]]]:
    return [(line.number, line.cells) for line in read_tables(raw)[0]]


def text(separator: str) -> str:
    return "".join(separator.join(row) + "\r\n" for row in ROWS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_every_way_a_csv_is_saved_reads_the_same(encoding: str, separator: str) -> None:
    assert read(text(separator).encode(encoding)) == EXPECTED


def test_quoted_cells_keep_separators_and_the_numbers_stay_those_of_the_editor() -> None:
    raw = '会社名,備考\n"青葉,工務店","1行目\n2行目"\n\n文京歯科,x\n'.encode()
    assert read(raw) == [
        (1, ("会社名", "備考")),
        (2, ("青葉,工務店", "1行目 2行目")),
        (5, ("文京歯科", "x")),
    ]


def test_excel_reads_numbers_as_typed_and_days_without_midnight() -> None:
    raw = workbook([["会社名", "台数", "日"], ["青葉", 3, date(2026, 11, 20)], ["文京", 2.5, ""]])
    assert read(raw) == [
        (1, ("会社名", "台数", "日")),
        (2, ("青葉", "3", "2026-11-20")),
        (3, ("文京", "2.5", "")),
    ]


def test_a_formula_is_not_run() -> None:
    raw = workbook([["会社名"], ['=HYPERLINK("http://x.example","y")'], ["=1+1"], ["青葉"]])
    cells = [cells[0] for _, cells in read(raw)]
    assert cells[0] == "会社名"
    assert cells[-1] == "青葉"
    assert not any("HYPERLINK" in cell or cell == "2" for cell in cells)


def test_what_we_marked_against_excel_loses_its_mark() -> None:
    assert read("会社名,電話\n青葉,'+81-3-0000-0001\n'なまえ,x\n".encode())[1:] == [
        (2, ("青葉", "+81-3-0000-0001")),
        (3, ("'なまえ", "x")),
    ]


def test_hidden_characters_become_spaces() -> None:
    assert read("会社名\n青葉\x1b[31m\u202e工務店\x00".replace("\x00", "").encode())[1] == (
        2,
        ("青葉 [31m 工務店",),
    )


def far_cell() -> bytes:
    """A few bytes whose last cell is the last of the sheet: seventeen billion cells between."""
    return with_rows(b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row>')


def bomb() -> bytes:
    """A megabyte that unpacks to 200."""
    row = b'<row><c t="inlineStr"><is><t>' + b"A" * 40_000 + b"</t></is></c></row>"
    return with_rows(row * 5_200)


def with_rows(more: bytes) -> bytes:
    """A workbook with rows that no Excel would write."""
    raw = io.BytesIO()
    before = zipfile.ZipFile(io.BytesIO(workbook([["会社名"]])))
    with before, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as after:
        for item in before.infolist():
            data = before.read(item)
            if item.filename.endswith("sheet1.xml"):
                data = data.replace(b"</sheetData>", more + b"</sheetData>")
            after.writestr(item.filename, data)
    return raw.getvalue()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "中身がありません"),
        (b"\n\n,,,\n", "中身がありません"),
        (b"PK\x03\x04 no workbook", "Excelのファイルとして読めません"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Excelのファイルとして読めません"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "文字を読めません"),
        (b"\x00" * 100, "文字を読めません"),
        (b"a" * 10_000_001, "大きすぎます"),
        (b"a\n" * 20_002, "行が多すぎます"),
        (b",".join([b"a"] * 61), "列が多すぎます"),
        (b'"' + b"a" * 200_000, "文字を読めません"),
    ],
    ids=["empty", "blank", "zip", "ole", "png", "nul", "size", "rows", "columns", "quote"],
)
def test_what_is_no_list_is_refused_in_words(raw: bytes, said: str) -> None:
    with pytest.raises(NotATable) as fault:
        read_tables(raw)
    assert said in fault.value.words_ja


@pytest.mark.parametrize("make", [far_cell, bomb])
def test_a_workbook_that_would_take_all_memory_is_refused(make: object) -> None:
    with pytest.raises(NotATable):
        read_tables(make())  # type: ignore[operator]


@given(st.binary(max_size=400))
@settings(max_examples=300)
def test_any_bytes_are_a_table_or_refused(raw: bytes) -> None:
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return  # each starts a process; the cases above hold for them
    try:
        tables = read_tables(raw)
    except NotATable:
        return
    assert all(line.cells and any(line.cells) for lines in tables for line in lines)

"""A paper as a Word file: the same parts as on screen and in the PDF, written by the standard
library. One table and four kinds of paragraph; nothing here is a general writer."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from hinomi.pipeline.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.pipeline.report.paper import Paper, Part, Table

_MOST = 20_000  # of one paragraph
_WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_TYPES = (
    f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_KIND}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_KIND}.styles+xml"/>'
    '<Override PartName="/docProps/core.xml"'
    ' ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
)
_ROOT = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="r2" Type="{_PACKAGE}/relationships/metadata/core-properties"'
    ' Target="docProps/core.xml"/></Relationships>'
)
_BESIDE = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
)
_FONT = '<w:rFonts w:ascii="Yu Gothic" w:hAnsi="Yu Gothic" w:eastAsia="Yu Gothic"/>'
_BORDER = 'w:val="single" w:sz="4" w:space="0" w:color="8C8C8C"'
_BORDERS = "".join(
    f"<w:{side} {_BORDER}/>" for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)


def render_docx(paper: Paper) -> bytes:
    """The bytes of the file; the same paper gives the same bytes."""
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _ROOT,
        "docProps/core.xml": _core(paper),
        "word/_rels/document.xml.rels": _BESIDE,
        "word/styles.xml": _styles(),
        "word/document.xml": _document(paper),
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def _document(paper: Paper) -> str:
    body = "".join(_body(paper))
    page = (
        '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134"'
        ' w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>'
    )
    return f'{_HEAD}<w:document xmlns:w="{_WORDS}"><w:body>{body}{page}</w:body></w:document>'


def _body(paper: Paper) -> Iterator[str]:
    if paper.warning:
        yield _paragraph(paper.warning, style="Warning")
    yield _paragraph(paper.title, style="Title")
    yield _paragraph(paper.to)
    yield _paragraph(f"{paper.made}　{paper.by}" if paper.by else paper.made)
    for part in paper.parts:
        yield from _part(part)
    for line in paper.sign:
        yield _paragraph(f"{line}：＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿")


def _part(part: Part) -> Iterator[str]:
    if part.title:
        yield _paragraph(part.title, style="Heading1")
    for line in part.text:
        yield _paragraph(line)
    for point in part.points:
        yield _paragraph(f"・{point}")
    for ticked, text in part.boxes:
        yield _paragraph(f"{'■' if ticked else '□'} {text}")
    if part.table is not None:
        yield _table(part.table)
        yield _paragraph("")
    for line in part.code.splitlines():
        yield _paragraph(line)


def _table(table: Table) -> str:
    head = "".join(_cell(each, is_head=True) for each in table.head)
    rows = "".join(
        f"<w:tr>{''.join(_cell(each, is_head=False) for each in row)}</w:tr>" for row in table.rows
    )
    columns = '<w:gridCol w:w="2400"/>' * len(table.head)
    return (
        '<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/>'
        f"<w:tblBorders>{_BORDERS}</w:tblBorders></w:tblPr><w:tblGrid>{columns}</w:tblGrid>"
        f"<w:tr><w:trPr><w:tblHeader/></w:trPr>{head}</w:tr>{rows}</w:tbl>"
    )


def _cell(text: str, *, is_head: bool) -> str:
    paragraph = _paragraph(text, style="Strong" if is_head else "")
    return f'<w:tc><w:tcPr><w:tcW w:w="0" w:type="auto"/></w:tcPr>{paragraph}</w:tc>'


def _paragraph(text: str, *, style: str = "") -> str:
    chosen = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{chosen}<w:r><w:t xml:space="preserve">{_safe(text)}</w:t></w:r></w:p>'


def _safe(text: str) -> str:
    """Names come from people and devices: what acts or cannot stand in XML is spelt out."""
    return escape(visible(text, limit=_MOST))


def _core(paper: Paper) -> str:
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{_safe(paper.title)}</dc:title><dc:language>ja-JP</dc:language>"
        "</cp:coreProperties>"
    )


def _styles() -> str:
    kinds = (
        ("Title", "Title", '<w:b/><w:sz w:val="36"/>', ""),
        ("Heading1", "heading 1", '<w:b/><w:sz w:val="24"/>', '<w:outlineLvl w:val="0"/>'),
        ("Warning", "Warning", '<w:b/><w:color w:val="B3261E"/><w:sz w:val="22"/>', ""),
        ("Strong", "Strong", "<w:b/>", ""),
    )
    made = "".join(
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/>'
        f'<w:pPr><w:keepNext/><w:spacing w:before="160" w:after="80"/>{level}</w:pPr>'
        f"<w:rPr>{look}</w:rPr></w:style>"
        for key, name, look, level in kinds
    )
    return (
        f'{_HEAD}<w:styles xmlns:w="{_WORDS}"><w:docDefaults><w:rPrDefault><w:rPr>{_FONT}'
        '<w:sz w:val="21"/><w:lang w:val="en-US" w:eastAsia="ja-JP"/></w:rPr></w:rPrDefault>'
        f"</w:docDefaults>{made}</w:styles>"
    )

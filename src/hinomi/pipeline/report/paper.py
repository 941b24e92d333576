"""A paper to print and sign: the same parts as a page on screen and as a tagged PDF by typst."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from hinomi.core.errors import HinomiError
from hinomi.pipeline.report.pdf import font_folder, missing
from hinomi.pipeline.report.visible import visible

_TEMPLATE = Path(__file__).parent / "templates" / "paper.typ"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; every row has as many cells. `for_pen`: the last column is filled in by
    hand and has the most room."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    for_pen: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One part under its title. `boxes` are lines with a box: (ticked, text). `code` is to be typed
    as it stands."""

    title: str = ""
    text: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    boxes: tuple[tuple[bool, str], ...] = ()
    table: Table | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper. `warning` stands above all; `sign` are the lines to be filled in at the end."""

    title: str
    to: str
    by: str
    made: str
    parts: tuple[Part, ...]
    warning: str = ""
    sign: tuple[str, ...] = ()


@lru_cache(maxsize=32)
def render_paper(paper: Paper) -> bytes:
    """The bytes of the file. Raises HinomiError when the extra `pdf` is not installed."""
    try:
        import typst  # an optional extra, loaded on use
    except ImportError as error:
        raise missing() from error
    data = json.dumps(_printable(asdict(paper)), ensure_ascii=False)
    pdf = typst.compile(
        str(_TEMPLATE),
        format="pdf",
        font_paths=[str(font_folder())],
        sys_inputs={"paper": data},
        pdf_standards=["ua-1"],
    )
    if not isinstance(pdf, bytes):
        raise HinomiError("typst made no PDF.", advice="Report this with the version of typst.")
    return pdf


def _printable(value: object) -> object:
    """Names come from people and devices: what does not print is shown, not obeyed. Lines that are
    to be typed keep their ends."""
    if isinstance(value, str):
        return "\n".join(visible(line) for line in value.split("\n"))
    if isinstance(value, dict):
        return {name: _printable(each) for name, each in value.items()}
    return [_printable(each) for each in value] if isinstance(value, list | tuple) else value

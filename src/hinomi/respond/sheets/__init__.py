"""Papers that carry a message: the page to fax with boxes to tick, and the letter for a window
envelope. Tagged PDF by typst."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.respond.channels.channel import ChannelError
from hinomi.respond.channels.old_letters import old_letters
from hinomi.respond.channels.wording import clean_lines, one_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hinomi.respond.channels.channel import Message

_HERE = Path(__file__).parent
_FONT_PACKAGE = "matplotlib_fontja"  # for its IPAexGothic file only
_FAX_ROWS, _FAX_ROW = 33, 52  # of the smallest print that a fax machine leaves readable
_CUT = "（続きは、電話でお聞きください。）"


def fax_sheet(message: Message, *, service_name: str, back: str) -> bytes:
    """One page, always. `back`: the FAX number to send it back to. Raises ChannelError."""
    text = _one_page(clean_lines(message.body_text))
    return _pdf(
        "fax.typ", {**_common(message, text, service_name), "back": one_line(back, limit=40)}
    )


def letter_sheet(message: Message, *, service_name: str, made_at: datetime) -> bytes:
    """A letter; `to` holds the address, line by line. Raises ChannelError."""
    address = [line for line in clean_lines(message.to, limit=400).split("\n") if line.strip()]
    made = f"{made_at.year}年{made_at.month}月{made_at.day}日"
    sheet = {
        **_common(message, clean_lines(message.body_text), service_name),
        "address": address[:7],
        "made": made,
    }
    return _pdf("letter.typ", sheet)


def _one_page(text: str) -> str:
    """As many lines as fit; what is left out is said."""
    kept: list[str] = []
    free = _FAX_ROWS
    for line in filter(str.strip, text.split("\n")):
        rows = -(-len(line) // _FAX_ROW)
        if rows > free - 1:
            return "\n".join([*kept, _CUT])
        kept.append(line)
        free -= rows
    return "\n".join(kept)


def _common(message: Message, text: str, service_name: str) -> dict[str, object]:
    return {
        "title": one_line(message.subject, limit=80) or "お知らせ",
        "service": one_line(service_name, limit=40),
        "number": one_line(message.number, limit=20) or "－",
        "phone": one_line(message.phone, limit=20),
        "lines": [line for line in text.split("\n") if line.strip()],
    }


def _pdf(template: str, sheet: dict[str, object]) -> bytes:
    try:
        import typst  # an optional extra, loaded on use
    except ImportError as error:
        raise _missing() from error
    try:
        pdf = _compiled(typst.compile, template, sheet)
    except typst.TypstError:  # a letter that the font lacks; those of ISO-2022-JP it has
        pdf = _compiled(typst.compile, template, _in_old_letters(sheet))
    if not isinstance(pdf, bytes):
        raise ChannelError("typst made no PDF.", permanent=True)
    return pdf


def _compiled(compile_: Callable[..., object], template: str, sheet: dict[str, object]) -> object:
    return compile_(
        str(_HERE / template),
        format="pdf",
        font_paths=[_fonts()],
        sys_inputs={"sheet": json.dumps(sheet, ensure_ascii=False)},
        pdf_standards=["ua-1"],
    )


def _in_old_letters(sheet: dict[str, object]) -> dict[str, object]:
    return {
        name: [old_letters(line) for line in value] if isinstance(value, list) else
        old_letters(str(value))
        for name, value in sheet.items()
    }  # fmt: skip


def _fonts() -> str:
    spec = importlib.util.find_spec(_FONT_PACKAGE)  # not imported: it would load matplotlib
    if spec is None or spec.origin is None:
        raise _missing()
    return str(Path(spec.origin).parent / "fonts")


def _missing() -> ChannelError:
    return ChannelError(
        "Papers need parts that are not installed.",
        permanent=True,
        advice="pip install 'hinomi[pdf]'",
    )

"""Papers that are printed: tagged, with every text as data."""

from __future__ import annotations

import re
from io import BytesIO

import pypdf
import pytest

from hinomi.pipeline.report.paper import Paper, Part, Table, render_paper

_MM = 72 / 25.4


def made(**changes: object) -> Paper:
    parts = (
        Part("送り先", ("203.0.113.7:20001",), code="config log\n    set status enable"),
        Part("機器", table=Table(("呼び名", "場所"), (("本社の見守り機器", "2階の棚"),))),
        Part("印", boxes=((True, "見守り"), (False, "統計")), points=("一つめ",)),
    )
    plain = {"title": "見本", "to": "青葉工務店 様", "by": "火の見", "made": "2026年11月21日"}
    return Paper(**{**plain, "parts": parts, "sign": ("会社名",), **changes})  # type: ignore[arg-type]


def text_of(paper: Paper) -> str:
    pages = pypdf.PdfReader(BytesIO(render_paper(paper))).pages
    return "".join(page.extract_text() for page in pages).replace("\u200b", "")


def test_everything_that_is_said_is_on_the_paper() -> None:
    text = text_of(made(warning="確認を受けてください。"))
    for word in (
        "見本",
        "青葉工務店",
        "本社の見守り機器",
        "set status enable",
        "確認を受けて",
        "一つめ",
    ):
        assert word in text, word


def test_the_file_is_tagged_and_names_its_language() -> None:
    catalogue = pypdf.PdfReader(BytesIO(render_paper(made()))).trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in catalogue
    assert catalogue["/Lang"] == "ja"


def test_a_table_for_the_pen_has_room_for_a_hand() -> None:
    """Empty cells are as wide as their heading, 10 mm, where nothing says otherwise."""
    questions = (("回線の会社", ""), ("ルーターの名前", ""))
    answers = Part("調べ", table=Table(("聞くこと", "答え"), questions, for_pen=True))
    page = pypdf.PdfReader(BytesIO(render_paper(made(parts=(answers,))))).pages[0]
    drawn = page.get_contents().get_data()  # type: ignore[union-attr]
    across = [float(each) for each in re.findall(rb"([\d.]+) 0 l", drawn)]
    down = [float(each) for each in re.findall(rb" 0 ([\d.]+) l", drawn)]
    assert max(across) > 100 * _MM
    assert max(down) > 3 * 8 * _MM


@pytest.mark.parametrize(
    "hostile", ["#set page(width: 1pt)", '"}; #panic()', "\x1b[31m\u202ex", "$x$"]
)
def test_text_of_strangers_stays_text(hostile: str) -> None:
    text = text_of(made(to=hostile, by=hostile))
    assert "本社の見守り機器" in text
    assert "\x1b" not in text
    assert "\u202e" not in text

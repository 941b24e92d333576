"""Which spellings mean one company: too strict and a person sorts mails all day, too loose and a
mail reaches the wrong company."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.core.company_names import read_company_name


@pytest.mark.parametrize(
    "spelling",
    [
        "株式会社青葉工務店",
        "株式会社 青葉工務店",
        "（株）青葉工務店",
        "(株) 青葉工務店",
        "㈱青葉工務店",
        "青葉工務店㈱",
        "青葉工務店　株式会社",
        "青葉工務店",
        " 青葉　工務店 ",
    ],
)
def test_spellings_of_one_company_are_one(spelling: str) -> None:
    assert read_company_name(spelling).may_be(read_company_name("株式会社青葉工務店"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("有限会社青葉工務店", "株式会社青葉工務店"),
        ("㈲青葉工務店", "㈱青葉工務店"),
        ("青葉工務店", "青葉工務店大阪"),
        ("青葉工務", "青葉工務店"),
        ("医療法人社団みどり会", "社会福祉法人みどり会"),
        ("ハート", "ハト"),
    ],
)
def test_another_company_is_another(one: str, other: str) -> None:
    assert not read_company_name(one).may_be(read_company_name(other))


def test_width_case_and_separators_do_not_count() -> None:
    assert read_company_name("ＡＢＣ・Ｄ－Ｅ").may_be(read_company_name("abc d-e"))
    assert read_company_name("ｱｵﾊﾞ商店").base == read_company_name("アオバ商店").base


@pytest.mark.parametrize("text", ["株式会社", "㈱"])
def test_a_legal_form_alone_is_a_name_of_its_own_and_no_other(text: str) -> None:
    assert read_company_name(text).base
    assert not read_company_name(text).may_be(read_company_name("株式会社青葉"))


@pytest.mark.parametrize("text", ["", "  ", "　・-"])
def test_nothing_names_no_company(text: str) -> None:
    assert read_company_name(text).base == ""


@given(st.text(max_size=40))
def test_any_text_is_read_and_is_like_itself(text: str) -> None:
    name = read_company_name(text)
    assert name.may_be(read_company_name(f" {text} "))

"""What columns mean, from headings as firms write them."""

from __future__ import annotations

import pytest

from hinomi.portal.rosters.headings import Field, head_of, meaning, propose, sheet_of, sound
from hinomi.portal.rosters.table import Line


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("会社名", Field.NAME),
        ("【必須】会社名（正式名称）", Field.NAME),
        ("顧客名", Field.NAME),
        ("お客様名称", Field.NAME),
        ("法人名", Field.NAME),
        ("Company Name", Field.NAME),
        ("エンドユーザー名", Field.NAME),
        ("電話", Field.PHONE),
        ("ＴＥＬ", Field.PHONE),
        ("会社電話番号", Field.PHONE),
        ("設置先電話番号", Field.PHONE),
        ("担当者", Field.PERSON),
        ("ご担当者様", Field.PERSON),
        ("担当者メールアドレス", Field.MAIL),
        ("E-mail", Field.MAIL),
        ("機種名", Field.DEVICE),
        ("UTM", Field.DEVICE),
        ("UTM機種", Field.DEVICE),
        ("シリアル番号", Field.SERIAL),
        ("ｼﾘｱﾙNo.", Field.SERIAL),
        ("UTM製造番号", Field.SERIAL),
        ("S/N", Field.SERIAL),
        ("設置先", Field.PLACE),
        ("テナント名", Field.TENANT),
        ("コンソール上の名前", Field.TENANT),
        ("ホスト名", Field.HOST),
        ("住所", None),
        ("設置先住所", None),
        ("会社名カナ", None),
        ("FAX番号", None),
        ("お客様番号", Field.CUSTOMER),
        ("顧客コード", Field.CUSTOMER),
        ("No.", None),
        ("契約開始日", None),
        ("Technology", None),
        ("", None),
    ],
)
def test_a_heading_means_one_thing(heading: str, field: Field | None) -> None:
    assert meaning(heading) is field


def test_the_plainer_heading_wins_a_field() -> None:
    assert propose(["請求先会社名", "会社名", "電話番号（携帯）", "電話番号"]) == {
        Field.NAME: 1,
        Field.PHONE: 2,
    }


def test_headings_are_found_under_a_title_and_on_the_second_sheet() -> None:
    title = Line(1, ("お客様一覧 2026年11月版", ""))
    head = Line(3, ("No", "会社名", "電話"))
    row = Line(4, ("1", "青葉工務店", "03-0000-0001"))
    assert head_of([title, head, row]) == 1
    assert sheet_of([[Line(1, ("目次",))], [title, head, row]]) == [title, head, row]


def test_a_list_without_known_headings_starts_at_its_first_row() -> None:
    assert head_of([Line(1, ("甲", "乙")), Line(2, ("a", "b"))]) == 0


def test_a_correction_needs_the_name_and_uses_each_column_once() -> None:
    assert sound({Field.NAME: 0, Field.PHONE: 1}, width=2)
    assert not sound({Field.PHONE: 0}, width=2)
    assert not sound({Field.NAME: 0, Field.PHONE: 0}, width=2)
    assert not sound({Field.NAME: 5}, width=2)

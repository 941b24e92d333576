"""Which column holds what: proposed from the headings, corrected by a person.

A table of words as such lists really write them. The word that ends last decides, then the longest,
because Japanese names end with what they are: 「設置先電話番号」 is a telephone number.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hinomi.portal.rosters.table import Line


class Field(StrEnum):
    """What a column can be. `name` must be there; all else may be missing."""

    NAME = "name"
    PHONE = "phone"
    PERSON = "person"
    MAIL = "mail"
    DEVICE = "device"
    SERIAL = "serial"
    PLACE = "place"
    TENANT = "tenant"
    CUSTOMER = "customer"
    HOST = "host"
    ADDRESS = "address"

    @property
    def ja(self) -> str:
        """The word on screen, and the heading in our template."""
        return _LABELS[self]


_LABELS = {
    Field.NAME: "会社名",
    Field.PHONE: "電話番号",
    Field.PERSON: "担当者",
    Field.MAIL: "メールアドレス",
    Field.DEVICE: "機器",
    Field.SERIAL: "シリアル番号",
    Field.PLACE: "設置先",
    Field.TENANT: "テナント名",
    Field.CUSTOMER: "お客様番号",
    Field.HOST: "ホスト名",
    Field.ADDRESS: "通知用アドレス",
}
_WORDS: dict[Field, tuple[str, ...]] = {
    Field.NAME: (
        "会社名", "会社", "企業名", "顧客名", "顧客", "お客様名", "お客さま名", "お客様",
        "得意先名", "得意先", "取引先名", "取引先", "契約者名", "契約者", "契約先", "法人名",
        "事業者名", "事業所名", "屋号", "社名", "ユーザー名称", "エンドユーザー", "エンドユーザ",
        "company", "customer", "organization", "organisation", "companyname", "customername",
    ),
    Field.PHONE: (
        "電話番号", "電話", "tel", "telno", "phone", "連絡先電話番号", "代表番号", "携帯",
        "携帯番号", "でんわ",
    ),
    Field.PERSON: (
        "担当者", "担当者名", "ご担当者", "ご担当者名", "ご担当", "お客様担当者", "担当", "責任者",
        "連絡先氏名", "氏名", "窓口", "contact", "contactname", "contactperson",
    ),
    Field.MAIL: (
        "メール", "メールアドレス", "mail", "email", "e-mail", "eメール", "mailaddress",
        "emailaddress", "連絡先メール",
    ),
    Field.DEVICE: (
        "機器", "機器名", "機種", "機種名", "製品", "製品名", "型番", "型式", "モデル", "品名",
        "utm", "utm機種", "edr", "種類", "種別", "メーカー", "商品名", "device", "model", "product",
        "見守り機器", "機器種別",
    ),
    Field.SERIAL: (
        "シリアル", "シリアル番号", "シリアルno", "シリアルナンバー", "製造番号", "製番", "機番",
        "機器番号", "機械番号", "serial", "serialno", "serialnumber", "s/n", "sn", "hw番号",
    ),
    Field.PLACE: (
        "設置先", "設置場所", "設置拠点", "拠点", "拠点名", "支店", "支店名", "店舗名", "営業所",
        "設置先名", "site", "location", "部署", "部門",
    ),
    Field.TENANT: (
        "テナント", "テナント名", "tenant", "tenantname", "組織名", "サイト名", "管理グループ",
        "グループ名", "アカウント名", "テナントid", "コンソール上の名前", "登録名",
    ),
    Field.CUSTOMER: (
        "お客様番号", "お客さま番号", "顧客番号", "顧客コード", "顧客id", "会社コード", "会社番号",
        "得意先コード", "契約者番号", "customerno", "customerid", "customernumber", "customercode",
    ),
    Field.HOST: (
        "ホスト", "ホスト名", "hostname", "host", "コンピューター名", "コンピュータ名", "装置名",
        "devicename",
    ),
    Field.ADDRESS: (
        "通知用アドレス", "通知先アドレス", "通知アドレス", "受信用アドレス", "転送先アドレス",
        "転送先", "アラート送信先",
    ),
}  # fmt: skip
# Headings that hold nothing we take; they stand against the words above.
_LEFT_OUT = (
    "住所", "郵便番号", "郵便", "〒", "fax", "fax番号", "ファックス", "カナ", "かな", "フリガナ",
    "ふりがな", "よみ", "読み", "備考", "メモ", "契約日", "契約番号", "開始日", "終了日", "期限",
    "台数", "料金", "金額", "販売店", "販売店名", "代理店", "代理店名", "営業担当", "弊社担当",
    "自社担当", "業種", "url", "no", "№", "番号", "コード", "id", "役職", "ipアドレス",
    "macアドレス", "設置日", "導入日", "従業員数", "パスワード", "状態", "ファームウェア",
)  # fmt: skip
_NOISE = re.compile(r"[\s※*＊【】\[\]「」:：・_./\\-]|\(.*?\)|必須|任意")
_HEAD_ROWS = 15  # a title, a date, an empty line: the headings come soon after


def _plain(text: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", text).casefold())


_MEANINGS: dict[str, Field | None] = {
    **{_plain(word): None for word in _LEFT_OUT},
    **{_plain(word): field for field, words in _WORDS.items() for word in words},
}


def meaning(heading: str) -> Field | None:
    """What a heading says its column is; None for one that we leave out or do not know."""
    return _weigh(heading)[1]


def propose(headings: Sequence[str]) -> dict[Field, int]:
    """Field → column. Each is used once; where two columns claim a field, the plainer heading
    (more of it is the word itself) has it, then the left one."""
    weighed = [(*_weigh(heading), place) for place, heading in enumerate(headings)]
    found: dict[Field, int] = {}
    for _, field, place in sorted(weighed, key=lambda each: (-each[0], each[2])):
        if field is not None:
            found.setdefault(field, place)
    return {field: found[field] for field in Field if field in found}


def head_of(lines: Sequence[Line]) -> int:
    """Which of the lines holds the headings: the first with most known ones; 0 when none has."""
    counts = [len(propose(line.cells)) for line in lines[:_HEAD_ROWS]]
    return counts.index(max(counts, default=0)) if any(counts) else 0


def sheet_of(sheets: Sequence[Sequence[Line]]) -> Sequence[Line]:
    """The sheet that looks most like a list of customers; at a draw the first."""

    def known(lines: Sequence[Line]) -> tuple[bool, int]:
        proposed = propose(lines[head_of(lines)].cells)
        return Field.NAME in proposed, len(proposed)

    return max(sheets, key=known)


def sound(columns: Mapping[Field, int], *, width: int) -> bool:
    """Whether a person's correction can be used: the name is there, no column is used twice."""
    places = list(columns.values())
    return (
        Field.NAME in columns
        and len(set(places)) == len(places)
        and all(0 <= place < width for place in places)
    )


def _weigh(heading: str) -> tuple[float, Field | None]:
    plain = _plain(heading)
    return (0.0, None) if not plain or len(plain) > 40 else _weigh_plain(plain)


@lru_cache(maxsize=4_096)
def _weigh_plain(plain: str) -> tuple[float, Field | None]:
    """Kept: the search for the headings weighs the first rows of every sheet, and again."""
    if plain in _MEANINGS:
        return 1.0, _MEANINGS[plain]
    inside = [
        (plain.rfind(word) + len(word), len(word), word)
        for word in _MEANINGS
        if _stands_in(word, plain)
    ]
    if not inside:
        return 0.0, None
    _, length, word = max(inside)
    return length / len(plain), _MEANINGS[word]


def _stands_in(word: str, plain: str) -> bool:
    """Short Latin words (no, id, tel) count only alone: 「technology」 is no telephone number."""
    return (len(word) > 3 or not word.isascii()) and len(word) > 1 and word in plain

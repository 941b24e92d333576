"""One row of a list as a firm means it: cells under their fields, checked one by one. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from hinomi.core.company_names import CompanyName, read_company_name
from hinomi.portal.rosters.headings import Field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.portal.rosters.table import Line

_LONGEST = {Field.NAME: 200, Field.PHONE: 40, Field.PERSON: 150, Field.MAIL: 254}
_LONGEST_OTHER = 120
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+\d+")
_FORMULA = ("=", "@", "+", "-")
_DASHES = re.compile(r"[‐‑–—−ー―]")
_PHONE = re.compile(r"[+(]?[0-9][0-9()\- ]{4,38}[0-9]")
_ASIDE = re.compile(r"\((?![\d-])[^)]*\)|(代表|代|直通|内線.*)$|^(tel|電話)[:.]?", re.IGNORECASE)
_SEVERAL = re.compile(r"[/、,;|]")
# What people write into a cell to say that there is nothing.
_NOTHING = {"-", "－", "ー", "―", "なし", "無し", "未定", "不明", "n/a", "na", "#n/a", "なし。"}


@dataclass(frozen=True, slots=True)
class Wish:
    """One row. `faults` are sentences for the person who mends the list; with any of them nothing
    of the row is used. `notes` say what was mended on the way."""

    line: int
    cells: Mapping[Field, str]
    name: CompanyName
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def cell(self, wanted: Field) -> str:
        """What the row says there, "" for nothing."""
        return self.cells.get(wanted, "")


def says_nothing(wish: Wish) -> bool:
    """A row that only has its number, as prepared lists have many."""
    return not any(wish.cells.values())


def read_wish(line: Line, *, columns: Mapping[Field, int]) -> Wish:
    """The row under its fields."""
    cells = {each: _cell(line, place) for each, place in columns.items()}
    notes: list[str] = []
    if phone := cells.get(Field.PHONE, ""):
        cells[Field.PHONE] = _phone(phone, notes)
    cells[Field.MAIL] = unicodedata.normalize("NFKC", cells.get(Field.MAIL, "")).lower()
    for each in (Field.SERIAL, Field.CUSTOMER, Field.HOST, Field.ADDRESS):
        cells[each] = unicodedata.normalize("NFKC", cells.get(each, ""))
    name = read_company_name(cells.get(Field.NAME, ""))
    return Wish(line.number, cells, name, tuple(_faults(cells, name)), tuple(notes))


def _cell(line: Line, place: int) -> str:
    text = line.cells[place] if place < len(line.cells) else ""
    return "" if text.casefold() in _NOTHING else text


def _phone(text: str, notes: list[str]) -> str:
    """Excel takes a telephone number for a number and drops the zero it begins with."""
    plain = _ASIDE.sub("", _DASHES.sub("-", unicodedata.normalize("NFKC", text))).strip()
    first, *others = (part.strip() for part in _SEVERAL.split(plain))
    if others and _PHONE.fullmatch(first):
        notes.append(f"電話番号は、1つ目の{first}だけを使います。")
        plain = first
    if plain.casefold() in _NOTHING:
        return ""
    if plain.isdigit() and len(plain) in (9, 10) and not plain.startswith("0"):
        notes.append(f"電話番号の先頭の0を補いました（0{plain}）。")
        return f"0{plain}"
    return plain


def _faults(cells: Mapping[Field, str], name: CompanyName) -> list[str]:
    found = [fault for each, text in cells.items() if text and (fault := _fault(each, text))]
    if not name.base:
        found.insert(0, "会社名がありません。会社名を入れてください。")
    return found


def _fault(about: Field, text: str) -> str:
    """What keeps the cell from being used; "" for nothing."""
    if len(text) > (most := _LONGEST.get(about, _LONGEST_OTHER)):
        return f"{about.ja}が長すぎます。{most}文字までにしてください。"
    if text.startswith("#"):
        return f"{about.ja}が「{text[:20]}」になっています。Excelで計算を直してください。"
    if about is Field.PHONE:
        return "" if _PHONE.fullmatch(text) else f"電話番号「{text[:30]}」を読めません。"
    if text.startswith(_FORMULA):
        return f"{about.ja}が「{text[0]}」で始まっています。式ではなく、文字で入れてください。"
    if about is Field.MAIL and not _is_mail(text):
        return f"メールアドレス「{text[:60]}」を読めません。1つだけ入れてください。"
    if about is Field.SERIAL and _SCIENTIFIC.fullmatch(text):
        return (
            f"シリアル番号が「{text}」になっています。"
            "Excelで列を「文字列」にして、番号を入れ直してください。"
        )
    return ""


def _is_mail(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True

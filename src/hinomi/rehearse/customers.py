"""Sixty companies of a make-believe provider, and what each console calls them.

Three companies have names of their own in their console; those mails a person sorts once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_NAMES = (
    "葵", "若葉", "白樺", "山吹", "千鳥", "松風", "花水木", "夕凪", "朝霧", "銀杏", "青磁", "桔梗",
    "水車", "星月", "雪輪",
)  # fmt: skip
# Trade, legal form in front, and the form as consoles abbreviate it.
_TRADES = (
    ("製作所", "株式会社", "（株）"),
    ("運輸", "有限会社", "（有）"),
    ("歯科", "医療法人社団", ""),
    ("印刷", "株式会社", "(株)"),
)


class Console(StrEnum):
    """Which of the five consoles tells of a company."""

    ESET = "eset"
    FORTIGATE = "fortigate"
    CLOUD_EDGE = "cloud_edge"
    YARAI = "yarai"
    UTM_REPORT = "utm_report"


@dataclass(frozen=True, slots=True)
class Customer:
    """One company. `told_as` is its name in mails of its console; `nickname` is set where that is
    no spelling of its name. `serial` is "" where mails carry none."""

    number: int
    name: str
    told_as: str
    console: Console
    serial: str
    phone: str
    person: str
    mail: str
    nickname: str = ""

    @property
    def device(self) -> str:
        """Its first computer."""
        return f"PC{self.number:02d}-KEIRI"


_NICKNAMED = {4: "aoba-mfg-04", 15: "NORTH SITE 15", 47: "demo-tenant-47"}


def customers() -> tuple[Customer, ...]:
    """All sixty, twelve for each console."""
    return tuple(_customer(number) for number in range(60))


def _customer(number: int) -> Customer:
    name, (trade, form, short) = _NAMES[number % 15], _TRADES[number // 15]
    console = list(Console)[number % 5]
    nickname = _NICKNAMED.get(number, "")
    return Customer(
        number=number,
        name=f"{form}{name}{trade}",
        told_as=nickname or f"{short} {name}{trade}".strip(),
        console=console,
        serial=_SERIALS[console].format(number) if console in _SERIALS else "",
        phone=f"03-0000-{1000 + number}",
        person=f"{name} 担当",
        mail=f"soumu{number:02d}@customer{number:02d}.example",
        nickname=nickname,
    )


_SERIALS = {Console.FORTIGATE: "FGT40FTK26{:06d}", Console.UTM_REPORT: "UTM-2026-{:04d}"}
_HEADINGS = ("No.", "法人名", "代表電話", "ご担当者", "連絡先メール", "製品名", "製造番号")
_PRODUCTS = {
    Console.ESET: "ESET PROTECT",
    Console.FORTIGATE: "FortiGate 40F",
    Console.CLOUD_EDGE: "Cloud Edge 50",
    Console.YARAI: "FFRI yarai",
    Console.UTM_REPORT: "オフィスUTM",
}


def roster() -> list[tuple[str, ...]]:
    """The provider's Excel list: a title, headings in its own words, a row per company."""
    rows = [
        (
            str(each.number + 1),
            each.name,
            each.phone,
            each.person,
            each.mail,
            _PRODUCTS[each.console],
            each.serial,
        )
        for each in customers()
    ]
    return [("お客様管理表（作りもの）",), _HEADINGS, *rows]

"""Ends that weaken a company's equipment: licences, leases, and systems that get no more updates.

Pure. Dates of systems are their makers' published ends of (extended) support.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

SOON_DAYS, NEAR_DAYS = 60, 30


class Ends(StrEnum):
    """How near an end is."""

    UNKNOWN = "unknown"
    FAR = "far"
    SOON = "soon"
    NEAR = "near"
    OVER = "over"


class Function(StrEnum):
    """What a box of the network is licensed to do."""

    VIRUS = "virus"
    INTRUSION = "intrusion"
    WEB = "web"
    MAIL = "mail"
    SUPPORT = "support"
    ALL = "all"

    @property
    def ja(self) -> str:
        """The word on screens."""
        return _FUNCTIONS[self]


_FUNCTIONS = {
    Function.VIRUS: "ウイルスを止める",
    Function.INTRUSION: "攻撃の通信を止める",
    Function.WEB: "危険なサイトを止める",
    Function.MAIL: "迷惑メールを止める",
    Function.SUPPORT: "修理と更新",
    Function.ALL: "まとめた契約",
}
# name → the last day with updates
_SYSTEMS = {
    "Windows XP": date(2014, 4, 8),
    "Windows Vista": date(2017, 4, 11),
    "Windows 7": date(2020, 1, 14),
    "Windows 8.1": date(2023, 1, 10),
    "Windows 10": date(2025, 10, 14),
    "Windows Server 2003": date(2015, 7, 14),
    "Windows Server 2008": date(2020, 1, 14),
    "Windows Server 2012": date(2023, 10, 10),
    "Windows Server 2016": date(2027, 1, 12),
    "Windows Server 2019": date(2029, 1, 9),
    "Windows Server 2022": date(2031, 10, 14),
}
OTHER_SYSTEMS = ("Windows 11", "Windows Server 2025", "macOS", "Linux")


def systems() -> tuple[str, ...]:
    """Every system that can be chosen."""
    return (*_SYSTEMS, *OTHER_SYSTEMS)


def is_old(system: str, *, today: date) -> bool:
    """Whether its maker gives no more updates. The longest name that begins the text decides, so
    that "Windows 10 Pro 22H2" is Windows 10."""
    names = [name for name in _SYSTEMS if system.startswith(name)]
    return bool(names) and today > _SYSTEMS[max(names, key=len)]


def ends(day: date | None, *, today: date) -> Ends:
    """The last day still counts."""
    if day is None:
        return Ends.UNKNOWN
    left = (day - today).days
    if left < 0:
        return Ends.OVER
    if left <= NEAR_DAYS:
        return Ends.NEAR
    return Ends.SOON if left <= SOON_DAYS else Ends.FAR

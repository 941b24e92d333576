"""How much of a month is used, and what a unit costs: pure rules on numbers."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

JST = ZoneInfo("Asia/Tokyo")
WARN_AT = Decimal("0.8")
_SEN = Decimal("0.01")


class Fill(StrEnum):
    """How full a month is."""

    FREE = "free"
    NEARLY = "nearly"
    OVER = "over"


def month_of(moment: datetime) -> date:
    """The first day of the month in which the moment lies in Japan: carriers bill by it."""
    return moment.astimezone(JST).date().replace(day=1)


def fill(*, units: int, quota: int | None) -> Fill:
    """NEARLY from four fifths on, OVER when all are used; no quota is never full."""
    if quota is None:
        return Fill.FREE
    if units >= quota:
        return Fill.OVER
    return Fill.NEARLY if units >= quota * WARN_AT else Fill.FREE


def price_on(day: date, *, prices: Iterable[tuple[date, Decimal]]) -> Decimal:
    """The price of the newest row that is not after `day`; 0 when there is none yet."""
    valid = [row for row in prices if row[0] <= day]
    return max(valid)[1] if valid else Decimal(0)


def cost(*, units: int, unit_yen: Decimal, told_yen: Decimal) -> Decimal:
    """What a message cost: what its answer told, else units by price."""
    yen = told_yen if told_yen else unit_yen * units
    return yen.quantize(_SEN, rounding=ROUND_HALF_UP)

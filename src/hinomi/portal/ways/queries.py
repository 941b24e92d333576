"""Ways ready to show and to decide by: what a month used, what it cost, what is left."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Sum

from hinomi.business.message_costs import Fill, fill, month_of
from hinomi.portal.ways.models import WayAccount, WayUse

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Month:
    """What one kind did in a month."""

    kind: str
    messages: int = 0
    units: int = 0
    cost_yen: Decimal = Decimal(0)
    quota: int | None = None

    @property
    def fill(self) -> Fill:
        """How full it is."""
        return fill(units=self.units, quota=self.quota)


def is_within_quota(firm_id: str, kind: str, moment: datetime) -> bool:
    """False when the month's quota of this kind is used up. What is 今すぐ goes all the same; other
    messages take the mail."""
    return month(firm_id=firm_id, kind=kind, moment=moment).fill is not Fill.OVER


def month(*, firm_id: str, kind: str, moment: datetime) -> Month:
    """This kind in the month of that moment."""
    way = WayAccount.objects.of_firm(firm_id).filter(kind=kind, removed_at=None).first()
    used = (
        WayUse.objects.of_firm(firm_id)
        .filter(kind=kind, month=month_of(moment))
        .aggregate(Sum("messages"), Sum("units"), Sum("cost_yen"))
    )
    return Month(
        kind=kind,
        messages=used["messages__sum"] or 0,
        units=used["units__sum"] or 0,
        cost_yen=used["cost_yen__sum"] or Decimal(0),
        quota=way.monthly_quota if way else None,
    )


def over_quota(*, firm_id: str, moment: datetime) -> list[Month]:
    """Kinds whose month is used up: of these the chief is told."""
    kinds = (
        WayAccount.objects.of_firm(firm_id)
        .filter(removed_at=None, monthly_quota__isnull=False)
        .order_by("kind")
        .values_list("kind", flat=True)
    )
    months = [month(firm_id=firm_id, kind=kind, moment=moment) for kind in kinds]
    return [each for each in months if each.fill is Fill.OVER]

"""What goes over a firm's ways, by month and company, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from hinomi.business.message_costs import JST, cost, month_of, price_on
from hinomi.portal.ways.models import Handed, WayAccount, WayPrice, WayUse

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

    from hinomi.respond.channels.channel import Receipt


@transaction.atomic
def count(
    firm_id: str,
    kind: str,
    receipt: Receipt,
    moment: datetime,
    organisation_id: str | None = None,
) -> None:
    """What the next hop took is counted and can be reported on later. A receipt with a name is
    counted once, however often it is told."""
    if receipt.provider_id:
        _, is_new = Handed.objects.of_firm(firm_id).get_or_create(
            firm_id=firm_id,
            kind=kind,
            provider_id=receipt.provider_id[:200],
            defaults={"organisation_id": organisation_id, "at": moment},
        )
        if not is_new:
            return
    row, _ = WayUse.objects.of_firm(firm_id).get_or_create(
        firm_id=firm_id, kind=kind, month=month_of(moment), organisation_id=organisation_id
    )
    yen = _cost(firm_id, kind, receipt, moment)
    WayUse.objects.of_firm(firm_id).filter(pk=row.pk).update(
        messages=F("messages") + 1,
        units=F("units") + receipt.units,
        cost_yen=F("cost_yen") + yen,
    )


def price_of(way: WayAccount, *, day: date) -> Decimal:
    """What a unit costs on that day, in yen."""
    rows = WayPrice.objects.within_way(way).values_list("valid_from", "yen")
    return price_on(day, prices=rows)


def _cost(firm_id: str, kind: str, receipt: Receipt, moment: datetime) -> Decimal:
    way = WayAccount.objects.of_firm(firm_id).filter(kind=kind, removed_at=None).first()
    day = moment.astimezone(JST).date()
    unit_yen = price_of(way, day=day) if way else price_on(day, prices=())
    return cost(units=receipt.units, unit_yen=unit_yen, told_yen=receipt.cost_yen)

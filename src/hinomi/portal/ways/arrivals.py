"""What next hops tell later about messages they took: kept as rows for whoever sends messages. A
report about a message nobody handed over is not believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.portal.ways.models import Arrival, DeliveryReport, Handed

if TYPE_CHECKING:
    from datetime import datetime


@transaction.atomic
def note_arrival(
    *,
    kind: str,
    provider_id: str,
    arrival: Arrival,
    moment: datetime,
    firm_id: str = "",
    address: str = "",
    reason: str = "",
) -> bool:
    """False when nothing of ours bears that name. The same report twice is kept once."""
    rows = Handed.objects.across_all(reason="a report names a message; whose it is, is looked up")
    rows = rows.filter(kind=kind, provider_id=provider_id)
    handed = (rows.filter(firm_id=firm_id) if firm_id else rows).first()
    if handed is None:
        return False
    DeliveryReport.objects.of_firm(handed.firm_id).get_or_create(
        handed=handed,
        arrival=arrival,
        address=address[:254],
        defaults={"reason": reason[:300], "at": moment},
    )
    return True


def reports_after(number: int, *, limit: int = 200) -> list[DeliveryReport]:
    """Reports with a higher number, in order: the reader keeps the last one it saw."""
    rows = DeliveryReport.objects.across_all(reason="whoever sends messages reads every report")
    return list(rows.filter(pk__gt=number).select_related("handed").order_by("pk")[:limit])

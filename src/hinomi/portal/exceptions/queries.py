"""Exceptions as people see them, and as the worker is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from hinomi.core.directory import RuleException as Told
from hinomi.portal.access.time import now
from hinomi.portal.exceptions.models import RuleException
from hinomi.portal.organisations.services import companies_served, firms_serving

if TYPE_CHECKING:
    from datetime import datetime

_ALL = "the provider's own machine, and the directory, which holds every company"


def all_exceptions() -> tuple[Told, ...]:
    """Those that hold now or later, for the directory. A firm's holds where the firm serves."""
    rows = RuleException.objects.across_all(reason=_ALL)
    return tuple(
        Told(row.id, _companies(row), row.document, row.since, row.until)
        for row in rows.filter(ended_at=None, until__gt=now()).order_by("id")
    )


def listed(*, organisation_id: str = "", firm_id: str = "") -> list[dict[str, object]]:
    """Rows for a person, those that hold first. Without a scope everyone's."""
    rows = RuleException.objects.across_all(reason=_ALL).select_related("owner")
    if organisation_id:
        firms = firms_serving(organisation_id)
        rows = rows.filter(Q(organisation=organisation_id) | Q(firm__in=firms))
    if firm_id:
        rows = rows.filter(firm=firm_id)
    moment = now()
    found = [row_of(row, at=moment) for row in rows.order_by("until", "id")]
    return sorted(found, key=lambda row: row["state"] != "holds")


def row_of(row: RuleException, *, at: datetime) -> dict[str, object]:
    """`state`: holds, ended (by a person) or expired (by itself)."""
    state = "ended" if row.ended_at else "holds" if row.until > at else "expired"
    return {
        "id": row.id,
        "state": state,
        "title": row.title,
        "rules": row.rules,
        "organisation": row.organisation_id or "",
        "firm": row.firm_id or "",
        "owner": row.owner.email,
        "reason": row.reason,
        "since": f"{row.since:%Y-%m-%dT%H:%M:%SZ}",
        "until": f"{row.ended_at or row.until:%Y-%m-%dT%H:%M:%SZ}",
    }


def _companies(row: RuleException) -> tuple[str, ...]:
    if row.organisation_id:
        return (row.organisation_id,)
    return tuple(companies_served(row.firm_id or ""))

"""Exceptions as people see them, and as the worker is told of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from hinomi.core.directory import RuleException as Told
from hinomi.portal.access.time import now
from hinomi.portal.exceptions.models import RuleException
from hinomi.portal.organisations.services import companies_served, firms_serving

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.access.scope import Scope
    from hinomi.portal.exceptions.models import ExceptionQuerySet

ENDING = timedelta(days=14)
FILTERS = {
    "holds": "効いている",
    "ending": "もうすぐ終わる",
    "expired": "期限が切れた",
    "ended": "終わらせた",
}
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


def holding(organisation_id: str) -> list[str]:
    """Ids of the company's own exceptions that hold now."""
    rows = RuleException.objects.of(organisation_id).filter(ended_at=None, until__gt=now())
    return list(rows.values_list("pk", flat=True))


def page_rows(scope: Scope, *, chosen: str, search: str) -> ExceptionQuerySet:
    """Rows of the page 例外: what ends first at the top; expired and ended ones newest first."""
    moment = now()
    holds = Q(ended_at=None, until__gt=moment)
    conditions = {
        "holds": holds,
        "ending": holds & Q(until__lte=moment + ENDING),
        "expired": Q(ended_at=None, until__lte=moment),
        "ended": Q(ended_at__isnull=False),
    }
    rows = RuleException.objects.within(scope).filter(conditions.get(chosen, holds))
    rows = rows.select_related("owner", "organisation", "firm").prefetch_related("reviews__by")
    if search:
        named = Q(title__icontains=search) | Q(reason__icontains=search)
        rows = rows.filter(named | Q(organisation__name__icontains=search))
    is_over = chosen in ("expired", "ended")
    return rows.order_by("-until", "id") if is_over else rows.order_by("until", "id")


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

"""Hunts as a company sees them on だれが見たか: one order covers many companies, so the trail holds
no entry per company."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from hinomi.portal.access.scope import WATCHING_ROLES
from hinomi.portal.hunts.models import Hunt
from hinomi.portal.organisations.models import Engagement
from hinomi.portal.trails.looks import SHOWN, Look
from hinomi.portal.ui.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

_WHAT = "さかのぼり調査で、過去の記録を調べました"


def looks_of(organisation_id: str) -> Iterator[Look]:
    """Orders of firms that served the company when they were given, and that covered it."""
    served = (
        Engagement.objects.of(organisation_id)
        .filter(role__in=WATCHING_ROLES)
        .values_list("firm_id", "valid_from", "valid_to")
    )
    when = Q(pk__in=())
    for firm_id, since, until in served:
        while_serving = Q(firm_id=firm_id, ordered_at__gte=since)
        when |= while_serving & Q(ordered_at__lt=until) if until else while_serving
    hunts = Hunt.objects.across_all(reason="whose companies are a list in each hunt").filter(when)
    newest = hunts.select_related("ordered_by", "firm").order_by("-id")[:SHOWN]
    for hunt in newest:
        # None named: all companies that the firm served.
        if not hunt.organisation_ids or organisation_id in hunt.organisation_ids:
            yield Look(
                at=hunt.ordered_at,
                person=visible(hunt.ordered_by.shown_name) if hunt.ordered_by else "",
                firm=hunt.firm.name,
                what=_WHAT,
                thing="",
                why="",
            )

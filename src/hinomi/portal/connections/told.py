"""What the data path is told of accounts, as the directory writes it; and what it tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import OuterRef

from hinomi.collect.pollers.registry import APIS, record_kinds
from hinomi.core import directory
from hinomi.portal.access.scope import serves
from hinomi.portal.access.time import now
from hinomi.portal.connections.models import Connection, CustomerRoute, RouteSource
from hinomi.portal.connections.state import state_of
from hinomi.portal.sources.fetching import FetchTrouble

if TYPE_CHECKING:
    from hinomi.portal.sources.models import Source

_WHOLE = "the directory holds every firm's accounts"


def all_accounts() -> tuple[directory.ApiAccount, ...]:
    """Every account that was not removed."""
    rows = Connection.objects.across_all(reason=_WHOLE).filter(removed_at=None).order_by("id")
    return tuple(
        directory.ApiAccount(
            id=row.id,
            firm=row.firm_id,
            name=row.name,
            kind=row.api,
            client=row.client,
            secret=row.secret,
            subject=row.subject,
            tenants=tuple(row.tenants),
            streams=tuple(row.streams),
            every_s=row.every_s,
            is_paused=row.paused_at is not None,
        )
        for row in rows
    )


def all_routes() -> tuple[directory.ApiRoute, ...]:
    """Every route, but none to a company that the account's firm does not serve now: another firm's
    customer must not receive what this firm's key tells."""
    served = serves(OuterRef("route__connection__firm"), "route__organisation", moment=now())
    rows = (
        RouteSource.objects.across_all(reason=_WHOLE)
        .filter(route__connection__removed_at=None)
        .filter(route__organisation__deleted_at=None)
        .filter(served)
        .select_related("route")
    )
    to_companies = tuple(
        directory.ApiRoute(row.route.connection_id, row.route.customer, row.kind, row.source_id)
        for row in rows.order_by("pk")
    )
    return to_companies + _nobodys()


def _nobodys() -> tuple[directory.ApiRoute, ...]:
    rows = CustomerRoute.objects.across_all(reason=_WHOLE).filter(
        organisation=None, connection__removed_at=None
    )
    return tuple(
        directory.ApiRoute(row.connection_id, row.customer, kind, "")
        for row in rows.select_related("connection").order_by("pk")
        for kind in record_kinds(APIS[row.connection.api], names=())
    )


def trouble_of(source: Source) -> FetchTrouble | None:
    """Why nothing is fetched for a source now; None when all is well or it is not fetched."""
    rows = RouteSource.objects.across_all(reason="names its own source only").filter(
        source=source, route__connection__removed_at=None
    )
    for row in rows.select_related("route__connection"):
        connection = row.route.connection
        state = state_of(connection, kind=row.kind, customer=row.route.key)
        if state.is_trouble:
            return FetchTrouble(state.sentence, connection.pk, connection.name)
    return None

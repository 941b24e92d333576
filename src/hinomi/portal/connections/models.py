"""A firm's accounts at makers' APIs, and which customer of theirs is which company."""

from __future__ import annotations

from typing import Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.identifiers import draw
from hinomi.portal.access.owned import FirmOwnedQuerySet
from hinomi.portal.access.time import now
from hinomi.portal.organisations.models import Firm, Organisation
from hinomi.portal.sources.models import Source

_Row = TypeVar("_Row", bound=models.Model, covariant=True)


def draw_connection_id() -> str:
    """A new connection's id."""
    return draw("con")


class Connection(models.Model):
    """One account at an API of kind `api` (`collect.pollers`). `secret` is sealed
    (`store.sealed`); `secret_ends`: the last day on which the maker takes it, as a person read it
    there. `removed_at`: kept for its history only."""

    id = models.CharField(
        primary_key=True, max_length=40, default=draw_connection_id, editable=False
    )
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="connections")
    name = models.CharField(max_length=100)
    api = models.CharField(max_length=40)
    client = models.CharField(max_length=254)
    secret = models.TextField(blank=True)
    secret_ends = models.DateField(null=True)
    subject = models.CharField(max_length=254, blank=True)
    tenants = models.JSONField(default=list)
    streams = models.JSONField(default=list)
    every_s = models.PositiveIntegerField(default=300)
    paused_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    removed_at = models.DateTimeField(null=True)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "name"],
                condition=Q(removed_at=None),
                name="connection_name_once_per_firm",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OfConnectionQuerySet(FirmOwnedQuerySet[_Row]):
    """What was said about a connection belongs to the connection's firm."""

    firm_path = "connection__firm"

    def within_connection(self, connection: Connection) -> Self:
        """Only the rows of one connection already read in a scope."""
        return self._scoped().filter(connection=connection)


class CustomerRoute(models.Model):
    """A customer as the API names it → the company it is; no organisation: nobody's customer.
    `key` is `customer` as it is compared."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="routes")
    customer = models.CharField(max_length=450)
    key = models.CharField(max_length=450)
    name = models.CharField(max_length=200, blank=True)
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = OfConnectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "key"], name="customer_route_once"),
        ]


class OfRouteQuerySet(FirmOwnedQuerySet[_Row]):
    """As the route it belongs to."""

    firm_path = "route__connection__firm"

    def within_route(self, route: CustomerRoute) -> Self:
        """Only the rows of one route already read in a scope."""
        return self._scoped().filter(route=route)


class RouteSource(models.Model):
    """The company's source that takes the route's records of one kind."""

    route = models.ForeignKey(CustomerRoute, on_delete=models.CASCADE, related_name="sources")
    kind = models.CharField(max_length=40)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")

    objects = OfRouteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["route", "kind"], name="route_source_once"),
        ]

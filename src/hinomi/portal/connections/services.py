"""Connects accounts at makers' APIs, and learns which customer is which company: one transaction
each, with its audit entry. The data path knows within seconds, by the directory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from hinomi.collect.pollers.registry import APIS, record_kinds
from hinomi.collect.pollers.routes import plain
from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now
from hinomi.portal.connections.models import Connection, CustomerRoute, RouteSource
from hinomi.portal.consents.models import Way
from hinomi.portal.organisations.services import mark_directory_changed
from hinomi.portal.sources.services import Wanted, register_source
from hinomi.store.sealed import seal

if TYPE_CHECKING:
    from datetime import date

    from hinomi.portal.accounts.models import User


class NameTaken(HinomiError):
    """Another connection of the firm has this name."""


class AlreadyRouted(HinomiError):
    """This customer is another company already."""


@dataclass(frozen=True, slots=True)
class Access:
    """How an API is reached. `secret` "" leaves the stored one as it is."""

    name: str
    client: str
    subject: str = ""
    tenants: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    secret_ends: date | None = None
    secret: str = field(default="", repr=False)


@transaction.atomic
def connect(*, firm_id: str, api: str, wanted: Access, user: User | None) -> Connection:
    """A new account of the firm; fetching begins within seconds."""
    return _save(Connection(firm_id=firm_id, api=api, created_by=user), wanted, "connect", user)


@transaction.atomic
def change(*, connection: Connection, wanted: Access, user: User | None) -> Connection:
    """Another key, other customers or other records of the same account."""
    _save(connection, wanted, "change", user)
    for route in CustomerRoute.objects.within_connection(connection).exclude(organisation=None):
        _give_sources(route, user)  # a stream that is new may be of another kind
    return connection


@transaction.atomic
def pause(*, connection: Connection, user: User | None) -> None:
    """Nothing is fetched until it is resumed; what waits stays sortable."""
    connection.paused_at = now()
    _mark(connection, "pause", user)


@transaction.atomic
def resume(*, connection: Connection, user: User | None) -> None:
    """Goes on where it stopped, as far back as the maker keeps records."""
    connection.paused_at = None
    _mark(connection, "resume", user)


@transaction.atomic
def remove(*, connection: Connection, user: User | None) -> None:
    """No longer connected; its key is forgotten, what was delivered stays."""
    connection.removed_at, connection.secret = now(), ""
    _mark(connection, "remove", user)


@transaction.atomic
def is_company(
    *, connection: Connection, customer: str, name: str, organisation_id: str, user: User | None
) -> CustomerRoute:
    """The API's customer is this company. AlreadyRouted when it is another one."""
    route = _route(connection, customer, name, organisation_id, user)
    _give_sources(route, user)
    return route


@transaction.atomic
def is_nobody(
    *, connection: Connection, customer: str, name: str, user: User | None
) -> CustomerRoute:
    """The API's customer is none of ours: its records are not kept."""
    return _route(connection, customer, name, None, user)


@transaction.atomic
def forget(*, route: CustomerRoute, user: User | None) -> None:
    """The customer waits for a person again. What was delivered stays delivered."""
    _note("forget", route.connection, user, company=route.organisation_id, customer=route.customer)
    route.delete()


def _route(
    connection: Connection, customer: str, name: str, organisation_id: str | None,
    user: User | None,
) -> CustomerRoute:  # fmt: skip
    key = plain(customer)
    route = CustomerRoute.objects.within_connection(connection).filter(key=key).first()
    if route is not None and route.organisation_id != organisation_id:
        raise AlreadyRouted(
            f"{customer!r} leads elsewhere already.", advice="Forget that first, then say it anew."
        )
    if route is None:
        route = CustomerRoute.objects.within_connection(connection).create(
            connection=connection, customer=customer, key=key, name=name[:200],
            organisation_id=organisation_id, by=user,
        )  # fmt: skip
        _note("route", connection, user, company=organisation_id, customer=customer)
    return route


def _give_sources(route: CustomerRoute, user: User | None) -> None:
    """One of the company's sources for each kind of record; those that there are, stay."""
    connection = route.connection
    api = APIS[connection.api]
    rows = RouteSource.objects.within_route(route)
    there = set(rows.values_list("kind", flat=True))
    for kind in record_kinds(api, names=tuple(connection.streams)):
        if kind in there:  # also one that was stopped: nobody asked to start it again
            continue
        source = register_source(
            organisation_id=str(route.organisation_id),
            wanted=Wanted(kind=kind, name=api.word, is_fetched=True),
            user_id=user.pk if user else None,
            consent_way=Way.LIST,
        ).source
        rows.create(route=route, kind=kind, source=source)


def _save(connection: Connection, wanted: Access, act: str, user: User | None) -> Connection:
    connection.name, connection.client = wanted.name, wanted.client
    connection.subject, connection.secret_ends = wanted.subject, wanted.secret_ends
    connection.tenants, connection.streams = list(wanted.tenants), list(wanted.streams)
    if wanted.secret:
        connection.secret = seal(wanted.secret, data=configuration().data, about=connection.id)
    try:
        with transaction.atomic():
            connection.save()
    except IntegrityError as error:
        raise NameTaken("Another connection has this name.") from error
    _note(act, connection, user)
    return connection


def _mark(connection: Connection, act: str, user: User | None) -> None:
    connection.save()
    _note(act, connection, user)


def _note(
    act: str, connection: Connection, user: User | None, *, company: str | None = None,
    **detail: str,
) -> None:  # fmt: skip
    audit.record(
        what=f"connections:{act}",
        user_id=user.pk if user else None,
        organisation_id=company,
        firm_id=connection.firm_id,
        connection=connection.id,
        **detail,
    )
    mark_directory_changed()

"""Accounts ready to show: how fetching goes, who waits for a company, what was said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.collect.pollers.registry import APIS, record_kinds
from hinomi.collect.pollers.routes import plain
from hinomi.core.company_names import read_company_name
from hinomi.portal.access.scope import CustomersOf, Scope
from hinomi.portal.access.time import now
from hinomi.portal.connections.models import Connection, CustomerRoute, RouteSource
from hinomi.portal.connections.pollroom import reading
from hinomi.portal.connections.state import (
    State,
    key_warning,
    last_well,
    state_of,
    stream_word,
    wanted_ways,
)
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.ui.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from hinomi.store.pollroom import Customer, Way

_SEARCHED = 12
_SAMPLE = 2_000  # letters: enough to recognise whose record it is


@dataclass(frozen=True, slots=True)
class Card:
    """One account with how it is doing."""

    connection: Connection
    api: str
    state: State
    warning: str
    records: int
    last_at: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Line:
    """One stream of one customer. `customer` is "" where all come at once. `is_asked`: not of one
    who is nobody's, was stopped, or did not agree."""

    word: str
    customer: str
    records: int
    well_at: datetime | None
    trouble: str
    gap: str
    is_asked: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A customer of the API's whom nobody named: which company is it?"""

    customer: Customer
    words: str
    sample: str
    companies: tuple[Organisation, ...]
    total: int


def connections(scope: Scope) -> QuerySet[Connection]:
    """Those connected, by name."""
    return Connection.objects.within(scope).filter(removed_at=None).order_by("name", "pk")


def cards(rows: Iterable[Connection]) -> list[Card]:
    """The accounts with their state."""
    return [card(row) for row in rows]


def card(connection: Connection) -> Card:
    """One account: its state, its key, and how much it brought."""
    ways = wanted_ways(connection)
    return Card(
        connection=connection,
        api=APIS[connection.api].word,
        state=state_of(connection),
        warning=key_warning(connection),
        records=sum(way.fetched for way in ways),
        last_at=last_well(ways),
        waiting=len(unknown_customers(connection)),
    )


def lines(connection: Connection) -> list[Line]:
    """What the account asks for, troubles first."""
    ways = [way for way in wanted_ways(connection) if way.step.stream]
    named = {route.key: company for route, company in routes(connection) if company}
    ways.sort(key=lambda way: not way.trouble)
    ends = _ends(connection)
    return [_line(connection, way, named, ends) for way in ways]


def awaiting_consent(connection: Connection) -> set[int]:
    """Routes (their numbers) to companies that did not agree to all that comes from there."""
    rows = RouteSource.objects.of_firm(connection.firm_id).filter(route__connection=connection)
    return {
        row.route_id
        for row in rows.select_related("source")
        if row.source.awaits_consent and row.source.revoked_at is None
    }


def unknown_customers(connection: Connection) -> list[Customer]:
    """Whom a person has not named yet. What was answered is not asked again while collect sends
    the records on, a matter of seconds."""
    with reading() as room:
        found = room.customers(accounts=[connection.pk]) if room else []
    routes = CustomerRoute.objects.within_connection(connection)
    known = set(routes.values_list("key", flat=True))
    return [each for each in found if plain(each.customer) not in known]


def question(connection: Connection, *, asked: str, search: str) -> Question | None:
    """About the customer `asked`, else about who waits longest."""
    waiting = unknown_customers(connection)
    if not waiting:
        return None
    chosen = next((each for each in waiting if each.customer == asked), waiting[0])
    with reading() as room:
        row = room.sample(account=connection.pk, customer=chosen.customer) if room else None
    return Question(
        customer=chosen,
        words="・".join(dict.fromkeys(_kind_words(connection, chosen.kinds))),
        sample=_readable(row.raw) if row else "",
        companies=tuple(companies_like(connection, chosen.name, search=search)),
        total=len(waiting),
    )


def companies_like(connection: Connection, name: str, *, search: str) -> list[Organisation]:
    """Customers of the account's firm: found by search, else those of that name."""
    served = Organisation.objects.within(served_by(connection)).order_by("name", "pk")
    if search:
        return list(served.filter(name__icontains=search)[:_SEARCHED])
    base = read_company_name(name).base
    return [row for row in served if base and read_company_name(row.name).base == base][:_SEARCHED]


def served_by(connection: Connection) -> Scope:
    """The companies that records of this account can be about."""
    return Scope((CustomersOf(connection.firm_id, now()),))


def routes(connection: Connection) -> list[tuple[CustomerRoute, str]]:
    """Which customer is which company. A company that the firm no longer serves is not named."""
    rows = list(
        CustomerRoute.objects.within_connection(connection)
        .select_related("by")
        .order_by("name", "customer", "pk")
    )
    wanted = {row.organisation_id for row in rows if row.organisation_id}
    found = Organisation.objects.within(served_by(connection)).filter(pk__in=wanted)
    names = dict(found.values_list("pk", "name"))
    return [(row, names.get(row.organisation_id or "", "")) for row in rows]


def _ends(connection: Connection) -> dict[tuple[str, str], bool]:
    """Customer (its key) and kind of record → whether anything of it is taken."""
    kinds = record_kinds(APIS[connection.api], names=())
    nobodys = CustomerRoute.objects.within_connection(connection).filter(organisation=None)
    found = {(key, kind): False for key in nobodys.values_list("key", flat=True) for kind in kinds}
    rows = RouteSource.objects.of_firm(connection.firm_id).filter(route__connection=connection)
    for row in rows.select_related("route", "source"):
        is_taken = row.source.revoked_at is None and not row.source.awaits_consent
        found[row.route.key, row.kind] = is_taken
    return found


def _is_asked(connection: Connection, way: Way, ends: Mapping[tuple[str, str], bool]) -> bool:
    stream = next(each for each in APIS[connection.api].streams if each.name == way.step.stream)
    if stream.is_of_one and not way.step.tenant:
        known = [is_taken for (_, kind), is_taken in ends.items() if kind == stream.kind]
        return not known or any(known)
    return ends.get((plain(way.step.tenant), stream.kind), True)


def _line(
    connection: Connection,
    way: Way,
    named: Mapping[str, str],
    ends: Mapping[tuple[str, str], bool],
) -> Line:
    return Line(
        word=stream_word(connection, way.step.stream),
        customer=named.get(plain(way.step.tenant)) or way.name or way.step.tenant,
        records=way.fetched,
        well_at=way.well_at,
        trouble=way.sentence if way.trouble else "",
        gap=way.gap,
        is_asked=_is_asked(connection, way, ends),
    )


def _kind_words(connection: Connection, kinds: Iterable[str]) -> list[str]:
    wanted = set(kinds)
    return [stream.word for stream in APIS[connection.api].streams if stream.kind in wanted]


def _readable(raw: bytes) -> str:
    """The record as text, its hidden characters shown; never rendered."""
    try:
        text = json.dumps(json.loads(raw), ensure_ascii=False, indent=1)
    except (ValueError, RecursionError):
        text = raw.decode("utf-8", "replace")
    return visible(text[:_SAMPLE] + ("\n…" if len(text) > _SAMPLE else ""))

"""S8: who has waited longest, and everything about one ticket."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.db.models import F, Q

from hinomi.portal.access.time import now
from hinomi.portal.knowledge.library import Article, articles, find
from hinomi.portal.tickets.choices import read
from hinomi.portal.tickets.models import (
    IncomingMail,
    MailOutcome,
    Ticket,
    TicketDraft,
    TicketMessage,
    TicketState,
)
from hinomi.portal.tickets.promises import CALL, is_late

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.portal.access.actor import Actor
    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

_ARTICLES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is asked: a view by its key, words, and who asks."""

    view: str
    search: str
    actor: Actor


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    ticket: Ticket
    is_late: bool
    has_call: bool


@dataclass(frozen=True, slots=True)
class Canned:
    """定型文: words that were checked."""

    key: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Desk:
    """One ticket as the desk sees it, our own words among the others."""

    ticket: Ticket
    messages: list[TicketMessage]
    draft: TicketDraft | None
    is_late: bool
    has_call: bool
    found: list[Article]
    found_for: str


VIEWS: dict[str, str] = {
    "waiting": "待っている人",
    "mine": "自分",
    "expert": "自分の役割に渡された",
    "snoozed": "あとで見る",
    "all": "すべて",
}


def tickets(scope: Scope, asked: Asked) -> ScopedQuerySet[Ticket]:
    """Who has waited longest first; those who wait for nothing of ours last, newest first."""
    rows = Ticket.objects.within(scope).select_related("organisation", "assigned_to", "incident")
    rows = rows.filter(_FILTERS[asked.view if asked.view in VIEWS else "waiting"](asked.actor))
    if asked.search:
        rows = rows.filter(_matches(asked.search))
    return rows.order_by(F("waiting_since").asc(nulls_last=True), "-opened_at", "-pk")


def as_rows(found: list[Ticket]) -> list[Row]:
    """What stands in the lines."""
    moment = now()
    return [Row(each, is_late(each, moment=moment), each.promise == CALL) for each in found]


def desk_page(ticket: Ticket, *, user_id: int, question: str) -> Desk:
    """The ticket's page. `question` looks in the articles; at first the subject is asked."""
    rows = TicketMessage.objects.of(ticket.organisation_id).filter(ticket=ticket)
    drafts = TicketDraft.objects.of(ticket.organisation_id).filter(ticket=ticket, user=user_id)
    asked = question or ticket.subject
    return Desk(
        ticket,
        list(rows.select_related("author").prefetch_related("attachments").order_by("at", "pk")),
        drafts.first(),
        is_late(ticket, moment=now()),
        ticket.promise == CALL,
        find(asked, most=_ARTICLES_SHOWN),
        asked,
    )


def ready_text(name: str) -> str:
    """The words of `canned.KEY` or `article.KEY`; "" for anything else."""
    kind, _, key = name.partition(".")
    if kind == "canned" and key in canned():
        return canned()[key].text
    if kind == "article" and key in articles():
        return articles()[key].plain
    return ""


@cache
def canned() -> dict[str, Canned]:
    """定型文 by key, in the order of the file."""
    listed = read("canned.yml")["answers"]
    return {key: Canned(key, body["title"], body["text"].strip()) for key, body in listed.items()}


def waiting_mails(scope: Scope) -> ScopedQuerySet[IncomingMail]:
    """Mails that nobody has sorted, oldest first."""
    rows = IncomingMail.objects.within(scope)
    return rows.filter(outcome=MailOutcome.WAITING).order_by("at", "pk")


def _matches(search: str) -> Q:
    return (
        Q(number__iexact=search)
        | Q(subject__icontains=search)
        | Q(phone__icontains=search)
        | Q(organisation__name__icontains=search)
    )


def _awake() -> Q:
    return Q(snoozed_until=None) | Q(snoozed_until__lte=now())


def _waiting(_: Actor) -> Q:
    return Q(waiting_since__isnull=False) & ~Q(state=TicketState.DONE) & _awake()


def _mine(actor: Actor) -> Q:
    return Q(assigned_to=actor.user_id) & ~Q(state=TicketState.DONE)


def _for_role(actor: Actor) -> Q:
    roles = [grant.role for grant in actor.grants if grant.firm_id]
    return Q(expert__in=roles, assigned_to=None) & ~Q(state=TicketState.DONE)


def _snoozed(_: Actor) -> Q:
    return Q(snoozed_until__gt=now()) & ~Q(state=TicketState.DONE)


def _any(_: Actor) -> Q:
    return Q()


_FILTERS: dict[str, Callable[[Actor], Q]] = {
    "waiting": _waiting,
    "mine": _mine,
    "expert": _for_role,
    "snoozed": _snoozed,
    "all": _any,
}

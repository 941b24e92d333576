"""/api/v1/tickets: what a company asks, and what its firm answers. A company's key does what its
people's pages do, a firm's key what the desk does; neither does the other's."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest  # noqa: TC002 - read when the document is made
from ninja import Router, Status

from hinomi.portal.access.permissions import Permission
from hinomi.portal.api import ticket_queries
from hinomi.portal.api.asked import (
    ALL,
    Limit,
    Named,
    company_for,
    fit,
    holder_in,
    once_of,
    plain,
    scope_for,
)
from hinomi.portal.api.moments import Moment  # noqa: TC001 - read when the document is made
from hinomi.portal.api.problems import REFUSALS, Conflict, NoSlot, RedWords
from hinomi.portal.api.rights import Holder, one
from hinomi.portal.api.schemas import Cursor  # noqa: TC001 - as above
from hinomi.portal.api.ticket_schemas import (
    CallIn,
    InsideIn,
    MessageIn,
    QuestionIn,
    ReplyIn,
    ThreadOut,
    TicketOut,
    TicketPage,
)
from hinomi.portal.tickets import desk, services
from hinomi.portal.tickets.models import Ticket, TicketKind, Way
from hinomi.portal.tickets.services import Words
from hinomi.respond.check import texts_check

router = Router()
_NOTHING = 0  # versions begin at 1: whatever call stands, it stays


@router.get("/tickets", response={200: TicketPage, **REFUSALS}, summary="Tickets, newest first")
def tickets(
    request: HttpRequest,
    organisation: Named,
    state: Literal["open", "closed", "waiting"] | None = None,
    since: Moment | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 30,
) -> TicketPage:
    """Of one company, or of all that the key reaches; opened `since`; `waiting` for our word."""
    holder = holder_in(request)
    scope = scope_for(holder, _right_of(holder), organisation)
    rows = ticket_queries.rows().within(scope)
    if organisation != ALL:
        rows = rows.filter(organisation_id=organisation)
    return ticket_queries.ticket_page(
        rows,
        state=state,
        since=since,
        cursor=cursor,
        limit=limit,
        as_customer=holder.sees_as_customer,
    )


@router.get("/tickets/{number}", response={200: TicketOut, **REFUSALS}, summary="One ticket")
def ticket(request: HttpRequest, number: str) -> TicketOut:
    """By its 受付番号."""
    holder = holder_in(request)
    return _told(holder, _ticket(holder, _right_of(holder), number))


@router.get(
    "/tickets/{number}/messages", response={200: ThreadOut, **REFUSALS}, summary="Its words"
)
def messages(request: HttpRequest, number: str) -> ThreadOut:
    """What both sides wrote."""
    holder = holder_in(request)
    return _thread(holder, _right_of(holder), number)


@router.post("/tickets", response={201: TicketOut, **REFUSALS}, summary="Ask a question")
def ask(request: HttpRequest, asked: QuestionIn) -> Status[TicketOut]:
    """By a company's key: a new ticket, and the customer waits from now."""
    holder = holder_in(request)
    company = company_for(holder, asked.organisation, permission=Permission.TICKET_ASK)
    made = services.open_ticket(
        organisation_id=company.pk,
        kind=TicketKind.QUESTION,
        subject=plain(asked.subject, field="subject"),
        words=_words(holder, asked.text, asked.once),
    )
    return Status(201, _again(holder, Permission.TICKET_ASK, made.number))


@router.post(
    "/tickets/{number}/messages", response={201: ThreadOut, **REFUSALS}, summary="Write more"
)
def write(request: HttpRequest, number: str, written: MessageIn) -> Status[ThreadOut]:
    """By a company's key: a finished ticket is open again."""
    holder = holder_in(request)
    found = _ticket(holder, Permission.TICKET_ASK, number)
    services.customer_writes(ticket=found, words=_words(holder, written.text, written.once))
    return Status(201, _thread(holder, Permission.TICKET_ASK, number))


@router.post("/calls", response={201: TicketOut, **REFUSALS}, summary="Write down a call")
def write_call(request: HttpRequest, call: CallIn) -> Status[TicketOut]:
    """By a firm's key: what somebody said on the telephone becomes a ticket."""
    holder = holder_in(request)
    company = company_for(holder, call.organisation, permission=Permission.TICKET_WORK)
    opens = services.open_with_call if call.calls_back else services.open_ticket
    made = opens(
        organisation_id=company.pk,
        kind=TicketKind.CALL,
        subject=plain(call.subject, field="subject"),
        words=Words(
            text=plain(call.text),
            author_name=call.author_name,
            way=Way.PHONE,
            sent_once=once_of(holder, call.once),
        ),
        phone=call.phone,
        by_user_id=holder.user.pk,
    )
    return Status(201, _again(holder, Permission.TICKET_WORK, made.number))


@router.post(
    "/tickets/{number}/replies", response={201: ThreadOut, **REFUSALS}, summary="Answer it"
)
def reply(request: HttpRequest, number: str, given: ReplyIn) -> Status[ThreadOut]:
    """By a firm's key: to the customer's page and mail."""
    holder = holder_in(request)
    found = _ticket(holder, Permission.TICKET_WORK, number)
    words = _words(holder, given.text, given.once)
    try:
        desk.reply(
            ticket=found,
            version=given.version,
            words=words,
            user=holder.user,
            state=given.state or "",
            red=_red(words.text, all_the_same=given.all_the_same),
        )
    except desk.SaidMeanwhile as error:
        raise Conflict from error
    return Status(201, _thread(holder, Permission.TICKET_WORK, number))


@router.post(
    "/tickets/{number}/notes", response={201: ThreadOut, **REFUSALS}, summary="Note inside"
)
def note(request: HttpRequest, number: str, noted: InsideIn) -> Status[ThreadOut]:
    """By a firm's key: never shown to the customer, whose clock runs on."""
    holder = holder_in(request)
    found = _ticket(holder, Permission.TICKET_WORK, number)
    desk.note(ticket=found, words=_words(holder, noted.text, noted.once), user=holder.user)
    return Status(201, _thread(holder, Permission.TICKET_WORK, number))


@router.post(
    "/tickets/{number}/called", response={201: ThreadOut, **REFUSALS}, summary="Note a call made"
)
def called(request: HttpRequest, number: str, spoken: InsideIn) -> Status[ThreadOut]:
    """By a firm's key: somebody called the customer; the promise is kept, the words stay inside."""
    holder = holder_in(request)
    found = _ticket(holder, Permission.TICKET_WORK, number)
    desk.called(ticket=found, words=_words(holder, spoken.text, spoken.once), user=holder.user)
    return Status(201, _thread(holder, Permission.TICKET_WORK, number))


@router.post(
    "/tickets/{number}/call-back", response={201: TicketOut, **REFUSALS}, summary="Promise a call"
)
def call_back(request: HttpRequest, number: str) -> Status[TicketOut]:
    """By a firm's key: a duty slot is booked, once as long as it stands. Without a free slot no
    time may be said, and this is refused."""
    holder = holder_in(request)
    found = _ticket(holder, Permission.TICKET_WORK, number)
    try:
        desk.book_call(ticket=found, user=holder.user, seen=_NOTHING)
    except desk.NobodyCanCall as error:
        raise NoSlot from error
    return Status(201, _again(holder, Permission.TICKET_WORK, number))


def _right_of(holder: Holder) -> Permission:
    return Permission.TICKET_ASK if holder.sees_as_customer else Permission.TICKET_WORK


def _ticket(holder: Holder, permission: Permission, number: str) -> Ticket:
    return one(ticket_queries.rows(), holder, permission, number=fit(number))


def _told(holder: Holder, row: Ticket) -> TicketOut:
    return ticket_queries.ticket_out(row, as_customer=holder.sees_as_customer)


def _again(holder: Holder, permission: Permission, number: str) -> TicketOut:
    return _told(holder, _ticket(holder, permission, number))


def _thread(holder: Holder, permission: Permission, number: str) -> ThreadOut:
    found = _ticket(holder, permission, number)
    return ticket_queries.thread(found, as_customer=holder.sees_as_customer)


def _words(holder: Holder, text: str, once: str) -> Words:
    return Words(text=plain(text), author=holder.user, sent_once=once_of(holder, once))


def _red(text: str, *, all_the_same: bool) -> str:
    faults = texts_check(text)
    if faults and not all_the_same:
        told = [f"text: {each.rule}: {each.found} → {each.advice}" for each in faults]
        raise RedWords("Mend it, or send it with `all_the_same`.", errors=told)
    return " ".join(sorted({fault.rule for fault in faults}))

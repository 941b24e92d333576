"""Missed calls, settled by the bell: a customer's becomes a ticket with a call that is promised
only when somebody on duty has a place; any other waits on the page 最初の電話."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import OperationalError, transaction

from hinomi.business.incoming_calls import SAME_MATTER
from hinomi.core import crash
from hinomi.portal.access.scope import CustomersOf, Scope
from hinomi.portal.access.time import now
from hinomi.portal.calls.finding import companies_of
from hinomi.portal.calls.models import IncomingCall
from hinomi.portal.calls.wording import missed_words
from hinomi.portal.tickets.models import Ticket, TicketKind, Way
from hinomi.portal.tickets.promises import CALL
from hinomi.portal.tickets.services import Words, call_back, customer_writes, open_ticket
from hinomi.portal.ui.moments import moment_ja

if TYPE_CHECKING:
    from hinomi.portal.organisations.models import Organisation

_AT_ONCE = 100
_AGAIN_IN = timedelta(minutes=1)

log = logging.getLogger(__name__)


def settle_due() -> int:
    """Every call that is missed by now; returns how many. One that cannot be settled waits a
    minute and holds up no other."""
    rows = IncomingCall.objects.across_all(reason="the bell looks after every firm's calls")
    due = rows.filter(due_at__lte=now()).order_by("due_at", "pk")
    found = list(due.values_list("pk", "firm_id")[:_AT_ONCE])
    return sum(_settled(pk, firm_id) for pk, firm_id in found)


def _settled(pk: int, firm_id: str) -> bool:
    try:
        return _settle(pk, firm_id)
    except OperationalError:
        raise  # the database is busy or full: nothing is wrong with the call
    except Exception:
        log.exception("the missed call %s could not be settled; again in a minute", pk)
        IncomingCall.objects.of_firm(firm_id).filter(pk=pk).update(due_at=now() + _AGAIN_IN)
        return False


@transaction.atomic
def _settle(pk: int, firm_id: str) -> bool:
    rows = IncomingCall.objects.of_firm(firm_id).select_for_update()
    row = rows.filter(pk=pk, due_at__lte=now()).first()
    if row is None:
        return False  # it was answered between the look and here
    row.due_at, row.missed_at = None, now()
    companies = companies_of(Scope((CustomersOf(firm_id, now()),)), row.number)
    if len(companies) == 1:
        row.ticket = _ticket(row, companies[0])
    crash.point("bell:missed-call-before-commit")
    row.save(update_fields=["due_at", "missed_at", "ticket"])
    return True


def _ticket(row: IncomingCall, company: Organisation) -> Ticket:
    """A new one, or the one of the same number's missed call a moment ago."""
    before = _before(row, company)
    if before is None:
        return call_back(ticket=_opened(row, company))
    customer_writes(ticket=before, words=_words(row, missed_words().again))
    before.refresh_from_db()
    return before if before.promise == CALL else call_back(ticket=before)


def _before(row: IncomingCall, company: Organisation) -> Ticket | None:
    near = (row.rang_at - SAME_MATTER, row.rang_at + SAME_MATTER)
    rows = IncomingCall.objects.of_firm(row.firm_id).filter(
        key=row.key, rang_at__range=near, ticket__organisation=company.pk
    )
    found = rows.exclude(pk=row.pk).order_by("-rang_at", "-pk").select_related("ticket").first()
    return found.ticket if found else None


def _opened(row: IncomingCall, company: Organisation) -> Ticket:
    words = missed_words()
    return open_ticket(
        organisation_id=company.pk,
        kind=TicketKind.CALL,
        subject=words.subject,
        words=_words(row, words.first),
        phone=row.key,
    )


def _words(row: IncomingCall, text: str) -> Words:
    """Named by the call, so that a second try writes nothing twice."""
    said = text.format(time=moment_ja(row.rang_at))
    return Words(text=said, way=Way.PHONE, sent_once=f"missed:{row.pk}")

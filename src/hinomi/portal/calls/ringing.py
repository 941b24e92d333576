"""Calls as an exchange tells of them: kept, shown while they ring, taken, called back, forgotten.

What was told is a row before the exchange gets its answer; missed calls are the bell's
(`calls.missed`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from hinomi.business.incoming_calls import SHOWN_FOR, Ring, heard, taken
from hinomi.business.phone_numbers import phone_key
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.calls.finding import Caller, caller_of, companies_of
from hinomi.portal.calls.models import CallEvent, Exchange, IncomingCall
from hinomi.portal.calls.services import begin

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope
    from hinomi.portal.accounts.models import User
    from hinomi.portal.calls.telling import Told
    from hinomi.portal.organisations.models import Organisation

_SHOWN_MOST, _LISTED_MOST = 10, 200
_EVENTS_KEPT, _CALLS_KEPT = timedelta(days=7), timedelta(days=90)
_STATE = ("rang_at", "answered_at", "taken_at", "ended_at", "missed_at", "due_at")


@dataclass(frozen=True, slots=True)
class Ringing:
    """A call to take, with whose number it is. `caller` only where it is one company's."""

    call: IncomingCall
    companies: list[Organisation]
    caller: Caller | None


@dataclass(frozen=True, slots=True)
class Missed:
    """Missed calls of one number that is no single customer's. `call` rang last."""

    call: IncomingCall
    times: int


@transaction.atomic
def tell(*, exchange: Exchange, told: Told) -> bool:
    """Keep what was told; False when it was told before, or says nothing of a call."""
    if not told.kinds or not _is_new(exchange, told):
        return False
    row = _call_of(exchange, told)
    state, moment = _state(row), now()
    for what in told.kinds:
        state = heard(state, what, at=told.at, moment=moment)
    if not row.number and told.number:
        row.number, row.key = told.number, phone_key(told.number)[:40]
    _keep(row, state, "number", "key")
    Exchange.objects.of_firm(exchange.firm_id).filter(pk=exchange.pk).update(
        events=F("events") + 1, last_event_at=moment
    )
    return True


def live(scope: Scope) -> ScopedQuerySet[IncomingCall]:
    """Calls that ring or run and whose screen nobody opened; newest first."""
    rows = IncomingCall.objects.within(scope).filter(rang_at__gt=now() - SHOWN_FOR)
    rows = rows.filter(taken_at=None, ended_at=None, missed_at=None)
    return rows.order_by("-rang_at", "-pk")[:_SHOWN_MOST]


def with_companies(scope: Scope, calls: list[IncomingCall]) -> list[Ringing]:
    """Whose numbers these are."""
    return [_with_company(scope, each) for each in calls]


@transaction.atomic
def take(*, call: IncomingCall, companies: list[Organisation], user: User) -> IncomingCall:
    """Somebody opens the call's screen; with one company's number its first call begins. Who came
    first stays."""
    row = _locked(call)
    if row.taken_at is not None:
        return row
    row.taken_by = user
    if len(companies) == 1:
        row.first_call = begin(
            organisation_id=companies[0].pk,
            number=row.number,
            caller=caller_of(companies[0].pk, row.number).name,
            user=user,
        )
    _keep(row, taken(_state(row), moment=now()), "taken_by", "first_call")
    return row


def to_call_back(scope: Scope) -> list[Missed]:
    """Missed calls of numbers that are no single customer's, by number; newest first. Withheld
    numbers stand alone."""
    found: dict[str, Missed] = {}
    for row in _waiting(scope).order_by("-rang_at", "-pk")[:_LISTED_MOST]:
        name = row.key or f"withheld {row.pk}"
        before = found.get(name)
        found[name] = replace(before, times=before.times + 1) if before else Missed(row, 1)
    return list(found.values())


def missed_since(scope: Scope, moment: datetime) -> int:
    """How many calls `to_call_back` holds that were not missed yet at that moment."""
    return _waiting(scope).filter(missed_at__gt=moment).count()


@transaction.atomic
def called_back(*, call: IncomingCall, user: User) -> bool:
    """Somebody called the number: its missed calls up to this one wait no longer."""
    rows = IncomingCall.objects.of_firm(call.firm_id).filter(
        missed_at__isnull=False, ticket=None, called_back_at=None, rang_at__lte=call.rang_at
    )
    same = rows.filter(key=call.key) if call.key else rows.filter(pk=call.pk)
    if not same.update(called_back_at=now(), called_back_by=user):
        return False
    audit.record(
        what="calls:missed:called_back", user_id=user.pk, firm_id=call.firm_id, call=call.pk
    )
    return True


def forget_old() -> None:
    """Repeats of old tellings are refused by their time; old calls are nobody's business."""
    why, moment = "the bell forgets every firm's old calls", now()
    CallEvent.objects.across_all(reason=why).filter(told_at__lt=moment - _EVENTS_KEPT).delete()
    calls = IncomingCall.objects.across_all(reason=why)
    calls.filter(rang_at__lt=moment - _CALLS_KEPT, due_at=None).delete()


def _is_new(exchange: Exchange, told: Told) -> bool:
    _, is_new = CallEvent.objects.of_firm(exchange.firm_id).get_or_create(
        exchange=exchange,
        event_id=told.event_id,
        defaults={
            "kind": " ".join(told.kinds)[:20],
            "call": told.call,
            "at": told.at,
            "told_at": now(),
        },
    )
    return is_new


def _call_of(exchange: Exchange, told: Told) -> IncomingCall:
    row, _ = IncomingCall.objects.of_firm(exchange.firm_id).get_or_create(
        exchange=exchange,
        name=told.call,
        defaults={
            "firm_id": exchange.firm_id,
            "number": told.number,
            "key": phone_key(told.number)[:40],
            "to": told.to,
            "rang_at": told.at,
        },
    )
    return _locked(row)


def _locked(call: IncomingCall) -> IncomingCall:
    rows = IncomingCall.objects.of_firm(call.firm_id).select_for_update(of=("self",))
    return rows.select_related("first_call", "taken_by").get(pk=call.pk)


def _state(row: IncomingCall) -> Ring:
    moments: dict[str, datetime] = {name: getattr(row, name) for name in _STATE}
    return Ring(**moments)


def _keep(row: IncomingCall, state: Ring, *more: str) -> None:
    for name in _STATE:
        setattr(row, name, getattr(state, name))
    row.save(update_fields=[*_STATE, *more])


def _waiting(scope: Scope) -> ScopedQuerySet[IncomingCall]:
    rows = IncomingCall.objects.within(scope)
    return rows.filter(missed_at__isnull=False, ticket=None, called_back_at=None)


def _with_company(scope: Scope, call: IncomingCall) -> Ringing:
    companies = companies_of(scope, call.number)
    is_one = len(companies) == 1
    return Ringing(call, companies, caller_of(companies[0].pk, call.number) if is_one else None)

"""Everything that one screen shows while a person is on the telephone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.portal.access.scope import scope_of
from hinomi.portal.calls.finding import Caller, caller_of
from hinomi.portal.calls.models import FirstCall, UnknownCaller
from hinomi.portal.calls.wording import Question, questions
from hinomi.portal.contacts.watchwords import set_at
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.queries.lists import OPEN
from hinomi.portal.incidents.queries.queue import Question as Sought
from hinomi.portal.incidents.queries.queue import page
from hinomi.portal.incidents.wording import text_of

if TYPE_CHECKING:
    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope
    from hinomi.respond.text import CustomerText

SHOWN = 3
LATEST = 5


@dataclass(frozen=True, slots=True)
class OnTheirPage:
    """One open incident and what the customer's page says of it now. `is_told` False: a campaign
    holds it, and the customer's page shows nothing of it yet."""

    incident: Incident
    text: CustomerText
    is_told: bool

    @property
    def first_step(self) -> str:
        """What the page asks for first."""
        return self.text.steps[0] if self.text.steps else "お客様にお願いすることはありません。"


@dataclass(frozen=True, slots=True)
class Asked:
    """One of the five questions with what was answered."""

    question: Question
    answer: str


@dataclass(frozen=True, slots=True)
class CallPage:
    """The whole screen."""

    call: FirstCall
    caller: Caller
    has_watchword: bool
    incidents: tuple[OnTheirPage, ...]
    more: int
    asked: tuple[Asked, ...]


def call_page(call: FirstCall) -> CallPage:
    """The call as it stands, with the most pressing open incidents."""
    rows = page(scope_of(call.organisation_id), Sought("all"), user_id=0, size=SHOWN).items
    shown = [each for each in rows if each.merged_into_id is None]
    answers: dict[str, str] = call.answers
    return CallPage(
        call=call,
        caller=caller_of(call.organisation_id, call.number),
        has_watchword=set_at(call.organisation_id) is not None,
        incidents=tuple(OnTheirPage(row, text_of(row), row.held_since is None) for row in shown),
        more=max(0, open_incidents(call).count() - len(shown)),
        asked=tuple(Asked(each, answers.get(each.key, "")) for each in questions().values()),
    )


def open_incidents(call: FirstCall) -> ScopedQuerySet[Incident]:
    """Of which the caller may be speaking."""
    return Incident.objects.of(call.organisation_id).filter(OPEN, merged_into=None)


def rang_before(scope: Scope, key: str) -> list[UnknownCaller]:
    """What people of this number wanted before; newest first."""
    rows = UnknownCaller.objects.within(scope).filter(key=key) if key else None
    return list(rows.select_related("by").order_by("-at")[:LATEST]) if rows is not None else []


def running(scope: Scope, *, user_id: int) -> list[FirstCall]:
    """The person's calls that were not ended."""
    rows = FirstCall.objects.within(scope).filter(taken_by=user_id, ended_at=None)
    return list(rows.select_related("organisation").order_by("-began_at")[:LATEST])

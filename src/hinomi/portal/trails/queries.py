"""The audit trail as a page: whose entries a manager sees, found by person, company, kind, day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Q

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.scope import CustomersOf
from hinomi.portal.accounts.models import User
from hinomi.portal.organisations.models import Membership
from hinomi.portal.trails.words import told, told_detail
from hinomi.portal.ui.visible import visible

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from hinomi.portal.access.scope import Scope

SIZE = 50
MOST_IN_A_FILE = 10_000
_JAPAN = ZoneInfo("Asia/Tokyo")


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched for; nothing given finds everything."""

    person: str = ""
    company: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One entry in words. `code` is for those who read programs."""

    place: int
    at: datetime
    who: str
    mail: str
    what: str
    code: str
    company: str
    detail: str


@dataclass(frozen=True, slots=True)
class Found:
    """One page, newest first. `following` is the place to go on from, None at the end."""

    rows: list[Row]
    following: int | None


def found(scope: Scope, question: Question, *, before: int | None) -> Found:
    """One page of entries with a place below `before`. By place, not by page number: a trail of a
    million entries opens as quickly at its end."""
    rows = chosen(scope, question)
    if before is not None:
        rows = rows.filter(sequence__lt=before)
    taken = list(rows[: SIZE + 1])
    shown = [row_of(each) for each in taken[:SIZE]]
    return Found(shown, shown[-1].place if len(taken) > SIZE else None)


def chosen(scope: Scope, question: Question) -> QuerySet[AuditEntry]:
    """The entries that are asked for and that the scope covers, newest first."""
    rows = AuditEntry.objects.filter(_whose(scope), sequence__isnull=False)
    if question.person:
        rows = rows.filter(user__in=_people(question.person))
    if question.company:
        rows = rows.filter(
            Q(organisation__name__icontains=question.company) | Q(organisation_id=question.company)
        )
    if question.kind:
        rows = rows.filter(what__startswith=question.kind)
    if question.since:
        rows = rows.filter(at__gte=_midnight(question.since))
    if question.until:
        rows = rows.filter(at__lt=_midnight(question.until + timedelta(days=1)))
    return rows.select_related("user", "organisation").order_by("-sequence")


def row_of(entry: AuditEntry) -> Row:
    """Names from the wire are shown with their hidden characters."""
    return Row(
        place=entry.sequence or 0,
        at=entry.at,
        who=visible(entry.user.shown_name) if entry.user else "（コマンド・自動）",
        mail=entry.user.email if entry.user else "",
        what=told(entry.what),
        code=entry.what,
        company=visible(entry.organisation.name) if entry.organisation else "",
        detail=visible(told_detail(entry.detail)),
    )


def _whose(scope: Scope) -> Q:
    """Entries about the firm's customers, about the firm, and its people's own (signing in)."""
    firms = [part.firm_id for part in scope.parts if isinstance(part, CustomersOf)]
    people = (
        Membership.objects.across_all(reason="the people of the reader's own firms")
        .filter(firm_id__in=firms)
        .values("user_id")
    )
    own = Q(organisation=None, firm=None, user_id__in=people)
    return scope.condition() | Q(organisation=None, firm_id__in=firms) | own


def _people(text: str) -> QuerySet[User]:
    return User.objects.filter(Q(email__icontains=text) | Q(name__icontains=text))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=_JAPAN)

"""O2 顧客: who is thinly served? One page of companies, or all of them as a file, with what the
desk must see of each; as many questions to the database for one company as for fifty."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import CharField, Count, F, Max, Q, Value
from django.db.models.functions import Cast, Replace

from hinomi.business.watching import Watch
from hinomi.portal.contacts.models import Address
from hinomi.portal.incidents.models import Answer, Incident
from hinomi.portal.incidents.queries.queue import OPEN, typed_number
from hinomi.portal.notices.models import Notice
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.sources.models import Source, SourceWatch
from hinomi.portal.sources.watching import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from django.db.models import Expression

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

SIZE = 50
_AT_ONCE = 500  # rows of a file read together
# Worst first: what a company's one word says when its sources differ.
_WORST = (Watch.SILENT, Watch.UNREADABLE, Watch.LATE, Watch.TOO_MUCH, Watch.QUIET, Watch.WAITING)
_UNWATCHED = [each.value for each in (Watch.SILENT, Watch.LATE, Watch.UNREADABLE, Watch.TOO_MUCH)]
_OF_PAGE = "of companies already read in a scope"
_PHONE = re.compile(r"[\d\s()\-‐‑–—−ー+]+")
_BETWEEN = ("-", " ", "(", ")", "－", "ー", "−", "‐", "　")


def _all() -> Q:
    return Q()


def _open() -> Q:
    rows = Incident.objects.across_all(reason="companies stay within the scope").filter(OPEN)
    return Q(pk__in=rows.values("organisation"))


def _unwatched() -> Q:
    rows = SourceWatch.objects.across_all(reason="companies stay within the scope")
    bad = rows.filter(state__in=_UNWATCHED, source__revoked_at=None)
    return Q(pk__in=bad.values("organisation"))


def _without_source() -> Q:
    rows = Source.objects.across_all(reason="companies stay within the scope")
    return ~Q(pk__in=rows.filter(revoked_at=None).values("organisation"))


VIEWS: Mapping[str, tuple[str, Callable[[], Q]]] = {
    "all": ("すべて", _all),
    "open": ("未対応あり", _open),
    "unwatched": ("見守れていない", _unwatched),
    "bare": ("機器なし", _without_source),
}


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """One company in the list. `contact_at` is when we last wrote to them or they answered."""

    company: Organisation
    state: str
    is_troubled: bool
    sources: int
    open_count: int
    contact_at: datetime | None


def customers(scope: Scope, *, chosen: str, search: str) -> ScopedQuerySet[Organisation]:
    """The customers in question, by name."""
    _, condition = VIEWS.get(chosen, VIEWS["all"])
    rows = Organisation.objects.within(scope).filter(condition())
    if search:
        rows = rows.annotate(digits=_digits_of(F("contact_phone"))).filter(_search(search))
    return rows.order_by("name", "pk")


def lines(companies: Iterable[Organisation]) -> list[CustomerLine]:
    """The companies with what the desk must see of each; five questions however many there are."""
    listed = list(companies)
    ids = [company.pk for company in listed]
    watches, opened = _watches(ids), _counted(Incident, OPEN, ids)
    sources, contacts = _counted(Source, Q(revoked_at=None), ids), _contacts(ids)
    return [
        CustomerLine(
            company=company,
            state=_word(watches.get(company.pk, set()), sources.get(company.pk, 0)),
            is_troubled=not watches.get(company.pk, set()).isdisjoint(_UNWATCHED),
            sources=sources.get(company.pk, 0),
            open_count=opened.get(company.pk, 0),
            contact_at=contacts.get(company.pk),
        )
        for company in listed
    ]


def all_lines(rows: ScopedQuerySet[Organisation]) -> Iterator[CustomerLine]:
    """Every line of the question, some hundred companies at a time."""
    last: tuple[str, str] | None = None
    while True:
        behind = rows
        if last is not None:
            name, pk = last
            behind = rows.filter(Q(name__gt=name) | Q(name=name, pk__gt=pk))
        found = list(behind[:_AT_ONCE])
        yield from lines(found)
        if len(found) < _AT_ONCE:
            return
        last = (found[-1].name, found[-1].pk)


def _search(text: str) -> Q:
    """A part of the name, the company's id, a 受付番号, or a part of a telephone number in
    whatever way it is written."""
    plain = unicodedata.normalize("NFKC", text)
    words = Q(name__icontains=text) | Q(name__icontains=plain) | Q(pk=plain)
    if number := typed_number(text):
        rows = Incident.objects.across_all(reason="companies stay within the scope")
        words |= Q(pk__in=rows.filter(number=number).values("organisation"))
    digits = "".join(each for each in plain if each in "0123456789")
    if len(digits) >= 3 and _PHONE.fullmatch(plain):
        addresses = Address.objects.across_all(reason="companies stay within the scope")
        theirs = addresses.filter(
            ended_at=None, kind__in=("voice", "sms", "fax"), key__contains=digits
        )
        words |= Q(digits__contains=digits) | Q(pk__in=theirs.values("organisation"))
    return words


def _digits_of(phone: Expression | F) -> Expression | F:
    for each in _BETWEEN:
        phone = Replace(phone, Value(each), Value(""))
    return Cast(phone, CharField())


def _watches(ids: Sequence[str]) -> dict[str, set[str]]:
    rows = SourceWatch.objects.across_all(reason=_OF_PAGE).filter(
        organisation__in=ids, source__revoked_at=None
    )
    found: dict[str, set[str]] = defaultdict(set)
    for company, state in rows.order_by().values_list("organisation", "state").distinct():
        found[company].add(state)
    return found


def _counted(model: type[Incident | Source], condition: Q, ids: Sequence[str]) -> dict[str, int]:
    rows = model.objects.across_all(reason=_OF_PAGE).filter(condition, organisation__in=ids)
    return dict(rows.order_by().values_list("organisation").annotate(count=Count("pk")))


def _contacts(ids: Sequence[str]) -> dict[str, datetime]:
    written = Notice.objects.across_all(reason=_OF_PAGE).filter(
        organisation__in=ids, sent_at__isnull=False
    )
    answered = Answer.objects.across_all(reason=_OF_PAGE).filter(organisation__in=ids)
    found: dict[str, datetime] = {}
    for rows, name in ((written, "sent_at"), (answered, "at")):
        for company, at in rows.order_by().values_list("organisation").annotate(last=Max(name)):
            found[company] = max(at, found.get(company, at))
    return found


def _word(states: set[str], sources: int) -> str:
    if not sources:
        return "機器なし"
    for watch in _WORST:
        if watch.value in states:
            return WORDS[watch]
    return WORDS[Watch.WATCHING] if states else WORDS[Watch.WAITING]

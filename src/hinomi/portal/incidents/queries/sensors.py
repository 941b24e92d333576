"""S12 センサー: who is silent, who was told, and what should be mended. Counted in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Case, Count, IntegerField, Q, Value, When

from hinomi.business.health import Trouble
from hinomi.business.watching import Watch
from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import CLOSED_STATES, HeldSilence, Incident, MassSilence
from hinomi.portal.sources.models import SourceWatch
from hinomi.portal.sources.monthly_tries import asked_within
from hinomi.portal.sources.queries import cards
from hinomi.portal.sources.tries import overdue_before
from hinomi.portal.sources.watching import WORDS
from hinomi.triage.silence import KIND, silence_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope
    from hinomi.portal.sources.queries import Card

# Worst first; what is not here comes after them.
_ORDER = (Watch.SILENT, Watch.UNREADABLE, Watch.TOO_MUCH, Watch.LATE, Watch.QUIET, Watch.WAITING)
_TROUBLED = (Watch.SILENT, Watch.UNREADABLE, Watch.TOO_MUCH, Watch.LATE)
_SHOWN = (
    Watch.SILENT,
    Watch.LATE,
    Watch.UNREADABLE,
    Watch.TOO_MUCH,
    Watch.OFF,
    Watch.WATCHING,
    Watch.QUIET,
    Watch.WAITING,
)
TROUBLES = {
    Trouble.UNREADABLE: "読み取れない記録があります",
    Trouble.RULES_STOPPED: "検知ルールが反応しなくなりました",
    Trouble.CLOCK: "時計がずれています",
    Trouble.REPEATS: "同じ記録がくり返し届いています",
    Trouble.NONE: "",
}


@dataclass(frozen=True, slots=True)
class SensorRow:
    """One line: the source with its state now, since when, and what its company knows."""

    card: Card
    since: datetime
    trouble: str
    number: str
    is_held: bool
    awaits_try: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """One way to narrow the list, with how many it shows."""

    key: str
    word: str
    count: int


def sensors(
    scope: Scope, *, chosen: str, search: str = "", company: str = ""
) -> ScopedQuerySet[SourceWatch]:
    """The live sources in reach as the bell last saw them, worst first."""
    rows = _narrowed(_live(scope), chosen, scope=scope)
    if company:
        rows = rows.filter(organisation=company)
    if search:
        words = Q(source__name__icontains=search) | Q(organisation__name__icontains=search)
        rows = rows.filter(words | Q(source=search))
    ranks = [When(state=state.value, then=Value(rank)) for rank, state in enumerate(_ORDER)]
    rank = Case(*ranks, default=Value(len(_ORDER)), output_field=IntegerField())
    ordered = rows.annotate(rank=rank).order_by("rank", "since", "pk")
    return ordered.select_related("source", "source__organisation")


def filters(scope: Scope) -> list[Filter]:
    """Every filter with its count, in two queries however many sources."""
    live = _live(scope)
    by_state = dict(live.order_by().values_list("state").annotate(count=Count("pk")))
    others = live.aggregate(
        mend=Count("pk", filter=~Q(trouble="")),
        untried=Count("pk", filter=Q(source__started_at=None)),
        overdue=Count("pk", filter=_overdue()),
        due=Count("pk", filter=Q(source__in=asked_within(scope).values("source"))),
    )
    return [
        Filter("trouble", "見るべきもの", sum(by_state.get(each.value, 0) for each in _TROUBLED)),
        *(Filter(each.value, WORDS[each], by_state.get(each.value, 0)) for each in _SHOWN),
        Filter("mend", "気になること", others["mend"]),
        Filter("untried", "試験待ち", others["untried"]),
        Filter("due", "今月の試験待ち", others["due"]),
        Filter("overdue", "試験の期限切れ", others["overdue"]),
        Filter("all", "すべて", sum(by_state.values())),
    ]


def as_rows(scope: Scope, listed: Sequence[SourceWatch]) -> list[SensorRow]:
    """The lines of one page; the same number of queries whatever it shows."""
    incidents, asked = _open_incidents(listed), _awaiting_try(scope, listed)
    held = _held(listed)
    return [
        SensorRow(
            card=card,
            since=row.since,
            trouble=TROUBLES[Trouble(row.trouble)],
            number=incidents.get((row.organisation_id, silence_key(row.source_id)), ""),
            is_held=row.source_id in held,
            awaits_try=row.source_id in asked,
        )
        for row, card in zip(listed, cards([row.source for row in listed]), strict=True)
    ]


def open_questions(scope: Scope) -> list[MassSilence]:
    """「こちら側の問題ですか？」: what the person's own firms must answer."""
    return list(MassSilence.objects.within(scope).filter(answer="").order_by("pk"))


def _live(scope: Scope) -> ScopedQuerySet[SourceWatch]:
    return SourceWatch.objects.within(scope).filter(source__revoked_at=None)


def _narrowed(
    rows: ScopedQuerySet[SourceWatch], chosen: str, *, scope: Scope
) -> ScopedQuerySet[SourceWatch]:
    if chosen == "due":
        return rows.filter(source__in=asked_within(scope).values("source"))
    if chosen == "trouble":
        return rows.filter(state__in=[each.value for each in _TROUBLED])
    if chosen == "mend":
        return rows.exclude(trouble="")
    if chosen == "untried":
        return rows.filter(source__started_at=None)
    if chosen == "overdue":
        return rows.filter(_overdue())
    return rows if chosen == "all" else rows.filter(state=chosen)


def _overdue() -> Q:
    return Q(source__tried_at__lt=overdue_before(now()))


def _open_incidents(listed: Sequence[SourceWatch]) -> dict[tuple[str, str], str]:
    keys = [silence_key(row.source_id) for row in listed]
    rows = Incident.objects.across_all(reason="of sources already read in a scope")
    found = rows.filter(kind=KIND, group_key__in=keys).exclude(state__in=CLOSED_STATES)
    return {
        (company, key): number
        for company, key, number in found.values_list("organisation_id", "group_key", "number")
    }


def _awaiting_try(scope: Scope, listed: Sequence[SourceWatch]) -> set[str]:
    rows = asked_within(scope).filter(source__in=[row.source_id for row in listed])
    return set(rows.values_list("source_id", flat=True))


def _held(listed: Sequence[SourceWatch]) -> set[str]:
    rows = HeldSilence.objects.across_all(reason="of sources already read in a scope")
    found = rows.filter(settled_at=None, source__in=[row.source_id for row in listed])
    return set(found.values_list("source_id", flat=True))

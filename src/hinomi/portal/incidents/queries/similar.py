"""似た案件: the same at this company lately, at other companies one serves, and past 誤検知."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from hinomi.core.words import IncidentState
from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import Incident, IncidentFinding
from hinomi.portal.incidents.wording import titles_of

if TYPE_CHECKING:
    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

WITHIN = timedelta(days=7)
FALSE_WITHIN = timedelta(days=365)
MOST, SHOWN = 100, 5
_KEYS_MOST = 20  # patterns and rules of one incident that are looked for


@dataclass(frozen=True, slots=True)
class Alike:
    """One incident that is like this one."""

    incident: Incident
    title: str

    @property
    def state_ja(self) -> str:
        """The state in inside words."""
        return IncidentState(self.incident.state).inside_ja


@dataclass(frozen=True, slots=True)
class Box:
    """One list of likenesses; `count` is `MOST` when there are that many or more."""

    title: str
    rows: tuple[Alike, ...]
    count: int
    empty: str

    @property
    def count_ja(self) -> str:
        """「3件」, 「100件以上」."""
        return f"{self.count}件以上" if self.count >= MOST else f"{self.count}件"


def similar(incident: Incident, scope: Scope) -> tuple[Box, ...]:
    """Three boxes. Other companies only within the scope of who looks."""
    since = now() - WITHIN
    keys = _keys(incident)
    here = Incident.objects.of(incident.organisation_id).exclude(pk=incident.pk)
    elsewhere = Incident.objects.within(scope).exclude(organisation=incident.organisation_id)
    return (
        _box(
            "この会社の過去7日",
            here.filter(_like(incident, keys["pattern"]), opened_at__gte=since),
            empty="過去7日に、同じものはありません。",
        ),
        _box(
            "ほかの会社の過去7日",
            elsewhere.filter(pk__in=_with("pattern", keys["pattern"], scope), opened_at__gte=since),
            empty="ほかの会社では、同じ動きは見つかっていません。",
        ),
        _box(
            "このルールの、過去の誤検知",
            Incident.objects.within(scope)
            .exclude(pk=incident.pk)
            .filter(
                state=IncidentState.FALSE_ALARM.value,
                closed_at__gte=now() - FALSE_WITHIN,
                pk__in=_with("rule_id", keys["rule_id"], scope),
            ),
            empty="このルールの誤検知は、この1年ありません。",
        ),
    )


def _like(incident: Incident, patterns: list[str]) -> Q:
    alike = Q(kind=incident.kind) | Q(findings__pattern__in=patterns)
    return alike | Q(device=incident.device) if incident.device else alike


def _with(field: str, values: list[str], scope: Scope) -> ScopedQuerySet[IncidentFinding]:
    rows = IncidentFinding.objects.within(scope).filter(**{f"{field}__in": values})
    return rows.order_by().values("incident")  # type: ignore[return-value]


def _keys(incident: Incident) -> dict[str, list[str]]:
    rows = IncidentFinding.objects.of(incident.organisation_id).filter(incident=incident)
    found: dict[str, list[str]] = {}
    for field in ("pattern", "rule_id"):
        values = rows.exclude(**{field: ""}).order_by().values_list(field, flat=True).distinct()
        found[field] = list(values[:_KEYS_MOST])
    return found


def _box(title: str, rows: ScopedQuerySet[Incident], *, empty: str) -> Box:
    newest = rows.select_related("organisation").order_by("-opened_at", "-pk").distinct()
    listed = list(newest[:SHOWN])
    count = len(newest.values_list("pk")[:MOST]) if len(listed) == SHOWN else len(listed)
    titles = titles_of(listed)
    return Box(title, tuple(Alike(each, titles[each.pk]) for each in listed), count, empty)

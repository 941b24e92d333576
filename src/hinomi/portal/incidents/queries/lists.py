"""Lists of incidents: the customer's お知らせ and the console's queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Case, IntegerField, OuterRef, Q, Subquery, Value, When

from hinomi.core.words import ActionLevel, Disposition, IncidentState
from hinomi.portal.incidents.models import CLOSED_STATES, Answer, Incident
from hinomi.portal.incidents.wording import titles_of
from hinomi.portal.ui.moments import month_ja
from hinomi.triage.answers import NEEDS_PERSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

OPEN = ~Q(state__in=CLOSED_STATES)
TOLD = Q(held_since=None)  # what a campaign holds, its customer does not see yet
ASKS = OPEN & ~Q(level=ActionLevel.NONE.value)

# The customer's filters: address word, words on screen, condition.
CUSTOMER_FILTERS: Mapping[str, tuple[str, Q]] = {
    "all": ("すべて", Q()),
    "asks": ("お願いあり", ASKS),
    "stopped": ("止めた攻撃", Q(disposition=Disposition.STOPPED.value)),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One incident in a list."""

    incident: Incident
    title: str
    state: IncidentState
    needs_help: bool

    @property
    def level(self) -> str:
        """緊急度."""
        return self.incident.level

    @property
    def group(self) -> str:
        """Under which heading the customer's list shows it."""
        asks = self.state.is_open and self.level != ActionLevel.NONE
        return "終わっていないお知らせ" if asks else month_ja(self.incident.opened_at)


def customer_list(scope: Scope, *, chosen: str, search: str) -> ScopedQuerySet[Incident]:
    """The customer's incidents: what asks something of them first, by urgency; then newest."""
    _, condition = CUSTOMER_FILTERS.get(chosen, CUSTOMER_FILTERS["all"])
    rows = Incident.objects.within(scope).filter(condition, TOLD).select_related("organisation")
    if search:
        rows = rows.filter(Q(number__iexact=search) | Q(device__icontains=search))
    else:
        rows = rows.filter(merged_into=None)  # the other number is in the list
    whens = [
        When(ASKS & Q(level=level.value), then=Value(level.urgency))
        for level in ActionLevel
        if level is not ActionLevel.NONE
    ]
    asks = Case(*whens, default=Value(0), output_field=IntegerField())
    return rows.annotate(asks=asks).order_by("-asks", "-opened_at", "-pk")


def asking(scope: Scope) -> tuple[int, Incident | None]:
    """How many open incidents ask something of the customer, and the most pressing, newest one."""
    rows = Incident.objects.within(scope).filter(ASKS, TOLD).select_related("organisation")
    pressing = rows.annotate(urgency=_urgency()).order_by("-urgency", "-opened_at", "-pk")
    return rows.count(), pressing.first()


def newest_id() -> int:
    """The newest incident's id; 0 when there is none. What a page shows is "up to here": a place
    in the table, so it is the same for everybody, and costs one look at the index."""
    rows = Incident.objects.across_all(reason="a place in the table, naming nobody")
    return rows.order_by("-pk").values_list("pk", flat=True).first() or 0


def opened_since(scope: Scope, incident_id: int) -> int:
    """How many incidents were opened after that one and are still open."""
    return Incident.objects.within(scope).filter(OPEN, pk__gt=incident_id).count()


def as_rows(incidents: Iterable[Incident]) -> list[Row]:
    """Incidents with headline and whether the customer asked for help."""
    listed = list(incidents)
    titles, helped = titles_of(listed), _asked_for_help(listed)
    return [
        Row(each, titles[each.pk], IncidentState(each.state), each.pk in helped) for each in listed
    ]


def _asked_for_help(incidents: list[Incident]) -> set[int]:
    """Those whose customer's last answer needs a person of ours."""
    last = (
        Answer.objects.across_all(reason="narrowed by incidents already read in a scope")
        .filter(incident=OuterRef("pk"))
        .order_by("-at", "-pk")
        .values("choice")[:1]
    )
    rows = (
        Incident.objects.across_all(reason="incidents already read in a scope")
        .filter(pk__in=[each.pk for each in incidents])
        .annotate(last_choice=Subquery(last))
        .filter(OPEN, last_choice__in=NEEDS_PERSON)
    )
    return set(rows.values_list("pk", flat=True))


def _urgency() -> Case:
    whens = [When(level=level.value, then=Value(level.urgency)) for level in ActionLevel]
    return Case(*whens, default=Value(0), output_field=IntegerField())

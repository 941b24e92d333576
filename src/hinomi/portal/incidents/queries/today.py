"""今日の警報: every customer in one line, those with alerts first, those with none below.

Counts what was found today by the time of the events. A company without alerts is not called safe:
beside it stands when its machines were last heard, because silence looks the same as peace.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils.timezone import localtime

from hinomi.core.words import ActionLevel, Disposition
from hinomi.portal.access.time import configuration, now
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.wording import titles_of
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.ui.moments import clock_ja, moment_ja
from hinomi.store.pipeline import FILE_NAME, PipelineReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hinomi.portal.access.scope import Scope

TITLES_SHOWN = 3
FILTERS: Mapping[str, tuple[str, Callable[[Line], bool]]] = {
    "all": ("すべて", lambda _: True),
    "alerts": ("警報あり", lambda line: bool(line.alerts)),
    "none": ("警報なし", lambda line: not line.alerts),
    "unheard": ("今日の記録なし", lambda line: not line.is_heard_today),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One incident of today: its headline, and how many alerts joined it today."""

    number: str
    title: str
    level: ActionLevel
    alerts: int
    was_stopped: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One company. `incidents` are today's, most urgent first."""

    id: str
    name: str
    incidents: tuple[Told, ...]
    heard_at: datetime | None
    is_heard_today: bool

    @property
    def alerts(self) -> int:
        """How many alerts, over all of today's incidents."""
        return sum(told.alerts for told in self.incidents)

    @property
    def level(self) -> ActionLevel | None:
        """The most urgent one; None without alerts."""
        return self.incidents[0].level if self.incidents else None

    @property
    def shown(self) -> tuple[Told, ...]:
        """As many as a line takes."""
        return self.incidents[:TITLES_SHOWN]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return max(0, len(self.incidents) - TITLES_SHOWN)

    @property
    def heard_ja(self) -> str:
        """When its machines were last heard, in words."""
        if self.heard_at is None:
            return "まだ届いていません"
        if self.is_heard_today:
            return f"今日{clock_ja(self.heard_at)}"
        return f"{moment_ja(self.heard_at)}が最後です"


@dataclass(frozen=True, slots=True)
class Today:
    """The page. `counts` are over all companies, whatever filter is chosen."""

    day: datetime
    lines: list[Line]
    counts: Mapping[str, int]
    alerts: int
    unsettled: int


def today(scope: Scope, *, chosen: str, search: str) -> Today:
    """All companies of the scope, those with the most urgent alert first."""
    since = localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    companies = Organisation.objects.within(scope).order_by("name", "pk")
    if search:
        companies = companies.filter(name__icontains=search)
    listed = list(companies)
    told = _told(scope, since=since)
    heard = _heard([company.id for company in listed])
    lines = [
        _line(company, told.get(company.id, ()), heard.get(company.id), since=since)
        for company in listed
    ]
    lines.sort(key=_urgency)
    _, wanted = FILTERS.get(chosen, FILTERS["all"])
    return Today(
        day=since,
        lines=[line for line in lines if wanted(line)],
        counts={key: sum(map(test, lines)) for key, (_, test) in FILTERS.items()},
        alerts=sum(line.alerts for line in lines),
        unsettled=sum(bool(line.incidents) and line.level != ActionLevel.NONE for line in lines),
    )


def _told(scope: Scope, *, since: datetime) -> dict[str, tuple[Told, ...]]:
    """Per company today's incidents: those to which something that happened today belongs."""
    todays = Q(findings__event_at__gte=since, findings__event_at__lt=since + timedelta(days=1))
    rows = (
        Incident.objects.within(scope)
        .annotate(today=Count("findings", filter=todays))
        .filter(today__gt=0)
        .select_related("organisation")
    )
    incidents = list(rows)
    titles = titles_of(incidents)
    found: dict[str, list[Told]] = defaultdict(list)
    for row in incidents:
        found[row.organisation_id].append(
            Told(
                number=row.number,
                title=titles[row.pk],
                level=ActionLevel(row.level),
                alerts=row.today,
                was_stopped=row.disposition == Disposition.STOPPED,
            )
        )
    return {company: tuple(sorted(told, key=_told_order)) for company, told in found.items()}


def _told_order(told: Told) -> tuple[int, int, str]:
    return -told.level.urgency, -told.alerts, told.number


def _heard(companies: list[str]) -> dict[str, datetime]:
    """Per company when a record last proved a machine of it alive."""
    try:
        reader = PipelineReader(configuration().data / FILE_NAME)
    except FileNotFoundError:
        return {}
    with reader:
        statuses = reader.statuses(companies).values() if companies else ()
        heard = [(each.organisation, each.last_alive) for each in statuses]
    return _newest((company, at) for company, at in heard if at is not None)


def _newest(heard: Iterable[tuple[str, datetime]]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for company, at in heard:
        found[company] = max(at, found.get(company, at))
    return found


def _line(
    company: Organisation, told: tuple[Told, ...], heard_at: datetime | None, *, since: datetime
) -> Line:
    is_heard = heard_at is not None and heard_at >= since
    return Line(company.id, company.name, told, heard_at, is_heard)


def _urgency(line: Line) -> tuple[int, int, str]:
    urgency = line.level.urgency if line.level else -1
    return -urgency, -line.alerts, line.name

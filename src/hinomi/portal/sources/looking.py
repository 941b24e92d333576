"""The bell's look over every source: what state each is in, what changed, what was learned of it.

Cheap enough to repeat: statuses without samples in one query, changes alone are written, and what
is learned comes a few companies at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from django.db.models import Q

from hinomi.business.health import figures
from hinomi.business.rhythm import LEARN_DAYS, learn, learn_gap_s
from hinomi.business.watching import SourceClass, Watch, state
from hinomi.business.working_days import Calendar
from hinomi.portal.access.time import now
from hinomi.portal.consents.kinds import gaps_of
from hinomi.portal.consents.queries import timelines_changed_since
from hinomi.portal.organisations.calendars import all_calendars, calendars_of
from hinomi.portal.sources.classes import class_of
from hinomi.portal.sources.kinds import speaks_syslog
from hinomi.portal.sources.models import Source, SourceWatch
from hinomi.portal.sources.own_side import slept_since
from hinomi.portal.sources.watching import Surroundings, heard_of, rhythm, usual_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from hinomi.business.consent import Timeline
    from hinomi.business.watching import Heard
    from hinomi.portal.sources.own_side import Gap
    from hinomi.store.health_rows import SourceDay, SourceHealth
    from hinomi.store.pipeline_rows import SourceStatus

_WHY_ALL = "the bell judges every company's sources"
_LEARN_EVERY = timedelta(hours=1)
_LEARN_COMPANIES = 20  # a look
_AT_ONCE = 500  # rows of one statement
_BACK = timedelta(days=60)  # a consent that has held longer explains nobody's silence


class PipelineSays(Protocol):
    """What the bell asks the pipeline's store about sources."""

    def last_heard(self) -> Mapping[tuple[str, str], SourceStatus]:
        """Status by (organisation, source), without samples."""
        ...

    def all_health(self, *, now: datetime) -> Mapping[tuple[str, str], SourceHealth]:
        """Volume and power by (organisation, source)."""
        ...

    def source_days(
        self, organisations: Sequence[str], *, since: date, until: date
    ) -> Sequence[SourceDay]:
        """The companies' sources by receive day."""
        ...


@dataclass(frozen=True, slots=True)
class Looked:
    """One source as the bell sees it. `watch_for_us` is its state if our own sleep did not count:
    what was sent while we did not listen cannot be missed. `missing_since` stays
    the same while it is silent or cannot be read."""

    source: str
    organisation: str
    name: str
    source_class: SourceClass
    way: str
    watch: Watch
    watch_for_us: Watch
    last_alive: datetime | None
    missing_since: datetime | None
    off_reason: str
    opens_at: datetime | None

    @property
    def is_silent(self) -> bool:
        """True when nobody but the source can be the reason, as far as one source tells."""
        return self.watch is Watch.SILENT and self.watch_for_us is Watch.SILENT

    @property
    def is_blind(self) -> bool:
        """True when it once could be read and now cannot: its records come and say nothing."""
        return self.watch is Watch.UNREADABLE and self.last_alive is not None

    @property
    def is_judged(self) -> bool:
        """True when it was ever heard and something is expected of it."""
        return self.watch not in (Watch.WAITING, Watch.QUIET)


def look(reader: PipelineSays, *, gaps: Sequence[Gap] = ()) -> list[Looked]:
    """Judge every live source, and keep what changed for the lists. `gaps` are our own."""
    moment = now()
    statuses, health = reader.last_heard(), reader.all_health(now=moment)
    calendars, timelines = all_calendars(), timelines_changed_since(moment - _BACK)
    looked, changed = [], []
    for row in _rows():
        key = (row.organisation, row.pk)
        around = Surroundings(
            calendar=calendars.get(row.organisation) or Calendar(),
            health=health.get(key),
            usual=usual_of(row.usual_open, row.usual_closed),
            usual_every_s=row.usual_every_s or 0,
            parse_rate=row.parse_rate,
        )
        unasked = _not_agreed(row, timelines.get(row.organisation))
        one = _looked(row, statuses.get(key), around, ours=gaps, unasked=unasked, moment=moment)
        looked.append(one)
        if one.watch.value != row.state:
            changed.append(one)
    _keep(changed, moment=moment)
    return looked


def learn_some(reader: PipelineSays) -> int:
    """Learn anew of the companies whose turn it is; returns how many sources."""
    moment = now()
    stale = SourceWatch.objects.across_all(reason=_WHY_ALL).filter(
        Q(learned_at=None) | Q(learned_at__lt=moment - _LEARN_EVERY)
    )
    order = stale.order_by("organisation_id").values_list("organisation_id", flat=True)
    companies = list(order.distinct()[:_LEARN_COMPANIES])
    if not companies:
        return 0
    today = moment.astimezone(UTC).date()
    days: dict[str, list[SourceDay]] = {}
    since = today - timedelta(days=LEARN_DAYS)
    for day in reader.source_days(companies, since=since, until=today):
        days.setdefault(day.source, []).append(day)
    calendars = calendars_of(companies)
    rows = list(SourceWatch.objects.across_all(reason=_WHY_ALL).filter(organisation__in=companies))
    for row in rows:
        calendar = calendars.get(row.organisation_id) or Calendar()
        _learn(row, days.get(row.source_id, []), calendar=calendar, moment=moment)
    SourceWatch.objects.across_all(reason=_WHY_ALL).bulk_update(
        rows,
        ["usual_open", "usual_closed", "usual_every_s", "parse_rate", "trouble", "learned_at"],
        batch_size=_AT_ONCE,
    )
    return len(rows)


@dataclass(frozen=True, slots=True)
class _Row:
    pk: str
    organisation: str
    name: str
    kind: str
    said: str
    expect_every_s: int
    state: str | None
    since: datetime | None
    usual_open: int | None
    usual_closed: int | None
    usual_every_s: int | None
    parse_rate: float | None


def _rows() -> list[_Row]:
    live = Source.objects.across_all(reason=_WHY_ALL).filter(
        paused_at=None, revoked_at=None, organisation__deleted_at=None
    )
    fields = (
        "pk",
        "organisation_id",
        "name",
        "kind",
        "source_class",
        "expect_every_s",
        "seen__state",
        "seen__since",
        "seen__usual_open",
        "seen__usual_closed",
        "seen__usual_every_s",
        "seen__parse_rate",
    )
    return [_Row(*row) for row in live.order_by("organisation_id", "pk").values_list(*fields)]


def _looked(
    row: _Row,
    status: SourceStatus | None,
    around: Surroundings,
    *,
    ours: Sequence[Gap],
    unasked: Sequence[Gap],
    moment: datetime,
) -> Looked:
    source_class = class_of(kind=row.kind, said=row.said, expect_every_s=row.expect_every_s)
    expected = rhythm(source_class, row.expect_every_s, around)
    calendar = around.calendar
    heard = _without_gaps(heard_of(status, around, now=moment), unasked)
    watch = state(heard, expected, calendar=calendar, now=moment)
    is_silent = watch is Watch.SILENT
    for_us = _without_gaps(heard, ours)
    return Looked(
        source=row.pk,
        organisation=row.organisation,
        name=row.name,
        source_class=source_class,
        way="syslog" if speaks_syslog(row.kind) else "http",
        watch=watch,
        watch_for_us=state(for_us, expected, calendar=calendar, now=moment) if is_silent else watch,
        last_alive=status.last_alive if status else None,
        missing_since=_missing_since(row, status, watch, moment=moment),
        off_reason=heard.off_reason,
        opens_at=_opens_at(calendar, moment) if is_silent else None,
    )


def _not_agreed(row: _Row, timeline: Timeline | None) -> list[Gap]:
    """When nothing was taken of it because the company had not agreed."""
    if timeline is None:
        return []
    gaps = gaps_of(timeline, row.kind, waited_from=None)
    return [(each.begin, each.end) for each in gaps]


def _missing_since(
    row: _Row, status: SourceStatus | None, watch: Watch, *, moment: datetime
) -> datetime | None:
    if watch is Watch.UNREADABLE:
        return (row.since if row.state == watch.value else None) or moment
    return status.last_alive if status else None


def _opens_at(calendar: Calendar, moment: datetime) -> datetime | None:
    return None if calendar.is_open(moment) else calendar.next_opening(moment)


def _without_gaps(heard: Heard, gaps: Sequence[Gap]) -> Heard:
    last = heard.last_alive
    return heard if last is None else replace(heard, last_alive=last + slept_since(gaps, last))


def _keep(changed: Sequence[Looked], *, moment: datetime) -> None:
    rows = [
        SourceWatch(
            organisation_id=one.organisation,
            source_id=one.source,
            state=one.watch.value,
            since=moment,
        )
        for one in changed
    ]
    SourceWatch.objects.bulk_create(
        rows,
        batch_size=_AT_ONCE,
        update_conflicts=True,
        unique_fields=["source"],
        update_fields=["state", "since"],
    )


def _learn(
    row: SourceWatch, days: Sequence[SourceDay], *, calendar: Calendar, moment: datetime
) -> None:
    today = moment.astimezone(UTC).date()
    usual = learn({day.day: day.hours for day in days}, calendar=calendar, today=today)
    found = figures(days, today=today)
    row.usual_open = usual.open_hours if usual else None
    row.usual_closed = usual.closed_hours if usual else None
    row.usual_every_s = learn_gap_s({day.day: day.hours for day in days}, today=today)
    row.parse_rate = found.parse_rate
    row.trouble = found.trouble.value
    row.learned_at = moment

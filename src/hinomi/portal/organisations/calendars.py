"""Reads and writes a company's calendar; the rules themselves are in business.working_days."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.business.working_days import Calendar, ClosedDays, days
from hinomi.core.errors import UsageError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.organisations.models import CompanyCalendar, Organisation, SpecialDays

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hinomi.business.working_days import Span

_WHY_ALL = "narrowed to the companies in question"
_LONGEST = timedelta(days=120)
MOST_SPECIAL = 200  # per company: ten years of a long list


@dataclass(frozen=True, slots=True)
class Hours:
    """What a person says of the ordinary year. Spans None: the company has none."""

    closed_weekdays: frozenset[int]
    keeps_holidays: bool
    new_year: Span | None
    obon: Span | None
    opens: time
    closes: time


def calendar_of(organisation_id: str) -> Calendar:
    """The company's calendar; the usual one when nobody said anything."""
    return calendars_of([organisation_id]).get(organisation_id, Calendar())


def calendars_of(organisation_ids: Iterable[str]) -> dict[str, Calendar]:
    """Calendars by company, in three queries however many companies."""
    wanted = sorted(set(organisation_ids))
    organisations = Organisation.objects.across_all(reason=_WHY_ALL).filter(pk__in=wanted)
    return _calendars(dict(organisations.values_list("pk", "timezone")), narrowed_to=wanted)


def all_calendars() -> dict[str, Calendar]:
    """Every company's calendar, for the bell."""
    zones = Organisation.objects.across_all(reason="the bell judges every company's sources")
    return _calendars(dict(zones.values_list("pk", "timezone")), narrowed_to=None)


def special_days(organisation_id: str) -> list[SpecialDays]:
    """The company's own days that are not over for a year yet, next first."""
    rows = SpecialDays.objects.of(organisation_id)
    horizon = now().date() - timedelta(days=365)
    return list(rows.filter(last__gte=horizon).order_by("first", "pk")[:MOST_SPECIAL])


@transaction.atomic
def set_hours(*, organisation_id: str, hours: Hours, user_id: int | None) -> None:
    """Say when the company works in an ordinary year."""
    if hours.opens >= hours.closes:
        raise UsageError("A day ends after it begins.", advice="e.g. 8:30 to 18:00")
    CompanyCalendar.objects.of(organisation_id).update_or_create(
        organisation_id=organisation_id,
        defaults={
            "closed_weekdays": sorted(hours.closed_weekdays),
            "keeps_holidays": hours.keeps_holidays,
            **_written("new_year", hours.new_year),
            **_written("obon", hours.obon),
            "opens": hours.opens,
            "closes": hours.closes,
            "changed_at": now(),
            "changed_by_id": user_id,
        },
    )
    _audit("set", organisation_id, user_id=user_id)


@transaction.atomic
def add_special_days(
    *, organisation_id: str, first: date, last: date, name: str, is_open: bool, user_id: int | None
) -> None:
    """Add the company's own closed (or worked) days. Said twice it is there once."""
    if not first <= last <= first + _LONGEST:
        raise UsageError("The last day is before the first, or months later.")
    rows = SpecialDays.objects.of(organisation_id)
    if rows.count() >= MOST_SPECIAL:
        raise UsageError("There are too many special days.", advice="Remove old ones first.")
    rows.update_or_create(
        organisation_id=organisation_id,
        first=first,
        last=last,
        is_open=is_open,
        defaults={"name": name.strip()},
    )
    _audit("add_days", organisation_id, user_id=user_id)


@transaction.atomic
def remove_special_days(*, organisation_id: str, pk: int, user_id: int | None) -> bool:
    """False when the company has no such days (any more)."""
    removed, _ = SpecialDays.objects.of(organisation_id).filter(pk=pk).delete()
    if removed:
        _audit("remove_days", organisation_id, user_id=user_id)
    return bool(removed)


def _calendars(zones: dict[str, str], *, narrowed_to: list[str] | None) -> dict[str, Calendar]:
    rows = CompanyCalendar.objects.across_all(reason=_WHY_ALL)
    special = SpecialDays.objects.across_all(reason=_WHY_ALL).order_by("first", "pk")
    if narrowed_to is not None:
        rows = rows.filter(organisation__in=narrowed_to)
        special = special.filter(organisation__in=narrowed_to)
    by_company: dict[str, list[SpecialDays]] = defaultdict(list)
    for each in special:
        by_company[each.organisation_id].append(each)
    said = {row.organisation_id: row for row in rows}
    return {
        company: _calendar(zone, said.get(company), by_company.get(company, []))
        for company, zone in zones.items()
    }


def _calendar(zone: str, row: CompanyCalendar | None, special: list[SpecialDays]) -> Calendar:
    row = row or CompanyCalendar()
    closed = (ClosedDays(each.first, each.last, each.name) for each in special if not each.is_open)
    opened = (day for each in special if each.is_open for day in days(each.first, each.last))
    return Calendar(
        timezone=zone,
        closed_weekdays=frozenset(row.closed_weekdays),
        keeps_holidays=row.keeps_holidays,
        new_year=_span(row.new_year_first, row.new_year_last),
        obon=_span(row.obon_first, row.obon_last),
        closed=tuple(closed),
        opened=tuple(opened),
        opens=row.opens,
        closes=row.closes,
    )


def _span(first: str, last: str) -> Span | None:
    if not first or not last:
        return None
    ends = [(int(text[:2]), int(text[3:])) for text in (first, last)]
    return ends[0], ends[1]


def _written(name: str, span: Span | None) -> dict[str, str]:
    ends = [f"{month:02d}-{day:02d}" for month, day in span] if span else ["", ""]
    return {f"{name}_first": ends[0], f"{name}_last": ends[1]}


def _audit(act: str, organisation_id: str, *, user_id: int | None) -> None:
    audit.record(
        what=f"organisations:calendar:{act}", user_id=user_id, organisation_id=organisation_id
    )

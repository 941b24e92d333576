"""長期休暇: asking companies before a long holiday, keeping what they said, telling them after it.

Rows only: whoever sends reads `due_forms` and `due_reports`, and notes what was sent.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from hinomi.business.closures import Season, asked_today, first_working_day
from hinomi.business.working_days import days
from hinomi.core.errors import HinomiError, UsageError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.duties.models import ClosureAsk
from hinomi.portal.organisations.calendars import add_special_days, all_calendars, calendar_of
from hinomi.portal.organisations.models import Organisation, SpecialDays
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from hinomi.business.closures import Closure
    from hinomi.business.working_days import Calendar

_WHY_ALL = "the bell asks every company"
_DAY = timedelta(days=1)
_LONGEST = timedelta(days=60)
_AROUND = timedelta(days=30)
_TOO_LATE = timedelta(days=14)  # what happened in a holiday is told within this time or not at all


class ChangedMeanwhile(HinomiError):
    """Somebody else of the company, or of ours, answered first."""


def due_forms(moment: datetime) -> list[ClosureAsk]:
    """Forms to be sent now: two weeks before a long holiday of a company, once. Makes the rows."""
    living = Organisation.objects.across_all(reason=_WHY_ALL).filter(deleted_at=None)
    wanted = set(living.values_list("pk", flat=True))
    made: list[ClosureAsk] = []
    for organisation_id, calendar in all_calendars().items():
        if organisation_id in wanted:
            for closure in asked_today(calendar, today=calendar.local(moment).date()):
                made.append(_row(organisation_id, calendar, closure))
    ClosureAsk.objects.across_all(reason=_WHY_ALL).bulk_create(made, ignore_conflicts=True)
    rows = ClosureAsk.objects.across_all(reason=_WHY_ALL).filter(
        sent_at=None, answered_at=None, organisation__deleted_at=None, last__gte=moment.date()
    )
    return list(rows.select_related("organisation").order_by("first", "pk"))


def due_reports(moment: datetime) -> list[ClosureAsk]:
    """Holidays that are over where 「休み中のこと」 was not sent and the company works again."""
    rows = ClosureAsk.objects.across_all(reason=_WHY_ALL).filter(
        report_sent_at=None,
        organisation__deleted_at=None,
        report_on__lte=(moment + _DAY).date(),
        report_on__gt=(moment - _TOO_LATE).date(),
    )
    return [row for row in rows.select_related("organisation") if _works_again(row, moment)]


def note_sent(row: ClosureAsk, moment: datetime) -> bool:
    """The form went out; False when somebody else sent it."""
    return _note(row, "sent_at", moment)


def note_report_sent(row: ClosureAsk, moment: datetime) -> bool:
    """「休み中のこと」 went out; False when somebody else sent it."""
    return _note(row, "report_sent_at", moment)


def current(organisation_id: str, moment: datetime) -> ClosureAsk | None:
    """What the company is asked about now; not saved while nobody was asked or answered."""
    calendar = calendar_of(organisation_id)
    today = calendar.local(moment).date()
    rows = ClosureAsk.objects.of(organisation_id).filter(last__gte=today).order_by("first")
    present = rows.first()
    if present is not None:
        return present
    coming = sorted(asked_today(calendar, today=today), key=lambda each: each.first)
    return _row(organisation_id, calendar, coming[0]) if coming else None


def title_of(row: ClosureAsk) -> str:
    """「2026年の年末年始」."""
    season, _, year = row.key.partition("-")
    return f"{year}年の{Season(season).ja}"


@transaction.atomic
def answer(
    row: ClosureAsk,
    *,
    first: date,
    last: date,
    contact_name: str,
    contact_phone: str,
    remark: str,
    version: int,
    user_id: int,
) -> None:
    """Keep what the company said, and write its calendar. Raises UsageError for days that are no
    such holiday, ChangedMeanwhile when an older form comes."""
    if not first <= last <= first + _LONGEST or abs(first - row.first) > _AROUND:
        raise UsageError("These days are no holiday around the one that was asked about.")
    Organisation.objects.of(row.organisation_id).select_for_update().get()
    saved = ClosureAsk.objects.of(row.organisation_id).filter(key=row.key).first()
    if (saved.version if saved else 1) != version:
        raise ChangedMeanwhile("The form was answered meanwhile.")
    row = saved or row
    if saved is None:
        row.save()
    _write_calendar(row, first=first, last=last, user_id=user_id)
    calendar = calendar_of(row.organisation_id)
    ClosureAsk.objects.of(row.organisation_id).filter(pk=row.pk).update(
        first=first,
        last=last,
        report_on=first_working_day(calendar, after=last),
        contact_name=one_line(contact_name)[:120],
        contact_phone=one_line(contact_phone)[:40],
        remark=one_line(remark)[:300],
        answered_at=now(),
        answered_by=user_id,
        version=F("version") + 1,
    )
    audit.record(
        what="duties:closure:answer",
        user_id=user_id,
        organisation_id=row.organisation_id,
        closure=row.key,
    )


def _write_calendar(row: ClosureAsk, *, first: date, last: date, user_id: int) -> None:
    """The said days are closed; days that the calendar closed for the season and the company works
    are open. What an earlier answer wrote goes. Weekly closed days stay what they are."""
    name = f"{title_of(row)}の休み"
    SpecialDays.objects.of(row.organisation_id).filter(name=name).delete()
    plain = calendar_of(row.organisation_id)
    add_special_days(
        organisation_id=row.organisation_id,
        first=first,
        last=last,
        name=name,
        is_open=False,
        user_id=user_id,
    )
    for day in _worked(plain, min(first, row.first), max(last, row.last), first, last):
        add_special_days(
            organisation_id=row.organisation_id,
            first=day,
            last=day,
            name=name,
            is_open=True,
            user_id=user_id,
        )


def _worked(plain: Calendar, begin: date, end: date, first: date, last: date) -> Iterator[date]:
    for day in days(begin, end):
        why = plain.closed_why(day)
        if not first <= day <= last and why and not why.startswith("定休日"):
            yield day


def _row(organisation_id: str, calendar: Calendar, closure: Closure) -> ClosureAsk:
    return ClosureAsk(
        organisation_id=organisation_id,
        key=closure.key,
        first=closure.first,
        last=closure.last,
        report_on=first_working_day(calendar, after=closure.last),
    )


def _works_again(row: ClosureAsk, moment: datetime) -> bool:
    calendar = calendar_of(row.organisation_id)
    local = calendar.local(moment)
    opens = calendar.opens
    return row.report_on is not None and (local.date(), local.time()) >= (row.report_on, opens)


def _note(row: ClosureAsk, field: str, moment: datetime) -> bool:
    rows = ClosureAsk.objects.of(row.organisation_id).filter(pk=row.pk, **{field: None})
    return bool(rows.update(**{field: moment}))

"""Before a long holiday companies are asked when they close; on the first morning after it they
read 休み中のこと. Rows of who is asked when are duties' (`duties.holidays`)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils.timezone import localtime

from hinomi.portal.access.address import address_of
from hinomi.portal.access.time import configuration, now
from hinomi.portal.duties import holidays
from hinomi.portal.incidents.models import CLOSED_STATES, Incident
from hinomi.portal.notices.services import Letter, queue_mails
from hinomi.portal.organisations.calendars import calendar_of
from hinomi.respond.announcement import AFTER_CLOSURE, CLOSURE, announce
from hinomi.respond.channels.mail import as_html
from hinomi.respond.moments import date_ja
from hinomi.respond.slots import slot

if TYPE_CHECKING:
    from datetime import date

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.duties.models import ClosureAsk
    from hinomi.respond.announcement import Announcement

_HOURS = range(9, 17)  # nobody is woken for a form
_QUIET = "quiet"


def ask_before_holidays() -> int:
    """Forms that are due, once each; how many companies were asked. By day only."""
    moment = now()
    if localtime(moment).hour not in _HOURS:
        return 0
    return sum(_ask(row, moment) for row in holidays.due_forms(moment))


def tell_after_holidays() -> int:
    """休み中のこと, once for each company and holiday; how many companies were told."""
    moment = now()
    return sum(_tell(row, moment) for row in holidays.due_reports(moment))


@transaction.atomic
def _ask(row: ClosureAsk, moment: datetime) -> bool:
    if not holidays.note_sent(row, moment):
        return False
    said = announce(CLOSURE, slots=_days(row) | {"holiday": holidays.title_of(row)})
    _send(row, said, page="closure", arguments=[row.organisation_id])
    return True


@transaction.atomic
def _tell(row: ClosureAsk, moment: datetime) -> bool:
    if not holidays.note_report_sent(row, moment):
        return False
    came = _incidents_of(row)
    count = came.count()
    asks = came.exclude(state__in=CLOSED_STATES).exclude(level="none").count()
    counts = {"count": str(count or ""), "asks": str(asks or "")}
    said = announce(AFTER_CLOSURE, about="" if count else _QUIET, slots=_days(row) | counts)
    _send(row, said, page="incidents", arguments=[])
    return True


def _incidents_of(row: ClosureAsk) -> ScopedQuerySet[Incident]:
    """What was taken in on the closed days, in the company's own time."""
    zone = ZoneInfo(calendar_of(row.organisation_id).timezone)
    begin = datetime.combine(row.first, time.min, zone)
    end = datetime.combine(row.last + timedelta(days=1), time.min, zone)
    rows = Incident.objects.of(row.organisation_id).filter(held_since=None, merged_into=None)
    return rows.filter(opened_at__gte=begin, opened_at__lt=end)


def _days(row: ClosureAsk) -> dict[str, str]:
    return {
        "first": _day(row.first),
        "last": _day(row.last),
        "phone": configuration().provider_phone,
    }


def _day(day: date) -> str:
    return date_ja(datetime.combine(day, time(12), ZoneInfo("UTC")), timezone="UTC")


def _send(row: ClosureAsk, said: Announcement, *, page: str, arguments: list[str]) -> int:
    """The address stands below the words: what a slot brings never becomes a link."""
    config, url = configuration(), address_of(reverse(page, args=arguments))
    text = f"{said.text}\n" + (f"\n{url}\n" if url else "")
    company = slot(row.organisation.name, limit=40)
    letter = Letter(
        incident_number="",
        reason=f"closure:{row.key}:{page}",
        subject=f"【{slot(config.service_name)}】{said.word}：{said.title}｜{company}",
        body_text=text,
        body_html=as_html(text),
    )
    return queue_mails(organisation_id=row.organisation_id, letter=letter)

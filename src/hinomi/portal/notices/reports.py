"""What carriers tell later of messages they took: what came back is noted where it belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.portal.access.time import now
from hinomi.portal.contacts.services import note_bounce, note_unanswered
from hinomi.portal.notices.models import Notice, NoticeState, ReportCursor
from hinomi.portal.notices.services import MAIL
from hinomi.portal.ways.models import Arrival, DeliveryReport

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

_WHY_ALL = "the bell reads the reports about every company's messages"


@transaction.atomic
def read_reports(*, limit: int = 200) -> list[Notice]:
    """Reports behind the cursor; returns the notices that did not arrive."""
    cursor, _ = ReportCursor.objects.get_or_create(pk=1)
    rows = (
        DeliveryReport.objects.across_all(reason=_WHY_ALL)
        .filter(pk__gt=cursor.report)
        .select_related("handed")
        .order_by("pk")[:limit]
    )
    lost: list[Notice] = []
    for report in rows:
        if report.arrival == Arrival.HARD:
            lost += _came_back(report)
        cursor.report = report.pk
    cursor.save()
    return lost


def note_passed(*, after: timedelta, answered: Sequence[str] = ()) -> int:
    """Mails that a contact let pass: noted once each; returns how many. `answered` are 受付番号
    somebody answered."""
    rows = (
        Notice.objects.across_all(reason=_WHY_ALL)
        .filter(
            channel=MAIL,
            state=NoticeState.SENT,
            sent_at__lt=now() - after,
            contact_id__isnull=False,
            unanswered_at=None,
        )
        .exclude(incident_number__in=["", *answered])
        .order_by("sent_at", "pk")
    )
    return sum(_note_passed(notice) for notice in rows[:200])


@transaction.atomic
def _note_passed(notice: Notice) -> bool:
    moment = now()
    mine = Notice.objects.of(notice.organisation_id).filter(pk=notice.pk, unanswered_at=None)
    if not mine.update(unanswered_at=moment) or notice.contact_id is None:
        return False
    note_unanswered(notice.contact_id, moment)
    return True


def _came_back(report: DeliveryReport) -> list[Notice]:
    handed = report.handed
    found = Notice.objects.across_all(reason=_WHY_ALL).filter(
        channel=handed.kind, provider_id=handed.provider_id, organisation=handed.organisation_id
    )
    rows = [row for row in found if row.state == NoticeState.SENT]
    for notice in rows:
        notice.state, notice.last_error = NoticeState.BOUNCED, report.reason[:500]
        notice.save(update_fields=["state", "last_error"])
        note_bounce(
            organisation_id=notice.organisation_id,
            kind=notice.channel,
            address=notice.to,
            reason=report.reason,
        )
    return rows

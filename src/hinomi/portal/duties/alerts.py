"""What a firm's chief must be told about duty: raised here, told by whoever sends.

`raise_due` is called by the bell every minute; the sender reads rows of `ChiefAlert` without
`told_at`. Everything is raised once for its subject, however often the clock is asked and wherever
it jumps. Promises that were not kept are found by `queries.missed`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.timezone import localdate

from hinomi.business.rota import Order, week_of
from hinomi.portal.duties.handovers import prepare, unsigned
from hinomi.portal.duties.models import ChiefAlert, Handover, Slot, Week
from hinomi.portal.duties.queries import holding
from hinomi.portal.duties.rota import is_published
from hinomi.portal.duties.words import short_day_ja
from hinomi.portal.ui.moments import moment_ja

if TYPE_CHECKING:
    from datetime import datetime

_NEXT_WEEK_KNOWN = timedelta(days=3)
_WEEK = timedelta(days=7)


def raise_due(moment: datetime) -> int:
    """Look at everything; how many alerts are new."""
    count = 0
    for firm_id in _firms():
        prepare(firm_id, moment)
        count += _nobody(firm_id, moment) + _unsigned(firm_id, moment) + _unknown(firm_id, moment)
    return count


def _firms() -> list[str]:
    """Firms that ever made a week known: the others keep no rota here."""
    rows = Week.objects.across_all(reason="every firm that keeps a rota")
    return list(rows.order_by("firm").values_list("firm", flat=True).distinct())


def _nobody(firm_id: str, moment: datetime) -> int:
    """One alert per gap: its beginning is its name."""
    if Order.FIRST in holding(firm_id, moment):
        return 0
    slots = Slot.objects.of_firm(firm_id).filter(order="first", published_at__isnull=False)
    before = slots.filter(ends_at__lte=moment).order_by("-ends_at").first()
    after = slots.filter(starts_at__gt=moment).order_by("starts_at").first()
    if before is None:
        return 0  # the very first duty lies ahead
    until = f"次の当番は{moment_ja(after.starts_at)}からです。" if after else "次の当番もいません。"
    words = f"{moment_ja(before.ends_at)}から、当番がいません。{until}"
    return _raise(firm_id, "no_duty", before.ends_at.isoformat(), words)


def _unsigned(firm_id: str, moment: datetime) -> int:
    return sum(
        _raise(firm_id, "handover", row.at.isoformat(), _unsigned_words(row))
        for row in unsigned(firm_id, moment)
    )


def _unsigned_words(row: Handover) -> str:
    sides = [
        name for name, at in ((giver(row), row.given_at), (taker(row), row.taken_at)) if at is None
    ]
    return f"{moment_ja(row.at)}の引き継ぎに、{'と'.join(sides)}の署名がありません。"


def giver(row: Handover) -> str:
    """The name of who goes."""
    return row.from_user.shown_name if row.from_user else str(row.from_partner or "")


def taker(row: Handover) -> str:
    """The name of who comes."""
    return row.to_user.shown_name if row.to_user else str(row.to_partner or "")


def _unknown(firm_id: str, moment: datetime) -> int:
    """Next week was not made known and begins in three days."""
    monday = week_of(localdate(moment)) + _WEEK
    if localdate(moment) + _NEXT_WEEK_KNOWN < monday or is_published(firm_id, monday):
        return 0
    words = f"{short_day_ja(monday)}からの当番表が、まだ公開されていません。"
    return _raise(firm_id, "unpublished", monday.isoformat(), words)


def _raise(firm_id: str, kind: str, subject: str, words: str) -> int:
    _, is_new = ChiefAlert.objects.of_firm(firm_id).get_or_create(
        firm_id=firm_id, kind=kind, subject=subject, defaults={"words": words}
    )
    return int(is_new)

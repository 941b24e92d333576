"""Is this message genuine; what was reported; which warnings are on their way."""

from __future__ import annotations

import copy
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.portal.access.time import now
from hinomi.portal.forgeries.models import FakeWarning, SuspectReport, Verdict
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.wording import titles_of
from hinomi.portal.notices.models import Notice, NoticeState

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

_NUMBER = re.compile(r"K-?([0-9]{1,12})\Z")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ーｰ－", "-"))
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Genuine:
    """All that a stranger may learn of a notice: when it went out and what it is about."""

    number: str
    sent_at: datetime
    title: str


@dataclass(frozen=True, slots=True)
class WarningRow:
    """One warning and what can still be done about it."""

    warning: FakeWarning
    state: str
    can_undo: bool


def number_in(text: str) -> str:
    """The 受付番号 as people type it, in our spelling; "" for what is none."""
    plain = unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_DASHES)
    found = _NUMBER.match("".join(plain.split()).upper())
    return f"K-{found[1]}" if found else ""


def genuine(number: str) -> Genuine | None:
    """The first notice that really went out under the number. No name, no device, no company: the
    title is made without anything of the incident's own."""
    sent = (
        Notice.objects.across_all(reason="anybody may ask whether a number is ours")
        .filter(incident_number=number, state=NoticeState.SENT, sent_at__isnull=False)
        .order_by("sent_at")
        .first()
    )
    if not number or sent is None or sent.sent_at is None:
        return None
    row = Incident.objects.of(sent.organisation_id).filter(number=number).first()
    if row is None:
        return None
    bare = copy.copy(row)
    bare.device, bare.slots = "", {}
    return Genuine(number, sent.sent_at, titles_of([bare])[row.pk])


def reports(scope: Scope) -> ScopedQuerySet[SuspectReport]:
    """What waits first, where somebody already did something before the others; then newest."""
    rows = SuspectReport.objects.within(scope).select_related("organisation", "reported_by")
    return rows.order_by("-verdict", "-did_something", "-reported_at", "-pk")


def own_reports(scope: Scope) -> list[SuspectReport]:
    """A company's own, newest first."""
    rows = SuspectReport.objects.within(scope).select_related("organisation")
    return list(rows.order_by("-reported_at", "-pk")[:SHOWN])


def warnings(scope: Scope) -> list[WarningRow]:
    """The firm's warnings, newest first."""
    rows = FakeWarning.objects.within(scope).select_related("ordered_by").order_by("-pk")
    return [_row(each) for each in rows[:SHOWN]]


def waiting(scope: Scope) -> int:
    """How many reports wait for a word."""
    return SuspectReport.objects.within(scope).filter(verdict=Verdict.WAITING).count()


def _row(warning: FakeWarning) -> WarningRow:
    if warning.undone_at:
        return WarningRow(warning, "取り消しました", can_undo=False)
    if warning.finished_at:
        return WarningRow(warning, "全社への送信箱に入れました", can_undo=False)
    if warning.began_at:
        return WarningRow(warning, "送っています", can_undo=False)
    left_s = max(0, round((warning.begins_at - now()).total_seconds()))
    return WarningRow(warning, f"あと{left_s}秒で送り始めます", can_undo=True)

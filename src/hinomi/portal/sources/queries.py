"""What the screens about sources show. Reads inside a scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from hinomi.normalise.browsing import veil
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.organisations.calendars import calendar_of, calendars_of
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.sources import arrivals
from hinomi.portal.sources.endpoints import endpoint_of
from hinomi.portal.sources.lan import around
from hinomi.portal.sources.models import DeviceName, Source, SourceWatch, device_key
from hinomi.portal.sources.senders import sender_of_kind
from hinomi.portal.sources.watching import (
    NOTHING,
    Surroundings,
    View,
    Watch,
    judge,
    usual_of,
)
from hinomi.portal.ui.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from hinomi.business.working_days import Calendar
    from hinomi.portal.access.actor import Actor
    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope
    from hinomi.store.pipeline_rows import SetAsideCount, SourceStatus

# Kinds that nobody registers by hand.
KINDS_ONLY_HERE = {"mail": "警報メール", "relay": "社内の中継機"}
# Why a record could not be read, for the person who can mend the sender.
REASONS = {
    "empty": "中身のない記録でした。",
    "too_large": "1件が長すぎました。",
    "broken_frame": "記録の区切りがこわれていました。送り方を確かめてください。",
    "undecodable": "文字の種類が分かりませんでした。",
    "not_json": "JSONとして読めませんでした。書き方を確かめてください。",
    "unknown_format": "この機器の記録の形ではありません。形式の設定を確かめてください。",
    "broken_record": "記録の途中が欠けていました。",
    "crashed_reader": "読み取りに失敗しました。こちらで調べます。",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One source with how it is doing."""

    source: Source
    view: View
    title: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the arrival page says. `sample` is the first readable record, else the last unreadable
    one; its hidden characters are shown, and the sites somebody opened are not."""

    view: View
    has_arrived: bool
    is_unreadable: bool
    records: int
    set_aside: int
    first_at: datetime | None
    sample: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Device:
    """A machine that named itself, with what people there call it."""

    native: str
    nickname: str
    last_seen: datetime

    @property
    def key(self) -> str:
        """Stands for the name in forms."""
        return device_key(self.native)


def source_called(organisation_id: str, *, kind: str, name: str) -> Source | None:
    """The company's source of that kind and name, if it still takes records."""
    named = Source.objects.of(organisation_id).filter(kind=kind, name=name, revoked_at=None)
    return named.first()


def sources(scope: Scope, *, company: str = "", search: str = "") -> ScopedQuerySet[Source]:
    """The sources in the scope, live ones first, by company and name."""
    rows = Source.objects.within(scope).select_related("organisation")
    if company:
        rows = rows.filter(organisation_id=company)
    if search:
        rows = rows.filter(
            Q(name__icontains=search) | Q(organisation__name__icontains=search) | Q(pk=search)
        )
    return rows.order_by("revoked_at", "organisation__name", "name", "id")


def cards(rows: Iterable[Source]) -> list[Card]:
    """The sources with their state; the same number of queries however many rows and companies."""
    listed, moment = list(rows), now()
    companies = {row.organisation_id for row in listed}
    known, calendars = arrivals.known(companies), calendars_of(companies)
    seen = _seen(listed)
    return [
        _card(
            row,
            known.statuses.get(row.id),
            moment=moment,
            around=_around(seen.get(row.id), calendars.get(row.organisation_id), known, row.id),
        )
        for row in listed
    ]


def card(source: Source) -> Card:
    """One source with its state."""
    return cards([source])[0]


def arrival(source: Source) -> Arrival:
    """Whether the source's records arrive and can be read, and what is wrong if not."""
    known = arrivals.known([source.organisation_id])
    status = known.statuses.get(source.id)
    around = surroundings(source, known)
    view = judge(source, status, now=now(), around=around)
    if status is None:
        return Arrival(view, False, False, 0, 0, None, "", "", "")
    is_unreadable = bool(status.records) and not status.readable
    return Arrival(
        view=view,
        has_arrived=bool(status.readable),
        is_unreadable=is_unreadable,
        records=status.records,
        set_aside=status.set_aside,
        first_at=status.first_readable_at,
        sample=veil(visible(status.last_set_aside if is_unreadable else status.first_readable)),
        reason=REASONS.get(status.last_set_aside_reason, "") if status.set_aside else "",
        detail=visible(status.last_set_aside_detail),
    )


def surroundings(source: Source, known: arrivals.Known) -> Surroundings:
    """What one source is judged by."""
    calendar = calendar_of(source.organisation_id)
    return _around(_seen([source]).get(source.id), calendar, known, source.id)


def devices(organisation_id: str) -> list[Device]:
    """The machines seen in a company's records, most recent first."""
    names = dict(DeviceName.objects.of(organisation_id).values_list("native", "nickname"))
    return [
        Device(seen.device, names.get(seen.device, ""), seen.last_seen)
        for seen in arrivals.devices(organisation_id)
    ]


def device_named(organisation_id: str, *, key: str) -> Device | None:
    """The company's machine that a form means: of its records, or that a relay heard."""
    heard = (
        Device(each.native, each.nickname, each.last_heard)
        for each in around(organisation_id).devices
    )
    return next((each for each in (*devices(organisation_id), *heard) if each.key == key), None)


def watched(cards_shown: Iterable[Card]) -> tuple[int, int]:
    """How many live sources are watched, of how many."""
    live = [each for each in cards_shown if each.view.watch is not Watch.REVOKED]
    return sum(each.view.is_watched for each in live), len(live)


def companies_to_add_to(actor: Actor) -> list[Organisation]:
    """Where a person of a company may add sources; staff start from the customer's page."""
    if actor.is_firm_staff or not actor.can(Permission.SOURCE_WRITE):
        return []
    scope = actor.scope(Permission.SOURCE_WRITE)
    return list(Organisation.objects.within(scope).order_by("name"))


def unreadable_days(source: Source) -> list[tuple[SetAsideCount, str]]:
    """Unreadable records of a source per day, newest first, each with its reason in words."""
    counts = arrivals.unreadable(source.organisation_id)
    mine = [count for count in counts if count.source == source.id]
    return [(count, REASONS.get(count.reason, count.reason)) for count in mine[:14]]


def last_arrival(statuses: Iterable[SourceStatus]) -> datetime | None:
    """When any readable record last arrived; None before the first."""
    moments = [each.last_receive for each in statuses if each.readable]
    return max(moments, default=None)


def _seen(listed: Sequence[Source]) -> dict[str, SourceWatch]:
    ids = [row.id for row in listed]
    rows = SourceWatch.objects.across_all(reason="of sources already read in a scope")
    return {row.source_id: row for row in rows.filter(source__in=ids)}


def _around(
    seen: SourceWatch | None, calendar: Calendar | None, known: arrivals.Known, source: str
) -> Surroundings:
    return Surroundings(
        calendar=calendar or NOTHING.calendar,
        health=known.health.get(source),
        usual=usual_of(seen.usual_open, seen.usual_closed) if seen else None,
        usual_every_s=seen.usual_every_s if seen else 0,
        parse_rate=seen.parse_rate if seen else None,
    )


def _card(
    source: Source, status: SourceStatus | None, *, moment: datetime, around: Surroundings
) -> Card:
    sender = sender_of_kind(source.kind)
    return Card(
        source=source,
        view=judge(source, status, now=moment, around=around),
        title=sender.title if sender else KINDS_ONLY_HERE.get(source.kind, source.kind),
        endpoint=endpoint_of(port=source.port, kind=source.kind, relay_port=source.relay_port),
    )

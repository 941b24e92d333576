"""Ways ready to show and to decide by: what a month used, what it cost, what is left."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Sum

from hinomi.business.message_costs import JST, Fill, fill, month_of
from hinomi.portal.access.time import now
from hinomi.portal.ways.models import WayAccount, WayUse
from hinomi.portal.ways.services import UNDO_FOR
from hinomi.respond.channels.registry import KINDS, maker_class

if TYPE_CHECKING:
    from datetime import date, datetime

    from hinomi.portal.access.scope import Scope

_MOST_COMPANIES = 100
_WARNINGS = {
    Fill.FREE: "",
    Fill.NEARLY: "今月の上限の8割を使いました。",
    Fill.OVER: "今月の上限を使い切りました。「今すぐ」のお知らせだけを送ります。",
}


@dataclass(frozen=True, slots=True)
class Month:
    """What one kind did in a month."""

    kind: str
    messages: int = 0
    units: int = 0
    cost_yen: Decimal = Decimal(0)
    quota: int | None = None

    @property
    def fill(self) -> Fill:
        """How full it is."""
        return fill(units=self.units, quota=self.quota)


def is_within_quota(firm_id: str, kind: str, moment: datetime) -> bool:
    """False when the month's quota of this kind is used up. What is 今すぐ goes all the same; other
    messages take the mail."""
    return month(firm_id=firm_id, kind=kind, moment=moment).fill is not Fill.OVER


def month(*, firm_id: str, kind: str, moment: datetime) -> Month:
    """This kind in the month of that moment."""
    way = WayAccount.objects.of_firm(firm_id).filter(kind=kind, removed_at=None).first()
    used = (
        WayUse.objects.of_firm(firm_id)
        .filter(kind=kind, month=month_of(moment))
        .aggregate(Sum("messages"), Sum("units"), Sum("cost_yen"))
    )
    return Month(
        kind=kind,
        messages=used["messages__sum"] or 0,
        units=used["units__sum"] or 0,
        cost_yen=used["cost_yen__sum"] or Decimal(0),
        quota=way.monthly_quota if way else None,
    )


def has_carried(firm_id: str, kind: str, *, since: datetime) -> bool:
    """True when this way took a message in the month of `since` or later: it is set up rightly."""
    rows = WayUse.objects.of_firm(firm_id).filter(kind=kind, month__gte=month_of(since))
    return rows.filter(messages__gt=0).exists()


def over_quota(*, firm_id: str, moment: datetime) -> list[Month]:
    """Kinds whose month is used up: of these the chief is told."""
    kinds = (
        WayAccount.objects.of_firm(firm_id)
        .filter(removed_at=None, monthly_quota__isnull=False)
        .order_by("kind")
        .values_list("kind", flat=True)
    )
    months = [month(firm_id=firm_id, kind=kind, moment=moment) for kind in kinds]
    return [each for each in months if each.fill is Fill.OVER]


@dataclass(frozen=True, slots=True)
class State:
    """How a way is doing, in a word, an icon and a sentence."""

    word: str
    icon: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One way with how it is doing."""

    way: WayAccount
    title: str
    unit: str
    state: State
    month: Month
    warning: str


@dataclass(frozen=True, slots=True)
class CompanyUse:
    """What one company's messages cost this month."""

    name: str
    messages: int
    cost_yen: Decimal


def cards(*, firm_id: str, moment: datetime) -> list[Card]:
    """The firm's ways, in the order in which people read kinds."""
    rows = WayAccount.objects.of_firm(firm_id).filter(removed_at=None)
    return [card(way, moment=moment) for way in sorted(rows, key=lambda row: _place(row.kind))]


def card(way: WayAccount, *, moment: datetime) -> Card:
    """One way: its state and its month."""
    maker = maker_class(way.maker)
    used = month(firm_id=way.firm_id, kind=way.kind, moment=moment)
    return Card(
        way=way,
        title=maker.title_ja,
        unit=maker.unit_ja,
        state=_state(way),
        month=used,
        warning=_WARNINGS[used.fill],
    )


def removed(*, firm_id: str, moment: datetime) -> list[Card]:
    """Those that can still be taken back, newest first."""
    rows = WayAccount.objects.of_firm(firm_id).filter(removed_at__gte=moment - UNDO_FOR)
    return [card(way, moment=moment) for way in rows.order_by("-removed_at")]


def by_company(scope: Scope, *, firm_id: str, moment: datetime) -> list[CompanyUse]:
    """This month's use by company, the dearest first; companies the firm serves now."""
    rows = (
        WayUse.objects.of_firm(firm_id)
        .filter(scope.condition(), month=month_of(moment))
        .values("organisation__name")
        .annotate(total=Sum("messages"), yen=Sum("cost_yen"))
        .order_by("-yen", "-total", "organisation__name")[:_MOST_COMPANIES]
    )
    return [CompanyUse(row["organisation__name"], row["total"], row["yen"]) for row in rows]


def facts(way: WayAccount) -> list[tuple[str, str]]:
    """The open settings in words; secrets are never among them."""
    shown = []
    for name, setting in maker_class(way.maker).settings.items():
        if setting.is_secret:
            continue
        text = str(way.options.get(name, ""))
        shown.append((setting.label, dict(setting.choices).get(text, text)))
    return shown


def today() -> date:
    """The day by which prices are looked up."""
    return now().astimezone(JST).date()


def _state(way: WayAccount) -> State:
    if way.removed_at is not None:
        return State("外しました", "circle-x")
    if way.paused_at is not None:
        return State("止めています", "circle-pause")
    if way.trouble:
        return State("送れませんでした", "octagon-x", way.trouble)
    if way.tried_at is None:
        return State("まだ試していません", "circle-question-mark")
    return State("使っています", "circle-check")


def _place(kind: str) -> int:
    return KINDS.index(kind) if kind in KINDS else len(KINDS)

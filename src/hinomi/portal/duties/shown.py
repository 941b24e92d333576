"""What the page of the rota (O3) shows, ready to print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.timezone import localdate

from hinomi.business.rota import (
    Order,
    Span,
    Weeks,
    is_year_end,
    rest,
    span_of_days,
    week_letter,
    week_of,
)
from hinomi.portal.accounts.models import User
from hinomi.portal.duties.models import DutyMember, Slot, Week
from hinomi.portal.duties.queries import on_duty
from hinomi.portal.duties.rota import USER, gaps_of_week, overloads_of_week
from hinomi.portal.duties.swaps import open_swaps
from hinomi.portal.duties.words import hours_on, short_day_ja, span_ja
from hinomi.portal.organisations.models import Membership

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.duties.models import Swap
    from hinomi.portal.duties.values import OnDuty

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_LETTERS = {Weeks.A: "A週", Weeks.B: "B週"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One duty, or one gap (`who` empty), of a day. `slot_id` where the reader may ask for a
    swap."""

    hours: str
    who: str
    phone: str = ""
    slot_id: int | None = None

    @property
    def is_gap(self) -> bool:
        """Whether nobody is there."""
        return not self.who


@dataclass(frozen=True, slots=True)
class Row:
    """One day: cells by order."""

    day: str
    is_today: bool
    is_rest: bool
    first: list[Cell]
    second: list[Cell]
    chief: list[Cell]

    @property
    def mine(self) -> list[Cell]:
        """The duties for which the reader may ask somebody else."""
        return [cell for cell in (*self.first, *self.second, *self.chief) if cell.slot_id]


@dataclass(frozen=True, slots=True)
class WeekLink:
    """One week of the month, with how far it is."""

    monday: date
    label: str
    state: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class RotaPage:
    """The page of one week."""

    monday: date
    title: str
    letter: str
    is_published: bool
    is_laid: bool
    now: OnDuty
    next_first: str
    rows: list[Row]
    gaps: list[str]
    has_year_end: bool
    overloads: list[str]
    weeks: list[WeekLink]
    swaps: list[Swap]
    colleagues: list[tuple[int, str]]

    @property
    def before(self) -> date:
        """The Monday before."""
        return self.monday - _WEEK

    @property
    def after(self) -> date:
        """The Monday after."""
        return self.monday + _WEEK

    @property
    def month_before(self) -> date:
        """A Monday of the month before."""
        return week_of((self.monday + 3 * _DAY).replace(day=1) - 10 * _DAY)

    @property
    def month_after(self) -> date:
        """A Monday of the month after."""
        first = (self.monday + 3 * _DAY).replace(day=1)
        return week_of((first + 31 * _DAY).replace(day=1) + 6 * _DAY)


def rota_page(firm_id: str, *, monday: date, moment: datetime, user_id: int) -> RotaPage:
    """Everything the page says."""
    week = span_of_days(monday, monday + 6 * _DAY)
    slots = _slots(firm_id, week)
    days = [monday + n * _DAY for n in range(7)]
    missing = gaps_of_week(firm_id, monday)
    names = {USER + str(pk): name for pk, name in colleagues(firm_id)}
    return RotaPage(
        monday=monday,
        title=f"{short_day_ja(monday)}から{short_day_ja(days[-1])}まで",
        letter=_LETTERS[week_letter(monday)],
        is_published=Week.objects.of_firm(firm_id).filter(monday=monday).exists(),
        is_laid=any(week.holds(slot.starts_at) for slot in slots),
        now=on_duty(firm_id, moment),
        next_first=_next(firm_id, moment),
        rows=[_row(day, slots, missing, moment=moment, user_id=user_id) for day in days],
        gaps=[span_ja(span) for span in missing],
        has_year_end=any(map(is_year_end, days)),
        overloads=[
            f"{names.get(each.who, '')}さん：{each.words_ja}"
            for each in overloads_of_week(firm_id, monday)
        ],
        weeks=_weeks(firm_id, monday),
        swaps=open_swaps(firm_id),
        colleagues=[each for each in colleagues(firm_id) if each[0] != user_id],
    )


def colleagues(firm_id: str) -> list[tuple[int, str]]:
    """The firm's active people, by name."""
    people = Membership.objects.across_all(reason="a firm's own people").filter(
        firm=firm_id, user__is_active=True
    )
    users = User.objects.filter(pk__in=people.values("user"))
    return sorted(((user.pk, user.shown_name) for user in users), key=lambda each: each[1])


def phones(firm_id: str) -> dict[int, str]:
    """The numbers that wake the firm's people."""
    return dict(DutyMember.objects.of_firm(firm_id).values_list("user_id", "phone"))


def _slots(firm_id: str, week: Span) -> list[Slot]:
    rows = Slot.objects.of_firm(firm_id).filter(starts_at__lt=week.ends, ends_at__gt=week.starts)
    return list(rows.select_related("user", "partner").order_by("starts_at", "pk"))


def _row(
    day: date, slots: list[Slot], missing: list[Span], *, moment: datetime, user_id: int
) -> Row:
    whole = span_of_days(day, day)
    cells = {order: _cells(day, whole, slots, order, moment, user_id) for order in Order}
    holes = [_gap(day, whole, span) for span in missing if span.touches(whole)]
    return Row(
        day=short_day_ja(day),
        is_today=day == localdate(moment),
        is_rest=rest(day),
        first=[*cells[Order.FIRST], *holes],
        second=cells[Order.SECOND],
        chief=cells[Order.CHIEF],
    )


def _cells(
    day: date, whole: Span, slots: list[Slot], order: Order, moment: datetime, user_id: int
) -> list[Cell]:
    """A duty stands on the day on which it begins."""
    return [
        Cell(
            hours=hours_on(day, slot.starts_at, slot.ends_at),
            who=slot.user.shown_name if slot.user else slot.partner.name if slot.partner else "",
            phone=slot.phone,
            slot_id=slot.pk if _may_swap(slot, moment, user_id) else None,
        )
        for slot in slots
        if slot.order == order and whole.holds(slot.starts_at)
    ]


def _may_swap(slot: Slot, moment: datetime, user_id: int) -> bool:
    return slot.user_id == user_id and slot.published_at is not None and slot.ends_at > moment


def _gap(day: date, whole: Span, span: Span) -> Cell:
    starts, ends = max(span.starts, whole.starts), min(span.ends, whole.ends)
    end = "24:00" if ends == whole.ends else hours_on(day, starts, ends).partition("–")[2]
    return Cell(hours=f"{hours_on(day, starts, ends).partition('–')[0]}–{end}", who="")


def _next(firm_id: str, moment: datetime) -> str:
    """Who follows the present first, and when."""
    coming = Slot.objects.of_firm(firm_id).filter(
        order=Order.FIRST.value, starts_at__gt=moment, published_at__isnull=False
    )
    slot = coming.select_related("user", "partner").order_by("starts_at").first()
    if slot is None:
        return ""
    who = slot.user.shown_name if slot.user else slot.partner.name if slot.partner else ""
    return f"{who}（{span_ja(Span(slot.starts_at, slot.ends_at))}）"


def _weeks(firm_id: str, here: date) -> list[WeekLink]:
    """The weeks whose Thursday lies in the month of this one's."""
    month = (here + 3 * _DAY).month
    monday = week_of((here + 3 * _DAY).replace(day=1) - 3 * _DAY)
    mondays = [
        day for day in (monday + n * _WEEK for n in range(7)) if (day + 3 * _DAY).month == month
    ]
    known = set(
        Week.objects.of_firm(firm_id).filter(monday__in=mondays).values_list("monday", flat=True)
    )
    return [
        WeekLink(
            monday=day,
            label=short_day_ja(day),
            state="公開済み" if day in known else "公開前",
            is_here=day == here,
        )
        for day in mondays
    ]

"""いま: what is owed next over all customers, who is on duty, and how we ourselves do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.business.promises import NEVER
from hinomi.portal.access.time import now
from hinomi.portal.boards.counting import counted, last_week
from hinomi.portal.boards.models import Counter
from hinomi.portal.duties.models import Booking
from hinomi.portal.duties.queries import on_duty
from hinomi.portal.incidents.queries import queue
from hinomi.portal.incidents.queries.feed import Feed, feed
from hinomi.portal.incidents.queries.lists import as_rows
from hinomi.portal.notices.models import Notice, NoticeState
from hinomi.portal.rejudgings.queries import Rate, rates

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hinomi.portal.access.scope import Scope
    from hinomi.portal.duties.values import OnDuty

SHOWN = 20
OLD_AFTER = timedelta(minutes=5)  # data older than that is shown grey
_LATE_NOTICE = timedelta(minutes=5)
_LINKS: Mapping[Counter, str] = {
    Counter.WORKING: "queue/?view=all",
    Counter.WAITING: "queue/?view=all&state=waiting",
    Counter.UNWATCHED: "sensors/?view=trouble",
}


@dataclass(frozen=True, slots=True)
class Due:
    """One thing owed: an incident's next step, or a call that was promised to a customer."""

    at: datetime
    order: int
    what: str
    company: str
    organisation_id: str
    who: str
    number: str = ""
    level: str = ""
    needs_help: bool = False

    def remaining(self, moment: datetime) -> str:
        """「あと12分」."""
        return queue.remaining_ja(self.at, moment=moment)


@dataclass(frozen=True, slots=True)
class Line:
    """A due thing as the page shows it at one moment."""

    due: Due
    remaining: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Count:
    """One counter beside last week's."""

    word: str
    count: int
    link: str
    compared: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of ourselves: whether it does its work, in a sentence."""

    word: str
    is_well: bool
    told: str


@dataclass(frozen=True, slots=True)
class Board:
    """The page."""

    moment: datetime
    lines: tuple[Line, ...]
    counts: tuple[Count, ...]
    duty: OnDuty
    parts: tuple[Part, ...]
    rates: tuple[Rate, ...]
    data_at: datetime
    is_old: bool


def board(scope: Scope, *, firm_id: str, user_id: int) -> Board:
    """Everything on いま, in a number of queries that does not grow with the customers."""
    moment, state = now(), feed()
    dues = [*_incidents(scope, user_id=user_id), *_promises(scope)]
    dues.sort(key=lambda due: (due.at, due.order, due.number))
    data_at = moment - max(
        (each for each in (state.worker, state.bell) if each), default=timedelta()
    )
    return Board(
        moment=moment,
        lines=tuple(Line(due, due.remaining(moment), due.at < moment) for due in dues[:SHOWN]),
        counts=_counts(scope, firm_id=firm_id),
        duty=on_duty(firm_id, moment),
        parts=_parts(state, moment=moment),
        rates=tuple(rates(firm_id)),
        data_at=data_at,
        is_old=not state.is_known or moment - data_at > OLD_AFTER,
    )


def _incidents(scope: Scope, *, user_id: int) -> list[Due]:
    """The first of the queue that are owed anything."""
    found = queue.page(scope, queue.Question("all"), user_id=user_id, size=SHOWN)
    return [
        Due(
            at=row.incident.due_at,
            order=row.incident.level_order,
            what=row.title,
            company=row.incident.organisation.name,
            organisation_id=row.incident.organisation_id,
            who=row.incident.assigned_to.shown_name if row.incident.assigned_to else "",
            number=row.incident.number,
            level=row.level,
            needs_help=row.needs_help,
        )
        for row in as_rows(found.items)
        if row.incident.due_at is not None and row.incident.due_at < NEVER
    ]


def _promises(scope: Scope) -> list[Due]:
    """Calls that customers were promised and nobody made yet."""
    rows = Booking.objects.within(scope).filter(kept_at=None, dropped_at=None)
    found = rows.select_related("organisation", "user").order_by("promised_at", "pk")[:SHOWN]
    return [
        Due(
            at=row.promised_at,
            order=-1,
            what=f"約束した電話：{row.what}",
            company=row.organisation.name,
            organisation_id=row.organisation_id,
            who=row.person,
        )
        for row in found
    ]


def _counts(scope: Scope, *, firm_id: str) -> tuple[Count, ...]:
    present, before = counted(scope), last_week(firm_id)
    return tuple(
        Count(
            word=counter.label,
            count=count,
            link=f"/{_LINKS[counter]}",
            compared=_compared(count, before.get(counter)),
        )
        for counter, count in present.items()
    )


def _compared(count: int, before: int | None) -> str:
    if before is None:
        return "先週の数はありません"
    if count == before:
        return "先週と同じ"
    return f"先週より{abs(count - before)}{'多い' if count > before else '少ない'}（先週{before}）"


def _parts(state: Feed, *, moment: datetime) -> tuple[Part, ...]:
    late = Notice.objects.across_all(reason="a total over the installation, naming nobody").filter(
        state__in=[NoticeState.QUEUED, NoticeState.SENDING], due_at__lt=moment - _LATE_NOTICE
    )
    waiting = late.count()
    return (
        _way("記録を読む", state.worker, is_known=state.is_known),
        _way("案件にする", state.bell, is_known=state.is_known),
        Part(
            "お知らせを送る",
            not waiting,
            f"5分より遅れているお知らせが{waiting}件あります" if waiting else "遅れはありません",
        ),
    )


def _way(word: str, behind: timedelta | None, *, is_known: bool) -> Part:
    if not is_known:
        return Part(word, False, "確かめられません")
    minutes = int((behind or timedelta()).total_seconds() // 60)
    return Part(word, minutes < 2, f"{minutes}分遅れています" if minutes else "遅れはありません")

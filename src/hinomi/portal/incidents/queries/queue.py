"""The console's queue: whose promise breaks next. Read by keyset, so that a page costs the same at
its beginning and after 100,000 rows, and rows that come or go meanwhile shift nothing.

The order is kept in `Incident.due_at` and `level_order`; closed rows have no `due_at`, so the index
on both holds open rows only, and the first page is its first entries.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db.models import Q

from hinomi.business.promises import NEVER
from hinomi.core.words import ActionLevel, IncidentState
from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import CLOSED_STATES, Incident
from hinomi.portal.organisations.models import Organisation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

SIZE = 20  # a screenful; keeps the page light however different the rows are
AT_ONCE = 200  # as many as one press may change
COUNTED = 1000  # beyond, "more than" is all anybody needs; counting all would cost a walk
_TEXT_MOST = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"(?:k[-‐ー−]?)?(\d{3,18})", re.IGNORECASE)
# Both halves say the same of every row that was saved; the first is the truth, the second is what
# the index holds.
OPEN = ~Q(state__in=CLOSED_STATES) & Q(due_at__isnull=False)


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at the queue. `condition` gets the person and the time. `keys` is the order:
    column, and whether it falls; the last one is unique."""

    word: str
    condition: Callable[[int, datetime], Q]
    keys: tuple[tuple[str, bool], ...] = (
        ("due_at", False),
        ("level_order", False),
        ("pk", False),
    )


_NEWEST = (("pk", True),)
VIEWS: Mapping[str, View] = {
    "mine": View("自分", lambda user_id, _: OPEN & Q(assigned_to=user_id)),
    "unassigned": View("未割当", lambda *_: OPEN & Q(assigned_to=None)),
    "waiting": View(
        "お客様待ち超過",
        lambda _, moment: OPEN & Q(state=IncidentState.WAITING.value, due_at__lt=moment),
    ),
    "now": View("今すぐ", lambda *_: OPEN & Q(level=ActionLevel.NOW.value)),
    "all": View("すべて", lambda *_: OPEN),
    "done": View(
        "終わったもの",
        lambda *_: Q(state__in=CLOSED_STATES, closed_at__isnull=False),
        (("closed_at", True), ("pk", True)),
    ),
}
FIRST = "unassigned"
_FOUND = View("さがした結果", lambda *_: Q(), _NEWEST)
_COUNTED_VIEWS = ("mine", "unassigned", "waiting", "now")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the queue. With a search and no view, all incidents are searched."""

    view: str = ""
    search: str = ""
    company: str = ""
    level: str = ""
    state: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Question:
        """From an address; what it does not know is left out."""
        level, state = asked.get("level", ""), asked.get("state", "")
        view, search = asked.get("view", ""), clean(asked.get("q", ""))
        if view not in VIEWS:
            view = "" if search else FIRST
        return cls(
            view=view,
            search=search,
            company=clean(asked.get("company", "")),
            level=level if level in list(ActionLevel) else "",
            state=state if state in list(IncidentState) else "",
        )

    @property
    def address(self) -> str:
        """The part of the address behind `?`, always in the same order."""
        parts = {
            "view": self.view,
            "q": self.search,
            "company": self.company,
            "level": self.level,
            "state": self.state,
        }
        return urlencode({name: value for name, value in parts.items() if value})

    @property
    def shown_as(self) -> View:
        """The view it is asked of."""
        return VIEWS.get(self.view, _FOUND)


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows in order, and the places before and behind them ("" where there is nothing)."""

    items: Sequence[Incident]
    before: str
    after: str


def rows_of(scope: Scope, question: Question, *, user_id: int) -> ScopedQuerySet[Incident]:
    """The incidents in question, in no order."""
    rows = Incident.objects.within(scope).filter(question.shown_as.condition(user_id, now()))
    if question.company:
        rows = rows.filter(organisation_id=question.company)
    if question.level:
        rows = rows.filter(level=question.level)
    if question.state:
        rows = rows.filter(state=question.state)
    return rows.filter(_search(question.search)) if question.search else rows


def page(
    scope: Scope,
    question: Question,
    *,
    user_id: int,
    after: str = "",
    before: str = "",
    size: int = SIZE,
) -> Slice:
    """The rows behind the place `after`, or those before the place `before`; a place that is none
    gives the beginning."""
    keys = question.shown_as.keys
    rows = rows_of(scope, question, user_id=user_id).select_related("organisation", "assigned_to")
    place, is_back = _place(before, keys), True
    if place is None:
        place, is_back = _place(after, keys), False
    ordered = [(name, falls is not is_back) for name, falls in keys]
    if place is not None:
        rows = rows.filter(_beyond(ordered, place))
    rows = rows.order_by(*(f"-{name}" if falls else name for name, falls in ordered))
    found = list(rows[: size + 1])
    more, items = len(found) > size, found[:size]
    if is_back:
        items.reverse()
    has_before, has_after = (more, True) if is_back else (place is not None, more)
    return Slice(
        items,
        _token(items[0], keys) if has_before and items else "",
        _token(items[-1], keys) if has_after and items else "",
    )


def counts(scope: Scope, *, user_id: int) -> dict[str, int]:
    """How many incidents the views of work hold, up to COUNTED."""
    moment, rows = now(), Incident.objects.within(scope)
    return {
        name: rows.filter(VIEWS[name].condition(user_id, moment)).values("pk")[:COUNTED].count()
        for name in _COUNTED_VIEWS
    }


def remaining_ja(due: datetime | None, *, moment: datetime) -> str:
    """「あと12分」 or 「3時間 過ぎています」; "" when nothing is owed."""
    if due is None or due >= NEVER:
        return ""
    left = due - moment
    words = _length_ja(abs(left))
    return f"あと{words}" if left > timedelta() else f"{words} 過ぎています"


def _length_ja(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes}分"
    return f"{minutes // 60}時間" if minutes < 48 * 60 else f"{minutes // (24 * 60)}日"


def typed_number(text: str) -> str:
    """受付番号 in our way of writing, however it was typed; "" for anything else."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    found = _NUMBER.fullmatch(plain)
    return f"K-{found[1]}" if found else ""


def clean(typed: str) -> str:
    """What a person typed, without what no search can hold (PostgreSQL takes no zero byte)."""
    return "".join(each for each in typed if each.isprintable()).strip()[:_TEXT_MOST]


def _search(text: str) -> Q:
    """受付番号, however it was typed; else a part of a machine's or company's name."""
    number = typed_number(text)
    if number and unicodedata.normalize("NFKC", text).strip()[0] in "kK":
        return Q(number=number)  # one look at an index instead of a walk over every name
    companies = Organisation.objects.across_all(reason="rows stay within the scope")
    named = companies.filter(name__icontains=text).values("pk")
    words = Q(device__icontains=text) | Q(organisation__in=named)
    return words | Q(number=number) if number else words


def _beyond(keys: Sequence[tuple[str, bool]], place: Sequence[object]) -> Q:
    """Rows that stand behind the place in this order. The first key's bound stands alone too: it
    is the range that the index is entered by."""
    beyond, same = Q(), Q()
    for (name, falls), value in zip(keys, place, strict=True):
        beyond |= same & Q(**{f"{name}__{'lt' if falls else 'gt'}": value})
        same &= Q(**{name: value})
    first, falls = keys[0]
    return Q(**{f"{first}__{'lte' if falls else 'gte'}": place[0]}) & beyond


def _token(row: Incident, keys: Sequence[tuple[str, bool]]) -> str:
    return ".".join(str(_as_number(getattr(row, name))) for name, _ in keys)


def _as_number(value: object) -> object:
    return (value - _EPOCH) // timedelta(microseconds=1) if isinstance(value, datetime) else value


def _place(token: str, keys: Sequence[tuple[str, bool]]) -> list[object] | None:
    parts = token.split(".")
    if len(parts) != len(keys) or not all(p.isascii() and p.isdigit() for p in parts):
        return None
    if any(len(part) > 18 for part in parts):
        return None
    try:
        return [
            _EPOCH + timedelta(microseconds=int(part)) if name.endswith("_at") else int(part)
            for (name, _), part in zip(keys, parts, strict=True)
        ]
    except OverflowError:
        return None

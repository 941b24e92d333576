"""What is too much for one person on a rota, and how that is said. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from hinomi.business.rota import JAPAN, stretches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hinomi.business.rota import Duty, Span

_DAY = timedelta(days=1)
_NIGHT_BEGINS, _NIGHT_ENDS = time(22), time(5)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a firm asks of one person."""

    nights_in_row: int = 3
    nights_in_month: int = 8
    rest_hours: int = 11


@dataclass(frozen=True, slots=True)
class Overload:
    """One limit that is broken, with what would be said of it after the person's name."""

    who: str
    words_ja: str


def overloads(duties: Iterable[Duty], *, limits: Limits) -> list[Overload]:
    """Every broken limit, by person. Give all duties of the month, not only the new ones."""
    held: dict[str, list[Span]] = {}
    for duty in duties:
        held.setdefault(duty.who, []).append(duty.span)
    return [
        Overload(who, words)
        for who, spans in sorted(held.items())
        for words in _broken(list(stretches(spans)), limits)
    ]


def nights(spans: Iterable[Span]) -> set[date]:
    """The nights (by the day on which they begin) of which somebody is on duty an hour or more."""
    found = set()
    for span in spans:
        day = span.starts.astimezone(JAPAN).date() - _DAY
        while day <= span.ends.astimezone(JAPAN).date():
            begins = datetime.combine(day, _NIGHT_BEGINS, tzinfo=JAPAN)
            ends = datetime.combine(day + _DAY, _NIGHT_ENDS, tzinfo=JAPAN)
            if min(span.ends, ends) - max(span.starts, begins) >= timedelta(hours=1):
                found.add(day)
            day += _DAY
    return found


def _broken(spans: list[Span], limits: Limits) -> Iterator[str]:
    held = nights(spans)
    for first, count in _runs(sorted(held)):
        if count > limits.nights_in_row:
            yield (
                f"{first.month}月{first.day}日から、夜が{count}日続きます。"
                f"続けてよいのは{limits.nights_in_row}日までです。"
            )
    for (year, month), count in sorted(Counter((d.year, d.month) for d in held).items()):
        if count > limits.nights_in_month:
            yield (
                f"{year}年{month}月の夜が{count}日あります。"
                f"1か月に{limits.nights_in_month}日までです。"
            )
    for before, after in pairwise(spans):
        hours = (after.starts - before.ends) / timedelta(hours=1)
        if hours < limits.rest_hours:
            at = before.ends.astimezone(JAPAN)
            yield (
                f"{at.month}月{at.day}日の{at.hour}時のあと、休みが{hours:g}時間しかありません。"
                f"{limits.rest_hours}時間は空けてください。"
            )


def _runs(days: list[date]) -> Iterator[tuple[date, int]]:
    """First day and length of each run of days that follow one another."""
    start, count = None, 0
    for day in days:
        if start is not None and day == start + count * _DAY:
            count += 1
            continue
        if start is not None:
            yield start, count
        start, count = day, 1
    if start is not None:
        yield start, count

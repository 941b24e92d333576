"""A sign-in at an hour at which this company does not work: its own hours, by kind of day.

Hours count on the company's clock; public holidays are not known and count as the day they fall on.
State: one row per company, 72 hours of three days each (about 1 kB), and one small row per person
and day told.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from hinomi.detect.baselines.learning import Learning
from hinomi.detect.baselines.measure import (
    MEMORY_DAYS,
    WEEKDAYS_JA,
    BaselineTeller,
    Difference,
    Sighting,
    short_key,
)
from hinomi.detect.baselines.sign_ins import SIGN_INS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from hinomi.core.records import Event
    from hinomi.detect.baselines.measure import Memory
    from hinomi.detect.baselines.sign_ins import SignIn

ENOUGH_DAYS = 2  # on which somebody signed in within an hour of it: then the hour is usual
_KEPT_DAYS = ENOUGH_DAYS + 1  # one of them may be the very day in question
_TOLD_DAYS = 30
_KINDS = ("平日", "土曜", "日曜")
_SATURDAY = 5


class Hours(msgspec.Struct, array_like=True):
    """`days`: kind of day * 24 + hour → the newest days, as ordinals, with a sign-in then."""

    learning: Learning = msgspec.field(default_factory=Learning)
    days: dict[int, list[int]] = msgspec.field(default_factory=dict)

    def is_usual(self, kind: int, hour: int, *, day: int) -> bool:
        """Whether enough other days have a sign-in in this hour, the one before or after."""
        near = (kind * 24 + each for each in range(max(0, hour - 1), min(23, hour + 1) + 1))
        found = {each for cell in near for each in self.days.get(cell, ()) if each != day}
        return sum(day - each <= MEMORY_DAYS for each in found) >= ENOUGH_DAYS

    def see(self, kind: int, hour: int, *, day: int) -> bool:
        """Note a sign-in; whether that changed anything."""
        cell = self.days.setdefault(kind * 24 + hour, [])
        before = list(cell)
        cell[:] = sorted({*cell, day})[-_KEPT_DAYS:]
        return self.learning.see(day) or cell != before

    def in_words(self) -> str:
        """「平日8〜20時、土曜9〜13時」: from the first to the last usual hour of each kind."""
        parts = []
        for kind, name in enumerate(_KINDS):
            hours = [
                hour
                for hour in range(24)
                if len(self.days.get(kind * 24 + hour, ())) >= ENOUGH_DAYS
            ]
            if hours:
                parts.append(f"{name}{hours[0]}〜{hours[-1] + 1}時")
        return "、".join(parts) or "決まった時間"


class Told(msgspec.Struct, array_like=True):
    """This person was told of on this day."""

    day: int


@dataclass(frozen=True, slots=True)
class UnusualHour:
    """Told once per person and day."""

    teller: BaselineTeller
    readers: Mapping[str, Callable[[Event], Sighting | None]]

    def judge(self, sighting: Sighting, memory: Memory) -> Difference | None:
        """See Measure."""
        local, day = memory.local, memory.day
        kind, hour = _kind_of(local), local.hour
        hours = memory.read("hours", Hours) or Hours()
        is_usual = hours.is_usual(kind, hour, day=day) or not hours.learning.has_learnt(day)
        usual = hours.in_words()
        if hours.see(kind, hour, day=day):
            memory.write("hours", hours, last_day=hours.learning.last, days=MEMORY_DAYS)
        told = short_key("told", str(day), sighting.value)
        if is_usual or memory.read(told, Told) is not None:
            return None
        memory.write(told, Told(day), last_day=day, days=_TOLD_DAYS)
        return Difference(
            key=short_key(str(kind), str(hour)),
            usual=usual,
            differs=f"{WEEKDAYS_JA[local.weekday()]}曜{local:%-H:%M}",
            asked=f"fewer than {ENOUGH_DAYS} days with a sign-in within an hour of {hour}:00",
        )


def _kind_of(local: datetime) -> int:
    return max(0, local.weekday() - _SATURDAY + 1)


def _read(sign_in_of: Callable[[Event], SignIn | None], event: Event) -> Sighting | None:
    found = sign_in_of(event)
    if found is None:
        return None
    user = found.user
    return Sighting("", user.lower(), user, found.source_field, slots={"user": user})


UNUSUAL_HOUR = UnusualHour(
    teller=BaselineTeller(
        id="baseline-unusual-hour",
        title="A sign-in at an hour this company does not work",
        case="unusual_login",
        title_ja="ふだんと違う時刻のログイン",
        tags=("attack.initial-access", "attack.t1078"),
        group_by="user",
    ),
    readers={shape: partial(_read, sign_in_of) for shape, sign_in_of in SIGN_INS.items()},
)

"""What all measures share: a sighting, who tells, the company's own calendar, and the memory.

A measure is judged in event time and in the order of arrival: a late event is compared with the
days before its own, and what was once told is not told again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from hinomi.core.findings import Why
from hinomi.core.state import StateKey
from hinomi.core.words import ActionLevel, Certainty, Level
from hinomi.detect.found import Found
from hinomi.detect.rule import Handling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hinomi.core.records import Event
    from hinomi.core.state import KeyedState

KIND = "baseline"
LEARNING_DAYS = 14  # distinct days with such events before the day in question; silent until then
MEMORY_DAYS = 180  # not seen for so long: forgotten, and new again
WEEKDAYS_JA = "月火水木金土日"
Body = TypeVar("Body")
_LONGEST_VALUE, _LONGEST_SLOT = 1_000, 200
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing a measure reads out of an event.

    `scope` is within what it is normal or not: "" for the company, else a device. `value` is the
    thing itself, spelt one way; `shown` is how people call it; `source_field` the native field
    it is from. `amount` is for measures that add up. `ear`: what is heard in another way is learnt
    for itself, so that a new ear does not tell everything it hears at first.
    """

    scope: str
    value: str
    shown: str
    source_field: str
    amount: int = 0
    ear: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BaselineTeller:
    """A measure as one who tells (see detect/found.py). Being unusual is no proof of anything:
    確認だけ, and never more than "possible"."""

    id: str
    title: str
    case: str
    title_ja: str
    tags: Sequence[str] = ()
    group_by: str = "device"
    level: Level = Level.LOW

    @property
    def handling(self) -> Handling:
        """The customer's text, and a level no other verdict raises."""
        return Handling(
            case=self.case,
            title_ja=self.title_ja,
            group_by=self.group_by,
            action=ActionLevel.CHECK,
            certainty=Certainty.POSSIBLE,
        )


class Measure(Protocol):
    """One measure. `readers`: per shape, what it reads out of an event; None when nothing."""

    @property
    def teller(self) -> BaselineTeller:
        """Who tells."""
        ...

    @property
    def readers(self) -> Mapping[str, Callable[[Event], Sighting | None]]:
        """By the event's shape."""
        ...

    def judge(self, sighting: Sighting, memory: Memory) -> Difference | None:
        """Remember the sighting, and say what differs from before, if anything does."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs. `key` names it for 「これはいつものことです」; `usual` and `differs` are for
    the customer, Japanese and short; `asked` is for the analyst, English."""

    key: str
    usual: str
    differs: str
    asked: str


@dataclass(frozen=True, slots=True)
class Memory:
    """One measure's memory of one company, at one event. `local` is the company's own clock."""

    state: KeyedState
    organisation: str
    measure: str
    local: datetime

    @property
    def day(self) -> int:
        """The company's calendar day of the event, as an ordinal."""
        return self.local.toordinal()

    def read(self, group: str, kind: type[Body]) -> Body | None:
        """What stands there; None when nothing does or another release laid it out."""
        body = self.state.get(self._key(group))
        if body is None:
            return None
        try:
            return msgspec.msgpack.decode(body, type=kind)
        except msgspec.MsgspecError:
            return None

    def write(self, group: str, body: msgspec.Struct, *, last_day: int, days: int) -> None:
        """Keep for `days` after the newest day it speaks of."""
        until = _midnight(last_day + days + 1)
        self.state.put(self._key(group), msgspec.msgpack.encode(body), expires=until)

    def _key(self, group: str) -> StateKey:
        return StateKey(self.organisation, KIND, self.measure, group)


def short_key(*parts: str) -> str:
    """Values come from the wire, in any length: 24 hex digits stand for them."""
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:24]


def found_of(
    teller: BaselineTeller, event: Event, sighting: Sighting, difference: Difference
) -> Found:
    """In words: what is normal and what differs. `usual_key` leads a confirmation back here."""
    why = Why(
        selection="baseline",
        field=sighting.source_field,
        value=sighting.shown[:_LONGEST_VALUE],
        pattern=difference.asked,
    )
    told = {
        "usual": difference.usual,
        "differs": difference.differs,
        "usual_key": difference.key,
    }
    slots = {
        name: value[:_LONGEST_SLOT] for name, value in {**sighting.slots, **told}.items() if value
    }
    return Found(teller, event, (why,), event.event_id, slots=slots)


def _midnight(ordinal: int) -> datetime:
    try:
        return datetime.fromordinal(ordinal).replace(tzinfo=UTC) + timedelta(days=1)
    except (OverflowError, ValueError):
        return _LAST

"""When it is night for a company: outside the hours agreed with it, and on its closed days. Pure.

Night has nothing to do with darkness: it is when nobody is there to pull a cable.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, time

    from hinomi.business.working_days import Calendar


class NightAct(StrEnum):
    """What the machine may do alone while nobody is there."""

    ISOLATE = "isolate"
    BLOCK = "block"
    LOCK = "lock"

    @property
    def ja(self) -> str:
        """What the customer reads."""
        return _ACTS[self]


_ACTS = {
    NightAct.ISOLATE: "感染が疑わしいパソコンを、ネットワークから切り離します",
    NightAct.BLOCK: "攻撃者のサーバーとの通信を止めます",
    NightAct.LOCK: "勝手に使われた疑いが強い利用者IDを止めます",
}


class Rung(StrEnum):
    """Who of the company is rung at night."""

    NOBODY = "nobody"
    FIRST = "first"
    EVERYBODY = "everybody"

    @property
    def ja(self) -> str:
        """What the customer reads."""
        return _RUNG[self]


_RUNG = {
    Rung.NOBODY: "夜は、だれにも電話しません",
    Rung.FIRST: "夜は、1番目の連絡先だけに電話します",
    Rung.EVERYBODY: "夜は、連絡先の順に、出るまで電話します",
}


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours agreed with a company."""

    opens: time
    closes: time


def is_night(calendar: Calendar, moment: datetime, *, hours: Hours | None = None) -> bool:
    """True outside the agreed hours (without any: the company's own) and on closed days."""
    local = calendar.local(moment)
    opens = hours.opens if hours else calendar.opens
    closes = hours.closes if hours else calendar.closes
    return not (opens <= local.time() < closes and calendar.is_open_day(local.date()))


def may_ring(*, at: time, until: time | None, opens: time) -> bool:
    """Whether somebody may still be rung at this time of a night. `until` may lie after midnight;
    None: the whole night. The night ends when the company opens."""
    if until is None or until == opens:
        return True
    if until < opens:  # after midnight
        return at < until or at >= opens
    return opens <= at < until

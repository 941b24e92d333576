"""What other apps are told of duty and of nights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, time

    from hinomi.business.night import NightAct, Rung


@dataclass(frozen=True, slots=True)
class DutyPerson:
    """Who is on duty and how they are reached. `user_id` None: a partner firm's duty desk."""

    user_id: int | None
    name: str
    phone: str
    mail: str


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who holds a firm's duty at a moment. While a partner SOC's slot holds, `first` is its desk,
    `firm_id` the partner, and after `answer_minutes` without an answer `chief` is rung. `phone` is
    the number customers are told. `is_planned` False: no slot holds, so `chief` stands in."""

    first: DutyPerson | None = None
    second: DutyPerson | None = None
    chief: DutyPerson | None = None
    firm_id: str = ""
    answer_minutes: int = 0
    phone: str = ""

    @property
    def is_planned(self) -> bool:
        """Whether somebody is on duty by the rota."""
        return self.first is not None


@dataclass(frozen=True, slots=True)
class NightPromise:
    """What was agreed with a company about its nights. Nothing agreed (`agreed_on` None): the
    machine does nothing alone, and whoever the company named for the night is rung."""

    acts: frozenset[NightAct]
    rung: Rung
    rung_until: time | None
    waits: str
    opens: time
    closes: time
    agreed_on: date | None
    agreed_by: str

    def may(self, act: NightAct) -> bool:
        """Whether the machine may do this alone at night."""
        return act in self.acts

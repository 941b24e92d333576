"""Clocks ready to show: of one incident, and of everybody what is still due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.business.legal_clocks import Breach, Clock, Deadline, State, deadlines
from hinomi.portal.papers.law import law
from hinomi.portal.papers.models import Delivery, Recognition

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hinomi.portal.incidents.models import Incident


@dataclass(frozen=True, slots=True)
class ClockView:
    """One clock of an incident at a moment."""

    deadline: Deadline
    state: State
    days_left: int
    delivery: Delivery | None

    @property
    def left_ja(self) -> str:
        """How long still, in words."""
        if self.state is State.DONE:
            return "提出済み"
        if self.days_left == 0:
            return "今日まで"
        return f"あと{self.days_left}日" if self.days_left > 0 else f"{-self.days_left}日過ぎました"


@dataclass(frozen=True, slots=True)
class Due:
    """A report nobody has handed in yet."""

    organisation_id: str
    incident_number: str
    clock: Clock
    deadline: Deadline
    state: State


def recognitions(incident: Incident) -> list[Recognition]:
    """認知 of the incident, the one that holds first."""
    rows = Recognition.objects.of(incident.organisation_id).filter(incident=incident)
    return list(rows.select_related("recorded_by").order_by("-place"))


def clocks(incident: Incident, moment: datetime) -> list[ClockView]:
    """The clocks that run, or ran; none before 認知 is written."""
    holds = recognitions(incident)[:1]
    rows = Delivery.objects.of(incident.organisation_id).filter(incident=incident)
    standing = rows.filter(withdrawn_at=None).select_related("recorded_by")
    done = {Clock(row.clock): row for row in standing}
    return [
        _view(deadline, done.get(deadline.clock), moment)
        for row in holds
        for deadline in _deadlines(row)
    ]


def due(moment: datetime) -> list[Due]:
    """All companies' reports that are not handed in, the next first."""
    why = "legal clocks are watched over all companies"
    known = Recognition.objects.across_all(reason=why).select_related("incident")
    holding = {row.incident_id: row for row in known.order_by("incident_id", "place")}
    rows = Delivery.objects.across_all(reason=why).filter(withdrawn_at=None)
    done = set(rows.values_list("incident_id", "clock"))
    found = [each for row in holding.values() for each in _due(row, done, moment)]
    return sorted(found, key=lambda each: (each.deadline.last, each.incident_number))


def _due(row: Recognition, done: set[tuple[int, str]], moment: datetime) -> Iterable[Due]:
    for deadline in _deadlines(row):
        if (row.incident_id, deadline.clock.value) not in done:
            yield Due(
                organisation_id=row.organisation_id,
                incident_number=row.incident.number,
                clock=deadline.clock,
                deadline=deadline,
                state=deadline.state(moment, done_at=None),
            )


def _deadlines(row: Recognition) -> tuple[Deadline, ...]:
    return deadlines(recognised_at=row.at, breach=Breach(row.breach), rules=law().rules)


def _view(deadline: Deadline, delivery: Delivery | None, moment: datetime) -> ClockView:
    return ClockView(
        deadline=deadline,
        state=deadline.state(moment, done_at=delivery.at if delivery else None),
        days_left=deadline.days_left(moment),
        delivery=delivery,
    )

"""Hunts ready to show. Findings of companies the person does not reach now are left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.errors import StoreDamaged, UsageError
from hinomi.portal.access.time import configuration
from hinomi.portal.hunts.models import Hunt, HuntState
from hinomi.portal.hunts.words import TROUBLES
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.ui.visible import visible
from hinomi.store.hunt_rows import HuntProgress, HuntTrouble
from hinomi.store.hunts import hunt_named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import QuerySet

    from hinomi.core.findings import Finding
    from hinomi.portal.access.scope import Scope
    from hinomi.store.hunts import HuntFolder

SHOWN = 50  # a screenful; a hunt that finds more is too wide to read one by one
_REASONS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One finding. `why` are "field = value" lines."""

    at: datetime
    company: str
    device: str
    title: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """One hunt as one person sees it now."""

    hunt: Hunt
    percent: int
    events: int
    beyond: int
    faults: tuple[str, ...]
    rows: tuple[Row, ...]
    has_more: bool
    trouble: str

    @property
    def version(self) -> tuple[object, ...]:
        """Changes whenever the page would look different."""
        return (self.hunt.id, self.hunt.state, self.percent, self.events, len(self.rows))


def hunts(scope: Scope) -> QuerySet[Hunt]:
    """Newest first; ids begin with the time."""
    return Hunt.objects.within(scope).select_related("ordered_by").order_by("-id")


def sight(hunt: Hunt, *, scope: Scope) -> Sight:
    """What there is to see of it."""
    folder = _folder(hunt)
    progress = folder.progress if folder else HuntProgress()
    rows, has_more = _rows(folder, scope=scope) if folder else ((), False)
    return Sight(
        hunt=hunt,
        percent=_percent(hunt, folder, progress),
        events=progress.rows,
        beyond=progress.beyond,
        faults=progress.faults,
        rows=rows,
        has_more=has_more,
        trouble=_trouble(folder),
    )


def _trouble(folder: HuntFolder | None) -> str:
    """What kept it from its end, and what to do."""
    end = folder.end if folder else None
    return TROUBLES[end.trouble if end and end.trouble else HuntTrouble.OTHER]


def _folder(hunt: Hunt) -> HuntFolder | None:
    try:
        return hunt_named(hunt.id, data=configuration().data)
    except UsageError:  # it still waits for its turn
        return None


def _percent(hunt: Hunt, folder: HuntFolder | None, progress: HuntProgress) -> int:
    if hunt.state == HuntState.DONE:
        return 100
    plan = folder.plan if folder else None
    if plan is None or not plan.portions:
        return 0
    return min(99, 100 * progress.reached.portion // len(plan.portions))


def _rows(folder: HuntFolder, *, scope: Scope) -> tuple[tuple[Row, ...], bool]:
    reached = Organisation.objects.within(scope).filter(pk__in=folder.order.scope.organisations)
    names = dict(reached.values_list("pk", "name"))
    rows: list[Row] = []
    for finding in _findings(folder):
        if finding.organisation not in names:
            continue
        if len(rows) == SHOWN:
            return tuple(rows), True
        rows.append(_row(finding, names[finding.organisation]))
    return tuple(rows), False


def _findings(folder: HuntFolder) -> Iterator[Finding]:
    """A damaged file shows what could be read of it."""
    try:
        yield from folder.findings()
    except StoreDamaged:
        return


def _row(finding: Finding, company: str) -> Row:
    return Row(
        at=finding.event_time,
        company=company,
        device=finding.device,
        title=finding.rule_title_ja or finding.rule_title,
        why=tuple(
            visible(f"{why.field} = {why.value}" if why.field else why.value)[:200]
            for why in finding.why[:_REASONS]
        ),
    )

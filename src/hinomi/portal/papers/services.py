"""Writes 認知 and what was handed in: nothing is overwritten, twice is once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.business.legal_clocks import Breach
from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.incidents.opening import locked
from hinomi.portal.papers.models import Delivery, Recognition

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.business.legal_clocks import Clock
    from hinomi.portal.accounts.models import User
    from hinomi.portal.incidents.models import Incident

_FUTURE_MOST = timedelta(minutes=5)  # a clock of ours may be that wrong


class ChangedMeanwhile(HinomiError):
    """Somebody else wrote after this person opened the page."""


class NotYet(HinomiError):
    """The time lies in the future."""


@dataclass(frozen=True, slots=True)
class Known:
    """When who knew, and why this is the time."""

    at: datetime
    known_by: str
    reason: str
    breach: Breach


@transaction.atomic
def recognise(*, incident: Incident, known: Known, seen: int, user: User) -> Recognition:
    """Write 認知. `seen` is the place that the person saw (0: none). Raises ChangedMeanwhile when
    another row came since, unless it says the same."""
    _require_past(known.at)
    row = locked(incident.organisation_id, incident.pk)
    last = Recognition.objects.of(row.organisation_id).filter(incident=row).order_by("place").last()
    if last is not None and _says(last) == known:
        return last
    if (last.place if last else 0) != seen:
        raise ChangedMeanwhile("Another 認知 was written meanwhile.")
    made = Recognition.objects.create(
        organisation_id=row.organisation_id,
        incident=row,
        place=seen + 1,
        at=known.at,
        known_by=known.known_by,
        reason=known.reason,
        breach=known.breach.value,
        recorded_by=user,
    )
    _audit("recognition:write", row, user, at=known.at.isoformat())
    return made


@transaction.atomic
def deliver(
    *, incident: Incident, clock: Clock, at: datetime, receipt: str, user: User
) -> Delivery:
    """The report was handed in. Twice is once: the first time stays."""
    _require_past(at)
    row = locked(incident.organisation_id, incident.pk)
    standing = Delivery.objects.of(row.organisation_id).filter(
        incident=row, clock=clock, withdrawn_at=None
    )
    found = standing.first()
    if found is not None:
        return found
    made = Delivery.objects.create(
        organisation_id=row.organisation_id,
        incident=row,
        clock=clock.value,
        at=at,
        receipt=receipt,
        recorded_by=user,
    )
    _audit("delivery:note", row, user, clock=clock.value)
    return made


@transaction.atomic
def withdraw(*, incident: Incident, clock: Clock, user: User) -> bool:
    """It was not handed in after all: the clock runs again. False when nothing was noted."""
    row = locked(incident.organisation_id, incident.pk)
    standing = Delivery.objects.of(row.organisation_id).filter(
        incident=row, clock=clock, withdrawn_at=None
    )
    if not standing.update(withdrawn_at=now()):
        return False
    _audit("delivery:withdraw", row, user, clock=clock.value)
    return True


def _says(row: Recognition) -> Known:
    return Known(at=row.at, known_by=row.known_by, reason=row.reason, breach=Breach(row.breach))


def _require_past(at: datetime) -> None:
    if at > now() + _FUTURE_MOST:
        raise NotYet("What has not happened yet cannot be written down.")


def _audit(act: str, row: Incident, user: User, **detail: str) -> None:
    audit.record(
        what=f"papers:{act}",
        user_id=user.pk,
        organisation_id=row.organisation_id,
        incident=row.number,
        **detail,
    )

"""Ordering, stopping and going on with a hunt; each leaves its line in the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.ids import ulid
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.hunts.models import Hunt, HuntState

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.accounts.models import User


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for, checked. `organisation_ids` empty: all companies of the firm."""

    rules: list[str]
    indicators: list[str]
    organisation_ids: list[str]
    since: datetime
    until: datetime
    hands_on: bool


@transaction.atomic
def order(*, firm_id: str, user: User, wish: Wish) -> Hunt:
    """The bell takes it up within seconds."""
    moment = now()
    hunt = Hunt.objects.create(
        id=ulid(time_ms=int(moment.timestamp() * 1000)),
        firm_id=firm_id,
        rules=wish.rules,
        indicators=wish.indicators,
        organisation_ids=wish.organisation_ids,
        since=wish.since,
        until=wish.until,
        hands_on=wish.hands_on,
        ordered_by=user,
        ordered_at=moment,
    )
    _note("ordered", hunt, user)
    return hunt


@transaction.atomic
def stop(*, hunt: Hunt, user: User) -> None:
    """A hunt that waits ends at once; one that runs ends at its next look."""
    if hunt.state == HuntState.WAITING:
        hunt.state = HuntState.STOPPED
    hunt.stop_requested = hunt.state == HuntState.RUNNING
    hunt.save(update_fields=["state", "stop_requested"])
    _note("stopped", hunt, user)


@transaction.atomic
def go_on(*, hunt: Hunt, user: User) -> None:
    """A hunt that was stopped waits for its turn again."""
    if hunt.state != HuntState.STOPPED:
        return
    hunt.state, hunt.stop_requested = HuntState.WAITING, False
    hunt.save(update_fields=["state", "stop_requested"])
    _note("resumed", hunt, user)


def _note(act: str, hunt: Hunt, user: User) -> None:
    audit.record(what=f"hunts:hunt:{act}", user_id=user.pk, firm_id=hunt.firm_id, hunt=hunt.id)

"""Hunts hold customers' evidence: they expire, with what they found and the order for them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.errors import StoreDamaged
from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now
from hinomi.portal.hunts.models import Hunt
from hinomi.store.hunt_rows import HuntState
from hinomi.store.hunts import all_hunts

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.store.hunts import HuntFolder

KEPT_FOR = timedelta(days=90)  # as the records it was found in


def forget_old_hunts() -> int:
    """Remove what was ordered longer ago, by command or on screen; a running one stays. Returns how
    many folders."""
    oldest = now() - KEPT_FOR
    due = [folder for folder in all_hunts(configuration().data) if _is_due(folder, oldest)]
    for folder in due:
        folder.delete()
        _forget_order(folder.id)
    return len(due)


def _is_due(folder: HuntFolder, oldest: datetime) -> bool:
    """A damaged one is left for a person: nothing says how old it is."""
    try:
        return folder.order.ordered_at < oldest and folder.state is not HuntState.RUNNING
    except StoreDamaged:
        return False


@transaction.atomic
def _forget_order(hunt_id: str) -> None:
    every = Hunt.objects.across_all(reason="the bell puts away the hunts of all firms")
    for hunt in every.filter(pk=hunt_id):
        audit.record(what="hunts:hunt:expired", user_id=None, firm_id=hunt.firm_id, hunt=hunt.id)
        hunt.delete()

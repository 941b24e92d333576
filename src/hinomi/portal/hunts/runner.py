"""The bell runs the hunts that were ordered: one at a time, each in a process of its own.

A bell that dies leaves the process running or stopped; the next bell finds out by its lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError
from hinomi.pipeline.hunt_orders import Wanted, order_hunt
from hinomi.portal.access.scope import CustomersOf, Scope
from hinomi.portal.access.time import configuration, now
from hinomi.portal.background import Background
from hinomi.portal.hunts.models import OPEN_STATES, Hunt, HuntState
from hinomi.portal.organisations.models import Organisation
from hinomi.store import hunt_rows
from hinomi.store.hunts import HuntFolder, hunt_named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hinomi.portal.background import Process


class HuntRunner:
    """Knows the one process it started."""

    def __init__(self, start: Callable[[Sequence[str]], Process] | None = None) -> None:
        """`start` is for tests."""
        self._background = Background("hunt", start)

    def look(self) -> None:
        """Pass on a stop, note an end, begin the next. Cheap when nothing is to do."""
        is_running = self._background.is_running
        for hunt in _open_hunts(HuntState.RUNNING):
            folder = _folder(hunt)
            if folder is None or (folder.state is hunt_rows.HuntState.RUNNING or is_running):
                is_running |= folder is not None
                if folder is not None and hunt.stop_requested:
                    folder.request_stop()
                continue
            _settle(hunt, folder)
        if not is_running:
            self._begin_next()

    def stop(self) -> None:
        """The tower stops: the hunt keeps what it has and goes on at the next start."""
        self._background.stop()

    def _begin_next(self) -> None:
        hunt = next(iter(_open_hunts(*OPEN_STATES)), None)
        if hunt is None:
            return
        folder = _folder(hunt) or _ordered(hunt)
        hunt.state = HuntState.RUNNING
        hunt.save(update_fields=["state"])
        self._background.begin("hunt", "resume", folder.id, "--background")


def _open_hunts(*states: HuntState) -> list[Hunt]:
    every = Hunt.objects.across_all(reason="the bell runs the hunts of all firms")
    return list(every.filter(state__in=states).order_by("id"))


def _ordered(hunt: Hunt) -> HuntFolder:
    """The companies are those the firm serves now: an engagement that ended is out."""
    served = Organisation.objects.within(Scope((CustomersOf(hunt.firm_id, now()),)))
    if hunt.organisation_ids:
        served = served.filter(pk__in=hunt.organisation_ids)
    companies = tuple(served.order_by("pk").values_list("pk", flat=True))
    return order_hunt(
        Wanted(tuple(hunt.rules), tuple(hunt.indicators)),
        hunt_rows.Scope(companies, hunt.since, hunt.until),
        config=configuration(),
        hands_on=hunt.hands_on,
        hunt_id=hunt.id,
    )


def _settle(hunt: Hunt, folder: HuntFolder) -> None:
    """How it ended. One that was killed is not ended: it goes on."""
    end = folder.end
    was_stopped = end is not None and end.state is hunt_rows.HuntState.STOPPED
    if end is None or (was_stopped and not hunt.stop_requested):
        hunt.state = HuntState.WAITING
    else:
        hunt.state, hunt.detail = HuntState(end.state.value), end.detail
    hunt.stop_requested = False
    hunt.save(update_fields=["state", "detail", "stop_requested"])


def _folder(hunt: Hunt) -> HuntFolder | None:
    try:
        return hunt_named(hunt.id, data=configuration().data)
    except UsageError:
        return None

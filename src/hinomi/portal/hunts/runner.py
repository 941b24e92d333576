"""The bell runs the hunts that were ordered: one at a time, each in a process of its own.

A bell that dies leaves the process running or stopped; the next bell finds out by its lock.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError
from hinomi.pipeline.hunt_orders import Wanted, order_hunt
from hinomi.portal.access.scope import CustomersOf, Scope
from hinomi.portal.access.time import configuration, now
from hinomi.portal.hunts.models import OPEN_STATES, Hunt, HuntState
from hinomi.portal.organisations.models import Organisation
from hinomi.store import hunt_rows
from hinomi.store.hunts import HuntFolder, hunt_named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STOP_TIMEOUT_S = 5.0  # a look takes less than a second
Process = subprocess.Popen[bytes]


class HuntRunner:
    """Knows the one process it started."""

    def __init__(self, start: Callable[[Sequence[str]], Process] | None = None) -> None:
        """`start` is for tests."""
        self._start = start or _start
        self._process: Process | None = None

    def look(self) -> None:
        """Pass on a stop, note an end, begin the next. Cheap when nothing is to do."""
        is_running = self._process is not None and self._process.poll() is None
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
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _begin_next(self) -> None:
        hunt = next(iter(_open_hunts(*OPEN_STATES)), None)
        if hunt is None:
            return
        folder = _folder(hunt) or _ordered(hunt)
        hunt.state = HuntState.RUNNING
        hunt.save(update_fields=["state"])
        command = [sys.executable, "-m", "hinomi.cli.main", "hunt", "resume", folder.id]
        self._process = self._start([*command, "--background", "--data", str(configuration().data)])


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


def _start(command: Sequence[str]) -> Process:
    folder = configuration().data / "run"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "hunt.log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )

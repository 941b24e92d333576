"""Late indicators: what is new is looked for in the whole lake, in a process of its own.

What the stream finds from now on and what the lake already holds must leave no gap between them:
the look back waits until every record that was matched with the old set has reached the lake. What
both find has the same id and is one finding.
"""

from __future__ import annotations

import fcntl
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hinomi.detect.intel import Doubt, PackedSet, write_packed
from hinomi.pipeline.hunt import known_organisations
from hinomi.pipeline.hunt_orders import Wanted, order_hunt
from hinomi.pipeline.hunt_run import run_hunt
from hinomi.pipeline.intel.current import FOLDER
from hinomi.pipeline.intel.publish import changing, publish
from hinomi.store.hunt_rows import Scope
from hinomi.store.intel import FILE
from hinomi.store.pipeline import FILE_NAME, PipelineReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hinomi.config import Config
    from hinomi.store.hunts import HuntFolder

SWITCH_S = 3.0  # the worker looks at the directory each second
LONGEST_WAIT_S = 150.0  # a file of the lake is written each minute


def look_back(config: Config) -> list[HuntFolder]:
    """Compile what changed, then hunt for all that is new until nothing is. Nothing when another
    process does so already: that one will find ours too."""
    hunts: list[HuntFolder] = []
    with _only_one(config.data) as is_ours:
        while is_ours and (folder := _order(config)):
            run_hunt(folder, config=config)
            hunts.append(folder)
    return hunts


def _order(config: Config) -> HuntFolder | None:
    """The hunt for what came since the last one; None when that is nothing."""
    now = config.clock.now()
    with changing(config.data) as store:
        if store.state().is_stale:
            publish(store, data=config.data, now=now)
        since, last = store.state().looked_back, store.last_import()
        if last <= since:
            return None
        path = write_packed(
            store.in_use(now=now, since_import=since),
            folder=config.data / FOLDER,
            has_private=store.has_private(code=Doubt.PRIVATE, now=now),
        )
    companies = known_organisations(config.data)
    folder = None
    if len(PackedSet(path)) and companies:
        wait_for_lake(config.data)
        wanted = Wanted(indicator_set=path.name)
        folder = order_hunt(wanted, Scope(companies), config=config, hands_on=True)
    with changing(config.data) as store:
        store.note_looked_back(last)
    return folder


def wait_for_lake(data: Path) -> bool:
    """Until what was matched before now lies in the lake; False when that takes too long (no worker
    runs, or it lags): the hunt then reads what is there."""
    if not (data / FILE_NAME).exists():
        return True
    time.sleep(SWITCH_S)
    with PipelineReader(data / FILE_NAME) as reader:
        matched = {partition: each.detect for partition, each in reader.offsets().items()}
        end = time.monotonic() + LONGEST_WAIT_S
        while time.monotonic() < end:
            lake = reader.offsets()
            if all(lake[partition].lake >= offset for partition, offset in matched.items()):
                return True
            time.sleep(0.5)
    return False


@contextmanager
def _only_one(data: Path) -> Iterator[bool]:
    """Whether this process is the one that looks back now."""
    if not (data / FILE).exists():
        yield False
        return
    with (data / FOLDER / "look-back.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True

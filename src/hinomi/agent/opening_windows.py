"""The agent on Windows: the same loop and spool, with Windows' event logs.

実機のWindowsでは未確認: what is tested runs on recorded events.
"""

from __future__ import annotations

import platform
import time
from typing import TYPE_CHECKING

from hinomi.agent.refusal import Refusal
from hinomi.agent.running import Agent
from hinomi.agent.sending import Sender
from hinomi.agent.windows_events import WindowsCollector
from hinomi.store.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hinomi.agent.collector import Collector
    from hinomi.agent.settings import Settings
    from hinomi.agent.sysmon import Sent


def agent(
    settings: Settings,
    folder: Path,
    *,
    own_pid: int,
    has_collectors: Sequence[Collector] | None = None,
) -> Agent:
    """As `opening.agent`. Windows itself writes down who started what; no process is left out."""
    from hinomi.agent.windows_api import WindowsEventLog  # needs Windows

    places, refusal = folder / "channels.json", Refusal(folder)

    def opened() -> list[Collector]:
        return [WindowsCollector(log=WindowsEventLog(), places=places)]

    def anew() -> list[Collector]:
        """From now on: what happened while nobody agreed is not read afterwards."""
        places.unlink(missing_ok=True)
        return opened()

    if has_collectors is None:
        has_collectors = opened() if refusal.lets_record(now_s=time.time()) else ()
    return Agent(
        settings=settings,
        folder=folder,
        spool=Spool(folder, limit_bytes=settings.spool_bytes),
        collectors=has_collectors,
        sender=Sender(settings),
        refusal=refusal,
        anew=anew,
        look=_inventory,
        fingerprint=platform.version,
    )


def _inventory() -> list[Sent]:
    """What Python itself knows of Windows; the rest is in the event logs."""
    release, version, *_ = platform.win32_ver()
    return [
        {"hinomi": "inventory", "os": "windows", "os_version": version, "os_name": release},
    ]

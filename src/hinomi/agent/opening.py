"""Which collectors this machine can have, best first; what is missing is said in words."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.agent import audit_rules, inventory
from hinomi.agent.audit_collector import AuditCollector
from hinomi.agent.journal import JournalCollector
from hinomi.agent.log_tail import LogTail
from hinomi.agent.lookups import MachineLookups
from hinomi.agent.netlink import AuditControl, AuditRefused
from hinomi.agent.proc_polling import ProcCollector
from hinomi.agent.refusal import Refusal
from hinomi.agent.running import Agent
from hinomi.agent.sending import Sender
from hinomi.store.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.agent.collector import Collector
    from hinomi.agent.settings import Settings

_JOURNAL = Path("/run/systemd/journal")
_NO_AUDIT = (
    "このサーバーでは監査（audit）を使えません。プログラムの開始は、間をおいて見る方法で見守ります。"
    "短いもの、通信、ファイルの変更は見えません。"
)


def agent(
    settings: Settings,
    folder: Path,
    *,
    own_pid: int,
    has_collectors: Sequence[Collector] | None = None,
) -> Agent:
    """The agent of this machine. `has_collectors` instead of those the machine can have."""
    refusal = Refusal(folder)
    if has_collectors is None:
        is_heard = refusal.lets_record(now_s=time.time())
        has_collectors = collectors(settings, folder, own_pid=own_pid) if is_heard else ()
    return Agent(
        settings=settings,
        folder=folder,
        spool=Spool(folder, limit_bytes=settings.spool_bytes),
        collectors=has_collectors,
        sender=Sender(settings),
        refusal=refusal,
        anew=lambda: _anew(settings, folder, own_pid),
        look=inventory.inventory,
        fingerprint=inventory.fingerprint,
    )


def collectors(settings: Settings, folder: Path, *, own_pid: int) -> list[Collector]:
    """Ready to read. Files of theirs go to `folder`."""
    return [*_programs(settings, own_pid), *_logs(settings, folder)]


def _anew(settings: Settings, folder: Path, own_pid: int) -> list[Collector]:
    """From now on: what happened while nobody agreed is not read afterwards."""
    for place in folder.glob("log-*"):
        place.unlink()
    return collectors(settings, folder, own_pid=own_pid)


def remove_rules() -> None:
    """Take away what an agent asked the kernel to record, also one that died."""
    try:
        with AuditControl() as control:
            for packed in control.rules():
                if audit_rules.key_of(packed) in audit_rules.KEYS:
                    control.remove(packed)
    except AuditRefused:
        return  # no audit, or locked: nothing of ours that could be taken away


def _programs(settings: Settings, own_pid: int) -> list[Collector]:
    lookups = MachineLookups()
    try:
        audit = AuditCollector(folders=settings.folders, lookups=lookups, own_pid=own_pid)
    except AuditRefused:
        return [ProcCollector(lookups=lookups, own_pid=own_pid, why=_NO_AUDIT)]
    if audit.sees_programs:
        return [audit]
    return [audit, ProcCollector(lookups=lookups, own_pid=own_pid)]


def _logs(settings: Settings, folder: Path) -> list[Collector]:
    """The first sign-in log there is, else the journal; a system has one of them."""
    for number, name in enumerate(settings.logs):
        if Path(name).exists():
            return [LogTail(log=Path(name), places=folder / f"log-{number}.json")]
    if _JOURNAL.exists() and shutil.which("journalctl"):
        return [JournalCollector(places=folder / "log-journal.cursor")]
    return []

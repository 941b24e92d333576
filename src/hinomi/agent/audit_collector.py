"""The collector for Linux: the audit's records from the kernel, joined, as Sysmon names them.

Rules are set only where nobody owns the audit. Beside a running auditd we read what its own rules
make the kernel tell, and say so when that leaves started programs out.
"""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.agent import audit_rules, sysmon
from hinomi.agent.audit_joining import Joiner, Whole
from hinomi.agent.collector import told
from hinomi.agent.netlink import LOCKED, AuditControl, AuditRefused, AuditStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hinomi.agent.audit_records import Record
    from hinomi.agent.collector import Told

_ARCHITECTURES = {"x86_64": ("c000003e", "40000003"), "aarch64": ("c00000b7",)}
_AT_ONCE = 2_000
_FAMILIES = (2, 10)
_OWNED = (
    "このサーバーでは別のプログラム（auditd）が記録を管理していて、プログラムの開始は記録しない"
    "設定です。開始は、間をおいて見る方法で見守ります。短いものは見逃すことがあります。"
)
_LOCKED = "監査の設定が固定されていて、変えられません。次に再起動したあとで、設定し直します。"
_NO_NETWORK = "外への通信の記録を、このカーネルでは始められませんでした。"


class AuditCollector:
    """Opens at once; raises AuditRefused where the machine does not let us."""

    name = "audit"

    def __init__(
        self,
        *,
        folders: Iterable[str],
        lookups: sysmon.Lookups,
        own_pid: int,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._lookups, self._own, self._wall = lookups, str(own_pid), wall
        self._joiner = Joiner(self._wants)
        self._broken: list[str] = []
        self._added: list[bytes] = []
        self._lost_before = 0
        self._was_off = False
        self.sees_programs = True
        self._stream = AuditStream()
        try:
            self._set_up(list(folders))
        except AuditRefused:
            self._stream.close()
            raise
        self._ready_ms = int(wall() * 1000)

    def fileno(self) -> int | None:
        """The socket."""
        return self._stream.fileno()

    def read(self) -> Sequence[Told]:
        """Everything that ended since the last time."""
        done: list[Whole | Record] = []
        for record in self._stream.read(most=_AT_ONCE):
            done += self._joiner.add(record)
        done += self._joiner.overdue(now_ms=int(self._wall() * 1000))
        return [told for each in done for told in self._told(each)]

    def broken(self) -> Sequence[str]:
        """What the machine did not let us set up."""
        return self._broken

    def lost(self) -> int:
        """What the kernel dropped, by its own count, and how often we were too slow."""
        try:
            with AuditControl() as control:
                return max(0, control.status().lost - self._lost_before) + self._stream.lost
        except AuditRefused:
            return self._stream.lost

    def close(self) -> None:
        """Take our own rules away again, and leave the audit as it was found."""
        self._stream.close()
        try:
            with AuditControl() as control:
                for packed in self._added:
                    control.remove(packed)
                if self._was_off:
                    control.disable()
        except AuditRefused:
            return  # locked meanwhile; the rules end with the machine's next start

    def _wants(self, call: dict[str, str]) -> bool:
        return self._own not in (call.get("pid"), call.get("ppid")) and sysmon.wants(call)

    def _told(self, each: Whole | Record) -> list[Told]:
        if isinstance(each, Whole):
            sent = sysmon.of_whole(each, self._lookups)
        else:
            alone = sysmon.of_alone(each, self._lookups)
            is_ours = each.at_ms <= self._ready_ms  # the rules that we set ourselves
            sent = [alone] if alone and not is_ours and alone.get("pid") != self._own else []
        return [told(record) for record in sent]

    def _set_up(self, folders: list[str]) -> None:
        architectures = _ARCHITECTURES.get(platform.machine(), ())
        with AuditControl() as control:
            status = control.status()
            self._lost_before = status.lost
            if status.owner or status.enabled == LOCKED or not architectures:
                self._read_only(control, architectures, is_locked=status.enabled == LOCKED)
                return
            for packed in control.rules():
                if audit_rules.key_of(packed) in audit_rules.KEYS:  # left by an agent that died
                    control.remove(packed)
            self._add_all(control, architectures, folders)
            if not status.enabled:
                control.enable()
                self._was_off = True

    def _read_only(
        self, control: AuditControl, architectures: tuple[str, ...], *, is_locked: bool
    ) -> None:
        rules = control.rules()
        self.sees_programs = any(
            audit_rules.records_programs(packed, architectures[0])
            for packed in rules
            if architectures
        )
        if not self.sees_programs:
            self._broken.append(_LOCKED if is_locked else _OWNED)

    def _add_all(
        self, control: AuditControl, architectures: tuple[str, ...], folders: list[str]
    ) -> None:
        self._add(control, audit_rules.programs(architectures[0]))
        for architecture in architectures[1:]:
            self._try(control, audit_rules.programs(architecture))
        for family in _FAMILIES:
            for architecture in architectures:
                rule = audit_rules.connections(architecture, family)
                spare = audit_rules.connections_by_length(architecture, family)
                is_first = architecture == architectures[0]
                if not (self._try(control, rule) or self._try(control, spare)) and is_first:
                    self._broken.append(_NO_NETWORK)
        for folder in folders:
            real = os.path.realpath(folder)
            if Path(real).is_dir() and not self._try(control, audit_rules.changes_below(real)):
                self._broken.append(f"フォルダー「{folder}」の変更を、記録できません。")

    def _add(self, control: AuditControl, rule: audit_rules.Rule) -> None:
        packed = rule.packed()
        control.add(packed)
        self._added.append(packed)

    def _try(self, control: AuditControl, rule: audit_rules.Rule) -> bool:
        try:
            self._add(control, rule)
        except AuditRefused:
            return False
        return True

"""What hinomi's own agent sends: started programs, connections and files with Sysmon's names,
sign-ins with the audit's, and how the machine and the agent itself are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.scanners.tree import as_text, flatten, load_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_KINDS = frozenset({
    "process", "network", "file", "audit", "heartbeat", "inventory", "packages", "goodbye",
})  # fmt: skip
_MOST_ARGUMENTS = 64
_IN_PROGRESS = "-115"  # a connection being made: nobody knows yet how it ends
# What the audit's rules call the calls behind Sysmon's numbers.
_CALLS = {"1": "execve", "3": "connect"}
_DECLARED = (
    "hinomi", "EventID", "UtcTime", "Computer", "Image", "CommandLine", "CurrentDirectory", "User",
    "LoginUser", "ProcessId", "ParentProcessId", "ParentImage", "ParentCommandLine", "Hashes",
    "DestinationIp", "DestinationPort", "Initiated", "TargetFilename", "type", "syscall", "success",
    "exit", "auid", "uid", "euid", "tty", "ses", "comm", "exe", "key", "name", "nametype", "op",
    "acct", "addr", "hostname", "terminal", "res", "unit", "reason", "version", "broken", "waiting",
    "lost", "os_name", "kernel", "updates_pending", "protection", "backup", "is_encrypted",
    "administrators", "needs_restart", "os", "os_version", "packages", "updates", "part",
    "collectors", "oldest_s", "waiting_bytes", "dropped", "refused", "uptime_s", "enrolled", "gid",
    "argc", "cmd", "cwd", "grp", "id", "list", "old", "audit_enabled", "dev", "prom", "old_prom",
    "old-auid", "pid", "DestinationIsIpv6", "seen",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "host.name": ("Computer",),
    "host.os.name": ("os_name",),
    "host.os.kernel": ("kernel",),
    "host.os.version": ("os_version",),
    "host.os.platform": ("os",),
    "host.state.administrators": ("administrators",),
    "host.state.protection": ("protection",),
    "host.state.backup": ("backup",),
    "host.state.encrypted": ("is_encrypted",),
    "host.state.updates": ("updates",),
    "host.state.updates_pending": ("updates_pending",),
    "host.state.needs_restart": ("needs_restart",),
    "package.name": ("packages",),
    "event.code": ("EventID",),
    "event.action": ("op", "hinomi"),
    "process.executable": ("Image", "exe"),
    "process.name": ("comm",),
    "process.command_line": ("CommandLine", "cmd"),
    "process.working_directory": ("CurrentDirectory", "cwd"),
    "process.pid": ("ProcessId", "pid"),
    "process.parent.pid": ("ParentProcessId",),
    "process.parent.executable": ("ParentImage",),
    "process.parent.command_line": ("ParentCommandLine",),
    "user.name": ("User", "acct"),
    "user.id": ("uid",),
    "group.name": ("grp",),
    "user.audit.id": ("auid",),
    "user.audit.name": ("LoginUser",),
    "file.path": ("TargetFilename",),
    "source.ip": ("addr",),
    "destination.ip": ("DestinationIp",),
    "destination.port": ("DestinationPort",),
    "rule.name": ("key",),
    "service.name": ("unit",),
    "agent.version": ("version",),
}
_CLASSES = {"process": 1007, "network": 4001, "file": 1001, "audit": 3002, "inventory": 5001}


def _sniff(line: Line) -> bool:
    return line.header.body[:9] == '{"hinomi"'


def _parse(line: Line) -> Fields:
    tree = load_object(line.header.body.strip())
    if as_text(tree.get("hinomi", "")) not in _KINDS:
        raise NotThisFormat("No record of hinomi's agent.")
    words = tree.pop("argv", None)
    fields = flatten(tree)
    if "syscall" in fields and (call := _CALLS.get(fields.get("EventID", ""))):
        fields["SYSCALL"] = call
    if isinstance(words, list):  # as the audit counts them, which its rules ask for
        fields["argc"] = str(len(words))
        fields |= {f"a{n}": as_text(word) for n, word in enumerate(words[:_MOST_ARGUMENTS])}
    return fields


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    return from_text(f"{fields.get('UtcTime', '')}Z", zone, receive)


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    told = fields.get("success") or fields.get("res")
    if told and fields.get("exit") != _IN_PROGRESS:
        ecs["event.outcome"] = "success" if told in ("yes", "success", "1") else "failure"
    name, _, digest = fields.get("Hashes", "").partition("=")
    if name == "SHA256" and digest:
        ecs_values.put(ecs, "process.hash.sha256", digest.lower())


FORMAT = Format(
    name="agent",
    title_ja="hinomiのエージェント",
    title_en="hinomi agent",
    shape="agent",
    sniff=_sniff,
    marks=('{"hinomi"',),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={"src_ip": "addr", "dst_ip": "DestinationIp", "dst_port": "DestinationPort"},
    device=("Computer",),
    user=("User", "acct", "LoginUser"),
    stated_time=_stated_time,
    derive=_derive,
    ocsf_class=lambda fields: _CLASSES.get(fields.get("hinomi", ""), 0),
    vendor="hinomi",
    product="agent",
    seen_ja=("このバージョンのhinomiのエージェント（Linux、監査のカーネル6.18）。",),
    lost_ja=(
        "監査を使えないサーバーでは、1秒より短いプログラムを見逃します。",
        "65番目からの引数は、CommandLineの中だけに残ります。",
        "断られた通信は記録しません。",
    ),
)

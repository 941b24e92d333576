"""laurel: the records of one Linux audit event as one JSON object. Named as auditd's own records,
so that rules for auditd and for started programs read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from hinomi.core.errors import NotThisFormat
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.scanners.tree import Tree, as_text, flatten, load_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_RECORDS = ("SYSCALL", "EXECVE", "CWD", "PATH", "PROCTITLE", "SOCKADDR", "USER_AUTH", "USER_LOGIN",
            "USER_CMD", "USER_START", "USER_END", "USER_ACCT", "USER_CHAUTHTOK", "CONFIG_CHANGE",
            "AVC", "SERVICE_START", "SERVICE_STOP", "ADD_USER", "DEL_USER", "KERN_MODULE",
            "ANOM_PROMISCUOUS", "PARENT_INFO", "INTEGRITY_RULE", "DAEMON_START",
            "DAEMON_END")  # fmt: skip
# From which record a plain name comes: what auditd's rules ask for.
_OF_SYSCALL = ("syscall", "SYSCALL", "arch", "success", "exit", "ppid", "pid", "auid", "uid", "gid",
               "euid", "tty", "ses", "comm", "exe", "key", "AUID", "UID", "GID",
               "EUID")  # fmt: skip
_DECLARED = (
    "ID", "NODE", "serial", "type", *(name for name in _OF_SYSCALL if name.islower()), "cwd",
    "name", "proctitle", "command", "a0", "a1", "a2", "a3", "addr", "acct", "res", "op", "unit",
    "Image", "CommandLine", "CurrentDirectory", "ParentImage", "ParentCommandLine", "User",
    "LoginUser", "ProcessId", "ParentProcessId", "saddr_ip", "saddr_port",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "host.name": ("NODE",),
    "event.action": ("SYSCALL", "op"),
    "event.outcome": (),
    "process.executable": ("exe",),
    "process.name": ("comm",),
    "process.command_line": ("CommandLine", "proctitle"),
    "process.working_directory": ("cwd",),
    "process.pid": ("pid",),
    "process.parent.pid": ("ppid",),
    "process.parent.executable": ("ParentImage",),
    "process.parent.command_line": ("ParentCommandLine",),
    "user.name": ("UID", "acct"),
    "user.id": ("uid",),
    "user.audit.id": ("auid",),
    "user.audit.name": ("AUID",),
    "rule.name": ("key",),
    "service.name": ("unit",),
    "source.ip": ("addr",),
    "destination.ip": ("saddr_ip",),
    "destination.port": ("saddr_port",),
}


def _sniff(line: Line) -> bool:
    body = line.header.body
    return body[:5] == '{"ID"' and any(f'"{name}":' in body for name in _RECORDS)


def _parse(line: Line) -> Fields:
    tree = load_object(line.header.body.strip())
    kinds = [name for name in _RECORDS if name in tree]
    if "ID" not in tree or not kinds:
        raise NotThisFormat("No audit event of laurel's.")
    fields = flatten(tree)
    fields["type"] = orjson.dumps(kinds).decode() if len(kinds) > 1 else kinds[0]
    fields["serial"] = fields.get("ID", "").rpartition(":")[2]
    for kind in reversed(kinds):
        _copy(fields, tree, kind)
    _add_program(fields, tree)
    return fields


def _copy(fields: Fields, tree: Tree, kind: str) -> None:
    """A record's names without the record in front; the PATH records' names as a list."""
    record = tree.get(kind)
    if kind == "PATH" and isinstance(record, list):
        names = [str(item["name"]) for item in record if isinstance(item, dict) and "name" in item]
        if names:
            fields["name"] = orjson.dumps(names).decode() if len(names) > 1 else names[0]
    elif isinstance(record, dict) and kind not in ("PARENT_INFO", "PATH"):
        for name, value in record.items():
            if not isinstance(value, dict | list) and value is not None:
                fields[name] = as_text(value)


def _add_program(fields: Fields, tree: Tree) -> None:
    """Sysmon's names of a program's start, and the arguments as EXECVE counts them."""
    execve, title = tree.get("EXECVE"), tree.get("PROCTITLE")
    arguments = execve.get("ARGV") if isinstance(execve, dict) else None
    if arguments is None and isinstance(title, dict):
        arguments = title.get("ARGV")
    if isinstance(execve, dict) and "ARGV_STR" in execve:
        fields["command"] = as_text(execve["ARGV_STR"])
    if isinstance(arguments, list):
        words = [as_text(word) for word in arguments]
        fields.setdefault("command", " ".join(words))
        fields["proctitle"] = " ".join(words)
        fields |= {f"a{place}": word for place, word in enumerate(words[:64])}
    if "EXECVE" not in tree:
        return
    named = {
        "Image": fields.get("exe", ""), "CommandLine": fields.get("command", ""),
        "CurrentDirectory": fields.get("cwd", ""), "User": fields.get("UID", ""),
        "LoginUser": fields.get("AUID", ""), "ProcessId": fields.get("pid", ""),
        "ParentProcessId": fields.get("ppid", ""),
        "ParentImage": fields.get("PARENT_INFO.exe", ""),
        "ParentCommandLine": " ".join(ecs_values.as_list(fields.get("PARENT_INFO.ARGV", ""))),
    }  # fmt: skip
    fields |= {name: value for name, value in named.items() if value}


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    return from_text(fields.get("ID", "").partition(":")[0], zone, receive)


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if success := fields.get("success") or fields.get("res"):
        ecs["event.outcome"] = "success" if success in ("yes", "success", "1") else "failure"
    address = fields.get("SOCKADDR.SADDR.addr") or fields.get("SOCKADDR.saddr.addr", "")
    if address:
        ecs_values.put(ecs, "destination.ip", address)
        port = fields.get("SOCKADDR.SADDR.port") or fields.get("SOCKADDR.saddr.port", "")
        ecs_values.put(ecs, "destination.port", port)


FORMAT = Format(
    name="laurel",
    title_ja="Linux 監査 (laurel)",
    title_en="Linux audit by laurel",
    shape="laurel",
    sniff=_sniff,
    marks=('{"ID"',),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={},
    device=("NODE",),
    user=("UID", "AUID", "acct"),
    stated_time=_stated_time,
    derive=_derive,
    ocsf_class=lambda fields: 1007 if "EXECVE" in fields.get("type", "") else 0,
    vendor="Linux",
    product="audit",
    seen_ja=("laurel 0.4〜0.6のaudit.log（argv配列・文字列、PARENT_INFOあり・なし）。",),
    lost_ja=("65番目からの引数は、commandの中だけに残ります。",),
)

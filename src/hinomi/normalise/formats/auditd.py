"""The Linux kernel's audit records, as auditd writes them: one record of an event per line.

Records of one event share `serial`. Values that the kernel writes in hex because somebody else
chose them (names, arguments) are read. What auditd adds in capitals (ENRICHED: SYSCALL, AUID …)
stands beside the kernel's numbers (syscall, auid), as Sigma rules expect it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise import audit_numbers as numbers
from hinomi.normalise.format import Format
from hinomi.normalise.moment import Stated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

# "type=SYSCALL msg=audit(…): …"; the kernel's own lines say "audit: type=1300 audit(…): …".
_HEAD = re.compile(
    r"(?:\[[\d. ]+\] )?(?:audit: )?(?:node=(?P<host>\S+) )?type=(?P<type>[\w\[\]]+) "
    r"(?:msg=)?(?P<msg>audit\(\d{9,11}\.\d+:(?P<serial>\d+)\)):?\s?(?P<rest>.*)",
    re.DOTALL,
)
# A value without quotes has no blanks, but for `op=adding user acct=…`.
_PAIR = re.compile(
    r"(?<![\w\-\[\]])([A-Za-z][\w\-\[\]]*)="
    r"(\"[^\"]*\"|'[^']*'|[^\s,\"']*(?: (?![\w\-\[\]]+=)[^\s=,\"']+)*)"
)
_PART_OF_ARGUMENT = re.compile(r"(a\d+)\[\d+\]\Z")
_ENRICHED = "\x1d"  # the mark between what the kernel said and what auditd looked up
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+\Z")
# Chosen by others, so quoted, or in hex when a blank or a quote is in them.
_CHOSEN = frozenset({
    "acct", "cmd", "comm", "cwd", "data", "dir", "exe", "file", "grp", "key", "name", "new_group",
    "ocomm", "old", "path", "proctitle", "root_dir", "vm", "watch",
})  # fmt: skip
_ARGUMENT = re.compile(r"a\d+\Z")
_CLASSES = {
    "EXECVE": 1007, "USER_LOGIN": 3002, "USER_AUTH": 3002, "USER_LOGOUT": 3002, "LOGIN": 3002,
    "ADD_USER": 3001, "DEL_USER": 3001, "USER_CHAUTHTOK": 3001, "USER_MGMT": 3001,
    "ADD_GROUP": 3006, "DEL_GROUP": 3006,
}  # fmt: skip
_DECLARED = (
    "type", "serial", "host", "syscall", "success", "exit", "ppid", "pid", "auid",
    "uid", "euid", "tty", "ses", "comm", "exe", "key", "command", "cwd", "name", "nametype",
    "proctitle", "acct", "op", "res", "addr", "a0", "a1", "a2", "a3",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "host.name": ("host",),
    "host.hostname": ("host",),
    "process.pid": ("pid",),
    "process.parent.pid": ("ppid",),
    "process.name": ("comm",),
    "process.executable": ("exe",),
    "process.command_line": ("command", "cmd", "proctitle"),
    "process.working_directory": ("cwd",),
    "file.path": ("name",),
    "user.id": ("uid",),
    "user.name": ("UID", "acct"),
    "user.audit.id": ("auid",),
    "user.audit.name": ("AUID",),
    "user.effective.id": ("euid",),
    "event.action": ("SYSCALL", "op"),
    "event.code": ("type",),
    "event.sequence": ("serial",),
    "source.ip": ("addr", "laddr"),
    "source.port": ("lport",),
    "auditd.session": ("ses",),
    "auditd.result": ("res", "success"),
}
_OUTCOMES = {"yes": "success", "success": "success", "1": "success",
             "no": "failure", "failed": "failure", "0": "failure"}  # fmt: skip


def _sniff(line: Line) -> bool:
    return "audit(" in line.header.body[:200] and _HEAD.match(line.header.body) is not None


def _parse(line: Line) -> Fields:
    found = _HEAD.match(line.header.body.strip())
    if not found:
        raise NotThisFormat("Not a record of the Linux audit.")
    kind = found["type"]
    fields: Fields = {"type": numbers.TYPES.get(kind, kind), "serial": found["serial"]}
    fields["msg"] = found["msg"]
    if host := found["host"] or line.header.host:
        fields["host"] = host
    said, _, added = found["rest"].partition(_ENRICHED)
    _read_pairs(said, fields)
    for name, value in _PAIR.findall(added):
        if value != '"unset"':  # nobody: no name of a user
            fields.setdefault(name, value.strip('"'))
    _derive_call(fields)
    if fields["type"] == "EXECVE":
        fields["command"] = " ".join(value for key, value in fields.items() if _ARGUMENT.match(key))
    return fields


def _read_pairs(text: str, fields: Fields) -> None:
    """The pairs; those of a program's own message (`msg='op=…'`) stand beside them."""
    for name, value in _PAIR.findall(text):
        if name == "msg" and value[:1] == "'":
            _read_pairs(value[1:-1], fields)
        elif part := _PART_OF_ARGUMENT.match(name):
            fields[part[1]] = fields.get(part[1], "") + _plain(name, value, is_argument=True)
        else:
            is_argument = fields["type"] == "EXECVE" and _ARGUMENT.match(name) is not None
            fields.setdefault(name, _plain(name, value, is_argument=is_argument))
    if saddr := fields.get("saddr"):
        fields.update(numbers.read_address(saddr))


def _plain(name: str, value: str, *, is_argument: bool) -> str:
    """Without quotes, or out of hex; the kernel parts a title's words by NUL."""
    if value[:1] == '"':
        return value[1:-1]
    if (is_argument or name in _CHOSEN) and _HEX.match(value):
        return bytes.fromhex(value).decode("utf-8", "replace").rstrip("\0").replace("\0", " ")
    return value


def _derive_call(fields: Fields) -> None:
    """auditd in its plain setting gives a call's number only; Sigma rules say its name."""
    number = fields.get("syscall", "")
    if fields.get("arch") == numbers.X86_64 and number in numbers.CALLS:
        fields.setdefault("SYSCALL", numbers.CALLS[number])


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    seconds, _, part = fields["msg"][len("audit(") :].partition(".")
    micro = int(part.partition(":")[0][:6].ljust(6, "0"))
    try:
        return Stated(datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=micro))
    except (ValueError, OverflowError, OSError):
        return None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    outcome = _OUTCOMES.get(fields.get("res", "") or fields.get("success", ""))
    if outcome:
        ecs["event.outcome"] = outcome
    if fields.get("auid") in numbers.NOBODY:
        ecs.pop("user.audit.id", None)


FORMAT = Format(
    name="auditd",
    title_ja="Linux (auditd)",
    title_en="Linux audit (auditd)",
    shape="auditd",
    sniff=_sniff,
    marks=("audit(",),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={"SourceIp": "addr", "src_ip": "addr", "username": "acct"},
    device=("host",),
    user=("AUID", "acct", "UID"),
    stated_time=_stated_time,
    derive=_derive,
    ocsf_class=lambda fields: _CLASSES.get(fields.get("type", ""), 0),
    vendor="Linux",
    product="auditd",
    seen_ja=("audit.log、audispのsyslog、カーネルのaudit行（ENRICHEDあり・なし）。",),
    lost_ja=(
        "一つの出来事は何行にもなります。プログラムの起動だけを一つにまとめて調べます。",
        "x86_64以外のシステムコールは、番号のまま残ります。",
    ),
)

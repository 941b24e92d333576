"""Turns whole audit events into records with Sysmon's names: 1 process, 3 network, 11 and 23 files.

Sign-ins and changes of accounts, which Sysmon does not have, keep the audit's own names. What only
the machine knows (who a number is, what a parent was) is asked of `Lookups`.
"""

from __future__ import annotations

import ipaddress
import posixpath
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from hinomi.agent.audit_records import arguments, words_of_title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.agent.audit_joining import Whole
    from hinomi.agent.audit_records import Record

Sent = dict[str, object]
EXEC, CONNECT, OTHER = "exec", "connect", "other"
# Architecture as the audit writes it → number of the call → what it does.
CALLS: dict[str, dict[str, str]] = {
    "c000003e": {"59": EXEC, "322": EXEC, "42": CONNECT},
    "40000003": {"11": EXEC, "358": EXEC, "362": CONNECT},
    "c00000b7": {"221": EXEC, "281": EXEC, "203": CONNECT},
    "40000028": {"11": EXEC, "387": EXEC, "283": CONNECT},
}
FILE_KEY = "hinomi-file"
_ALONE = frozenset({
    "LOGIN", "USER_AUTH", "USER_LOGIN", "USER_CHAUTHTOK", "USER_MGMT", "USER_ERR", "USER_CMD",
    "ADD_USER", "DEL_USER", "ADD_GROUP", "DEL_GROUP", "CONFIG_CHANGE", "KERN_MODULE",
    "ANOM_PROMISCUOUS", "SERVICE_STOP",
})  # fmt: skip
_KEPT_ALONE = ("pid", "uid", "auid", "ses", "op", "acct", "exe", "hostname", "addr", "terminal",
               "res", "key", "list", "audit_enabled", "old", "unit", "comm", "cmd", "cwd", "id",
               "name", "dev", "prom", "old_prom", "old-auid", "grp", "tty")  # fmt: skip
_OF_CALL = ("syscall", "success", "exit", "auid", "uid", "gid", "euid", "tty", "ses", "comm", "exe",
            "key")  # fmt: skip
_IN_PROGRESS = "-115"  # a connection that is being made: what nearly every program asks for
_MOST_WORDS = 256
_MOST_TEXT = 16 << 10
_FAMILY_4, _FAMILY_6 = 2, 10
_UNSET = "4294967295"


class Lookups(Protocol):
    """What only this machine knows, at the moment it is asked."""

    def user(self, uid: str) -> str:
        """The name of a user's number; the number where there is none."""
        ...

    def parent(self, ppid: str) -> tuple[str, str]:
        """(program, command line) of a process that runs or ran; "" where nobody knows."""
        ...

    def note(self, pid: str, image: str, command: str) -> None:
        """Remember what a process is, for those it will start."""
        ...

    def sha256(self, path: str) -> str:
        """Of the file, from memory where it did not change; "" when it would cost too much."""
        ...


def wants(call: dict[str, str]) -> bool:
    """Whether the rest of a call's records is worth keeping."""
    what = _what(call)
    if what == EXEC:
        return call.get("success") == "yes"
    if what == CONNECT:
        return call.get("success") == "yes" or call.get("exit") == _IN_PROGRESS
    return call.get("success") == "yes" and bool(call.get("key"))


def of_whole(whole: Whole, lookups: Lookups) -> list[Sent]:
    """The records to send for one event: none, one, or for a renamed file two."""
    what = _what(whole.call)
    if what == EXEC:
        return [_process(whole, lookups)]
    if what == CONNECT:
        return list(_connection(whole, lookups))
    return list(_files(whole, lookups))


def of_alone(record: Record, lookups: Lookups) -> Sent | None:
    """Sign-ins, accounts, changes of the audit's own rules; None for what tells nothing."""
    if record.kind not in _ALONE:
        return None
    fields = record.fields()
    sent: Sent = {"hinomi": "audit", "UtcTime": utc(record.at_ms), "type": record.kind}
    sent |= {name: fields[name] for name in _KEPT_ALONE if fields.get(name)}
    who = fields.get("acct", "") or lookups.user(fields.get("auid", ""))
    return {**sent, "User": who} if who else sent


def utc(at_ms: int) -> str:
    """Time as Sysmon writes it."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.strftime("%Y-%m-%d %H:%M:%S.") + f"{at_ms % 1000:03d}"


def joined(words: list[str]) -> str:
    """A command line as rules expect it: words with one blank between, as the audit joins them."""
    return " ".join(words)[:_MOST_TEXT]


def _what(call: dict[str, str]) -> str:
    return CALLS.get(call.get("arch", ""), {}).get(call.get("syscall", ""), OTHER)


def _base(whole: Whole, event_id: str, kind: str, lookups: Lookups) -> Sent:
    call = whole.call
    return {
        "hinomi": kind,
        "EventID": event_id,
        "UtcTime": utc(whole.at_ms),
        "Image": call.get("exe", ""),
        "ProcessId": call.get("pid", ""),
        "User": lookups.user(call.get("uid", "")),
    }


def _process(whole: Whole, lookups: Lookups) -> Sent:
    call, words = whole.call, _words(whole)
    image, command = call.get("exe", ""), joined(words)
    parent_image, parent_command = lookups.parent(call.get("ppid", ""))
    lookups.note(call.get("pid", ""), image, command)
    directory = whole.first("CWD")
    sha256 = lookups.sha256(image)
    sent = _base(whole, "1", "process", lookups) | {
        "CommandLine": command,
        "CurrentDirectory": directory.fields().get("cwd", "") if directory else "",
        "ParentProcessId": call.get("ppid", ""),
        "ParentImage": parent_image,
        "ParentCommandLine": parent_command,
        "LoginUser": "" if call.get("auid") == _UNSET else lookups.user(call.get("auid", "")),
        "Hashes": f"SHA256={sha256}" if sha256 else "",
        "type": ["SYSCALL", *sorted(whole.parts)],
        "argv": words[:_MOST_WORDS] if len(command) < _MOST_TEXT else [],
    }
    of_call = {name: call.get(name, "") for name in _OF_CALL}
    return _without_empty(sent | of_call | {"tty": call.get("tty", "(none)")})


def _words(whole: Whole) -> list[str]:
    """The arguments, long ones put together from their pieces; else the process's title."""
    by_place: dict[int, str] = {}
    room = _MOST_TEXT
    for record in whole.parts.get("EXECVE", ()):
        for place, text in arguments(record.body):
            if room > 0:
                by_place[place] = by_place.get(place, "") + text[:room]
                room -= len(text) + 1
    if by_place:
        return [by_place[place] for place in sorted(by_place)]
    title = whole.first("PROCTITLE")
    return words_of_title(title.fields().get("proctitle", "")) if title else []


def _connection(whole: Whole, lookups: Lookups) -> Iterator[Sent]:
    record = whole.first("SOCKADDR")
    found = address_of(record.fields().get("saddr", "")) if record else None
    if found is None:
        return
    address, port = found
    if not port or address.is_loopback or address.is_unspecified:
        return  # port 0: a program that only asks which way a packet would take
    yield _without_empty(
        _base(whole, "3", "network", lookups)
        | {
            "Initiated": "true",
            "DestinationIp": str(address),
            "DestinationPort": str(port),
            "DestinationIsIpv6": str(address.version == 6).lower(),
            "ParentProcessId": whole.call.get("ppid", ""),
            "type": ["SYSCALL", *sorted(whole.parts)],
        }
        | {name: whole.call.get(name, "") for name in _OF_CALL}
    )


def address_of(
    saddr: str,
) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int] | None:
    """(address, port) of an IPv4 or IPv6 socket address in hex; None for any other."""
    try:
        raw = bytes.fromhex(saddr)
    except ValueError:
        return None
    family = int.from_bytes(raw[:2], "little")
    port = int.from_bytes(raw[2:4], "big")
    if family == _FAMILY_4 and len(raw) >= 8:
        return ipaddress.IPv4Address(raw[4:8]), port
    if family == _FAMILY_6 and len(raw) >= 24:
        six = ipaddress.IPv6Address(raw[8:24])
        return six.ipv4_mapped or six, port
    return None


def _files(whole: Whole, lookups: Lookups) -> Iterator[Sent]:
    """A file that was made, written or renamed to is 11, one that is gone is 23."""
    directory = whole.first("CWD")
    cwd = directory.fields().get("cwd", "/") if directory else "/"
    paths = [record.fields() for record in whole.parts.get("PATH", ())]
    is_own = whole.call.get("key") == FILE_KEY
    for path in paths:
        kind, name = path.get("nametype", ""), path.get("name", "")
        is_told = kind in ("CREATE", "DELETE") or (kind == "NORMAL" and is_own)
        if not name or not is_told:
            continue
        event_id = "23" if kind == "DELETE" else "11"
        yield _without_empty(
            _base(whole, event_id, "file", lookups)
            | {
                "TargetFilename": posixpath.normpath(posixpath.join(cwd, name)),
                "nametype": kind,
                "type": ["SYSCALL", *sorted(whole.parts)],
                "name": name,
            }
            | {name: whole.call.get(name, "") for name in _OF_CALL}
        )


def _without_empty(sent: Sent) -> Sent:
    return {name: value for name, value in sent.items() if value not in ("", [])}

"""Records by the kernel's own audit, as auditd gets them, without auditd: netlink alone.

The rules are those of many a server (rules below), narrowed to one login number, so that nothing
else of this machine is recorded; they are taken away afterwards and the kernel's settings put back.
"""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.noise import work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

_NETLINK_AUDIT, _SO_RCVBUFFORCE = 9, 33
_GET, _SET, _ADD_RULE, _DEL_RULE = 1000, 1001, 1011, 1012
_ENABLED, _PID, _BACKLOG = 1, 4, 16  # bits of a status that say what is set
_HEADER, _STATUS = struct.Struct("=IHHII"), struct.Struct("=10I")
_REQUEST_ACK, _ERROR = 5, 2
_LOGIN, _ARCH, _PERM, _DIR, _KEY = 9, 11, 106, 107, 210
_EQUAL, _AT_EXIT, _ALWAYS, _X86_64 = 0x40000000, 4, 2, 0xC000003E
_QUIET_S, _MOST_S = 0.4, 120.0
_SERIAL = re.compile(r"audit\([\d.]+:(\d+)\)")
# Types as auditd writes them; what is not here is written with its number, as auditd does too.
_TYPES = {
    1006: "LOGIN", 1100: "USER_AUTH", 1101: "USER_ACCT", 1102: "USER_MGMT", 1103: "CRED_ACQ",
    1104: "CRED_DISP", 1105: "USER_START", 1106: "USER_END", 1108: "USER_CHAUTHTOK",
    1112: "USER_LOGIN", 1113: "USER_LOGOUT", 1114: "ADD_USER", 1115: "DEL_USER",
    1116: "ADD_GROUP", 1117: "DEL_GROUP", 1118: "DAC_CHECK", 1119: "CHGRP_ID", 1123: "USER_CMD",
    1300: "SYSCALL", 1302: "PATH", 1303: "IPC", 1305: "CONFIG_CHANGE", 1306: "SOCKADDR",
    1307: "CWD", 1309: "EXECVE", 1317: "OBJ_PID", 1318: "TTY", 1320: "EOE", 1321: "BPRM_FCAPS",
    1322: "CAPSET", 1323: "MMAP", 1324: "NETFILTER_PKT", 1327: "PROCTITLE", 1701: "ANOM_ABEND",
}  # fmt: skip


class Rule(NamedTuple):
    """What is recorded: system calls by number, or writing below a folder."""

    key: str
    calls: tuple[int, ...] = ()
    folder: str = ""


# x86_64 numbers: execve, execveat; connect; ptrace; init_module, finit_module, delete_module;
# chmod, fchmod, fchmodat, chown, fchown, lchown, fchownat; rename, unlink and their newer kin.
RULES = (
    Rule("exec", (59, 322)),
    Rule("network", (42,)),
    Rule("tracing", (101,)),
    Rule("modules", (175, 313, 176)),
    Rule("perm_mod", (90, 91, 268, 92, 93, 94, 260)),
    Rule("delete", (82, 87, 84, 263, 264, 316)),
    Rule("time-change", (164, 159, 227)),
    Rule("etcwrite", folder="/etc"),
    Rule("usrwrite", folder="/usr/bin"),
)


class Refused(Exception):
    """The kernel does not let us record; the message says what it answered."""


class KernelRecorder:
    """Records what one login number does. One at a time on a machine."""

    name = "kernel audit"

    def __enter__(self) -> KernelRecorder:
        try:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_AUDIT)
            self._socket.bind((0, 0))
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 16 << 20)
            self._before = self._status()
            if self._before[3]:
                raise Refused(f"an audit daemon (pid {self._before[3]}) has the kernel's records")
            for rule in RULES:
                self._ask(_ADD_RULE, _packed(rule))
            self._set(_BACKLOG, backlog=32_768)
            self._set(_PID, pid=os.getpid())
            self._set(_ENABLED, enabled=1)
        except OSError as error:
            raise Refused(f"the kernel refuses: {error.strerror or error}") from error
        self._lines: list[str] = []
        self._last = time.monotonic()
        self._is_open = True
        self._reader = threading.Thread(target=self._read, name="audit", daemon=True)
        self._socket.settimeout(0.2)
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_open = False
        self._reader.join(2)
        self._socket.settimeout(2)
        for rule in RULES:
            with suppress(OSError):
                self._ask(_DEL_RULE, _packed(rule))
        with suppress(OSError):
            self._set(_ENABLED, enabled=self._before[1])
            self._set(_BACKLOG, backlog=self._before[5])
            self._set(_PID, pid=0)
        self._socket.close()

    def record(self, job: work.Job, *, folder: Path, into: Path) -> int:
        """Do the job and write its records; its exit code."""
        start = len(self._lines)
        before = f"echo {work.NUMBER} > /proc/self/loginuid"
        command, environment = work.command_of(job, folder=folder, before=before)
        with into.with_suffix(".out").open("wb") as output:
            code = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, timeout=_MOST_S, check=False,
            ).returncode  # fmt: skip
        self._wait_for_quiet()
        lines = self._lines[start:]
        into.write_text("".join(f"{line}\n" for line in _of_job(lines)), encoding="utf-8")
        return code

    def _wait_for_quiet(self) -> None:
        end = time.monotonic() + 10
        while time.monotonic() < min(self._last + _QUIET_S, end):
            time.sleep(0.05)

    def _read(self) -> None:
        while self._is_open:
            try:
                packet = self._socket.recv(64 << 10)
            except TimeoutError:
                continue
            except OSError:  # ENOBUFS: more came than the buffer holds; go on with what follows
                continue
            kind = _HEADER.unpack_from(packet)[1]
            if kind < 1006:
                continue  # answers to our own requests
            text = packet[_HEADER.size :].rstrip(b"\0").decode("utf-8", "replace")
            name = _TYPES.get(kind, f"UNKNOWN[{kind}]")
            self._lines.append(f"type={name} msg={text}")
            self._last = time.monotonic()

    def _status(self) -> tuple[int, ...]:
        self._socket.settimeout(2)
        self._send(_GET, b"")
        while True:
            packet = self._socket.recv(8192)
            kind = _HEADER.unpack_from(packet)[1]
            if kind == _GET:
                body = packet[_HEADER.size :].ljust(_STATUS.size, b"\0")
                return tuple(_STATUS.unpack_from(body))
            _raise_fault(packet)

    def _set(self, mask: int, *, enabled: int = 0, pid: int = 0, backlog: int = 0) -> None:
        self._ask(_SET, _STATUS.pack(mask, enabled, 0, pid, 0, backlog, 0, 0, 0, 0))

    def _ask(self, kind: int, body: bytes) -> None:
        self._send(kind, body)
        while True:
            packet = self._socket.recv(64 << 10)
            if _HEADER.unpack_from(packet)[1] == _ERROR:
                _raise_fault(packet)
                return

    def _send(self, kind: int, body: bytes) -> None:
        size = _HEADER.size + len(body)
        self._socket.sendto(_HEADER.pack(size, kind, _REQUEST_ACK, 1, 0) + body, (0, 0))


def _raise_fault(packet: bytes) -> None:
    kind = _HEADER.unpack_from(packet)[1]
    code = struct.unpack_from("=i", packet, _HEADER.size)[0] if kind == _ERROR else 0
    if code:
        raise OSError(-code, os.strerror(-code))


def _packed(rule: Rule) -> bytes:
    """The kernel's `audit_rule_data`: which calls, and up to 64 fields with operator and value."""
    texts: list[tuple[int, str]] = [(_KEY, rule.key)]
    numbers = [(_LOGIN, work.NUMBER)]
    mask = [0] * 64
    if rule.folder:
        texts.insert(0, (_DIR, rule.folder))
        numbers.append((_PERM, 2 | 8))  # writing, and changing attributes
        mask = [0xFFFFFFFF] * 64
    else:
        numbers.insert(0, (_ARCH, _X86_64))
        for call in rule.calls:
            mask[call // 32] |= 1 << call % 32
    strings = [text.encode() for _, text in texts]
    fields = [*(name for name, _ in numbers), *(name for name, _ in texts)]
    values = [*(value for _, value in numbers), *map(len, strings)]
    return struct.pack(
        "=3I64I64I64I64II", _AT_EXIT, _ALWAYS, len(fields), *mask, *_padded(fields),
        *_padded(values), *_padded([_EQUAL] * len(fields)), sum(map(len, strings)),
    ) + b"".join(strings)  # fmt: skip


def _padded(values: list[int]) -> list[int]:
    return values + [0] * (64 - len(values))


def _of_job(lines: list[str]) -> Iterator[str]:
    """Every record of an event of which one record names our login: the others have no login.
    What comes before the job's own shell is the stage being set."""
    mark = f"auid={work.NUMBER} "
    ours = {_serial(line) for line in lines if mark in line}
    first = next((_serial(line) for line in lines if work.STARTED in line), "")
    is_on = not first
    for line in lines:
        is_on = is_on or _serial(line) == first
        if is_on and _serial(line) in ours and not line.startswith("type=EOE"):
            yield line


def _serial(line: str) -> str:
    found = _SERIAL.search(line)
    return found[1] if found else ""

"""One record of the Linux audit as the kernel multicasts it: number, serial, time, and its fields.

Pure. What does not look like a record is None; it never raises, whatever bytes come.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

NAMES = {
    1006: "LOGIN", 1100: "USER_AUTH", 1101: "USER_ACCT", 1102: "USER_MGMT", 1105: "USER_START",
    1106: "USER_END", 1108: "USER_CHAUTHTOK", 1109: "USER_ERR", 1112: "USER_LOGIN",
    1113: "USER_LOGOUT", 1114: "ADD_USER", 1115: "DEL_USER", 1116: "ADD_GROUP", 1117: "DEL_GROUP",
    1123: "USER_CMD", 1124: "USER_TTY", 1130: "SERVICE_START", 1131: "SERVICE_STOP",
    1300: "SYSCALL", 1302: "PATH", 1305: "CONFIG_CHANGE", 1306: "SOCKADDR", 1307: "CWD",
    1309: "EXECVE", 1320: "EOE", 1321: "BPRM_FCAPS", 1327: "PROCTITLE", 1330: "KERN_MODULE",
    1400: "AVC", 1700: "ANOM_PROMISCUOUS",
}  # fmt: skip
_HEADER = struct.Struct("=IHHII")
_STAMP = re.compile(r"audit\((\d{1,12})\.(\d{3}):(\d{1,20})\): ?")
_PAIR = re.compile(r"""([A-Za-z_][\w-]*(?:\[\d+\])?)=("[^"]*"|'[^']*'|[^\s'"]*)""")
_ARGUMENT = re.compile(r'\ba(\d{1,5})(?:\[\d+\])?=("[^"]*"|[0-9A-Fa-f]*)')
# Texts that anybody chooses: the kernel writes them as hex when they hold blanks, quotes or more.
_CHOSEN = frozenset({"comm", "exe", "cwd", "name", "proctitle", "acct", "key", "cmd", "data"})
_EMPTY = frozenset({"(null)", "?", "(none)"})
MOST_BYTES = 64 << 10  # of one record; the kernel's are below 9,000


@dataclass(frozen=True, slots=True)
class Record:
    """`serial` holds the time as well: serials begin anew with each start of the machine."""

    kind: str
    serial: str
    at_ms: int
    body: str

    def fields(self) -> dict[str, str]:
        """name → value, of a record of user space also what stands in its msg='…'."""
        found: dict[str, str] = {}
        _add_pairs(self.body, found)
        inner = found.pop("msg", "")
        _add_pairs(inner, found)
        return found


def record_of(datagram: bytes) -> Record | None:
    """A record from one datagram: the group sends one in each, and its length field is not to be
    trusted (old kernels leave their own header out of it)."""
    if not _HEADER.size < len(datagram) <= MOST_BYTES:
        return None
    number = _HEADER.unpack_from(datagram)[1]
    kind = NAMES.get(number)
    if kind is None:
        return None
    text = datagram[_HEADER.size :].decode("utf-8", "backslashreplace").rstrip("\x00\n ")
    stamp = _STAMP.match(text)
    if stamp is None:
        return None
    seconds, thousandths, number_of = stamp.groups()
    at_ms = int(seconds) * 1000 + int(thousandths)
    return Record(kind, f"{seconds}.{thousandths}:{number_of}", at_ms, text[stamp.end() :])


def arguments(body: str) -> list[tuple[int, str]]:
    """(place, text) of each argument or piece of one in an EXECVE record, as they come."""
    return [(int(place), chosen_text(value)) for place, value in _ARGUMENT.findall(body)]


def chosen_text(value: str) -> str:
    """A text in quotes stands for itself, one without is hex."""
    if value[:1] == '"':
        return value[1:-1]
    if value in _EMPTY or len(value) % 2:
        return "" if value in _EMPTY else value
    try:
        return bytes.fromhex(value).decode("utf-8", "backslashreplace")
    except ValueError:
        return value


def words_of_title(title: str) -> list[str]:
    """A proctitle is the arguments with NUL between them."""
    return [word for word in title.split("\x00") if word]


def _add_pairs(text: str, found: dict[str, str]) -> None:
    for name, value in _PAIR.findall(text):
        if name in _CHOSEN:
            found.setdefault(name, chosen_text(value))
        elif value not in _EMPTY:
            found.setdefault(name, value[1:-1] if value[:1] in ('"', "'") and value else value)

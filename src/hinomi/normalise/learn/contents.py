"""From what stands in a field to what it is, for fields without a telling name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.words import Disposition
from hinomi.normalise.ecs_values import is_address
from hinomi.normalise.learn.words import (
    disposition_of_value,
    is_protocol,
    is_severity,
    is_threat_name,
    kind_of_text,
)
from hinomi.normalise.learned.roles import TIME_ROLE
from hinomi.normalise.learned.slots import ANCHORED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_HASH = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}")
_PATH = re.compile(r"(?:[A-Za-z]:\\|\\\\|/(?:[\w.\-]+/)+)[^\r\n]{1,500}")
_ENDINGS = "exe|dll|zip|docx?|docm|xlsx?|xlsm|pdf|js|vbs|lnk|ps1|scr|bat|html?|rtf|iso|tmp"
_FILE = re.compile(rf"[\w.\-()+ ]{{1,120}}\.(?:{_ENDINGS})")
_END = re.compile(r"\[?[0-9A-Fa-f.:]+\]?(?:[:/]\d{1,5})?")
_NO_HOST = "\\/<>=,;"
_PIECE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,6})?"
)
# Written together, or seconds since 1970.
_WHEN = re.compile(r"20\d{12}|1\d{9}(?:\.\d{1,9}|\d{3}|\d{6})?")
_TIME = ANCHORED["time"]
_ENOUGH = 0.8
_FEW = 10


def is_end(value: str) -> bool:
    """An address, perhaps with port or mask."""
    if is_address(value):
        return True
    head = value.rpartition(":")[0].strip("[]") or value.partition("/")[0]
    return bool(_END.fullmatch(value)) and (is_address(head) or is_address(value.partition("/")[0]))


def is_port(value: str) -> bool:
    """A number a port can be."""
    return value.isascii() and value.isdigit() and int(value[:6]) < 65_536


def _is_time(value: str) -> bool:
    """A time, or a day or a clock of which another field has the rest."""
    return any(pattern.fullmatch(value) for pattern in (_TIME, _WHEN, _PIECE))


def is_name(value: str) -> bool:
    """What a machine can be called: no path, no number, no list."""
    is_number = value.replace(".", "").replace("-", "").isdigit()
    return not is_number and not any(letter in value for letter in _NO_HOST)


# What a role demands of its values; roles that are not here take anything.
DEMANDS: dict[str, Callable[[str], bool]] = {
    "src_ip": is_end,
    "dst_ip": is_end,
    "nat_ip": is_end,
    "host_ip": is_end,
    "src_port": is_port,
    "dst_port": is_port,
    "src_mac": lambda value: bool(ANCHORED["mac"].fullmatch(value)),
    "dst_mac": lambda value: bool(ANCHORED["mac"].fullmatch(value)),
    "status": is_port,
    "file_name": lambda value: not _PATH.fullmatch(value),
    "src_host": is_name,
    "dst_host": is_name,
    "host": is_name,
}
_OTHERWISE = {
    "src_ip": "src_host",
    "dst_ip": "dst_host",
    "host_ip": "host",
    "file_name": "file_path",
}
_LOOKS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (TIME_ROLE, _is_time),
    ("src_ip", is_end),
    ("src_mac", DEMANDS["src_mac"]),
    ("user_mail", lambda value: bool(ANCHORED["mail"].fullmatch(value))),
    ("url", lambda value: bool(ANCHORED["url"].fullmatch(value))),
    ("file_hash", lambda value: bool(_HASH.fullmatch(value))),
    ("threat", is_threat_name),
    ("file_path", lambda value: bool(_PATH.fullmatch(value))),
    ("file_name", lambda value: bool(_FILE.fullmatch(value))),
    ("protocol", is_protocol),
    ("severity", is_severity),
    ("action", lambda value: disposition_of_value(value) is not Disposition.UNKNOWN),
    ("category", lambda value: len(value) < 40 and kind_of_text(value) is not None),
)
_SECOND = {"src_ip": "dst_ip", "src_mac": "dst_mac", "file_name": "", "user_mail": "mail_to"}


def agreed(role: str, values: Sequence[str]) -> str:
    """The role when its values agree with it, the neighbouring one, or ""."""
    while role:
        demand = DEMANDS.get(role)
        if demand is None or not values or _share(values, demand) >= _ENOUGH:
            return role
        role = _OTHERWISE.get(role, "")
    return ""


def role_of_values(values: Sequence[str], taken: set[str]) -> str:
    """What the values look like, if that is still free; "" when they look like nothing."""
    if not values:
        return ""
    for role, look in _LOOKS:
        if _share(values, look) >= _ENOUGH:
            if role not in taken or role == TIME_ROLE:
                return role
            second = _SECOND.get(role, "")
            return second if second not in taken else ""
    is_kind = len(set(values)) <= _FEW and any(kind_of_text(value) for value in set(values))
    return "category" if is_kind and "category" not in taken else ""


def _share(values: Sequence[str], look: Callable[[str], bool]) -> float:
    return sum(map(look, values)) / len(values)

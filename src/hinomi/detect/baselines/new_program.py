"""A program or a Windows service that this PC never ran, and that few PCs of the company know.

By path, without what changes with each user and release. Not by maker: Sysmon's `Company` is what
the file says of itself, and whoever wrote it wrote that too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.detect.baselines.first_seen import FirstSeen
from hinomi.detect.baselines.measure import BaselineTeller, Sighting

if TYPE_CHECKING:
    from hinomi.core.records import Event

COMMON_AT = 2  # PCs of the company that had it before: an update that goes round, told twice
_PROGRAM_FIELDS = (("1", "Image", "Microsoft-Windows-Sysmon"),
                   ("4688", "NewProcessName", "Microsoft-Windows-Security-Auditing"))  # fmt: skip
_PROGRAMS = {(provider, number): name for number, name, provider in _PROGRAM_FIELDS}
_SERVICES = {
    ("Service Control Manager", "7045"): "ImagePath",
    ("Microsoft-Windows-Security-Auditing", "4697"): "ServiceFileName",
}
# A new service is rare; that a PC reports at all is seen in what it writes every day.
_SIGNS_OF_LIFE = frozenset(
    {
        ("Service Control Manager", "7036"),
        ("EventLog", "6013"),
        ("EventLog", "6005"),
        ("Microsoft-Windows-Security-Auditing", "4624"),
    }
)
_USER = re.compile(r"(?<=\\users\\)[^\\]+")
_TEMPORARY = re.compile(r"(?<=\\temp\\)[^\\]+(?=\\)")  # installers unpack under random names
_RELEASE = re.compile(r"[0-9a-f]{8,}|\d[\d._]*")
_PER_USER_SERVICE = re.compile(r"_[0-9a-f]{4,}\Z")  # Windows numbers them at each sign-in


def _program(event: Event) -> Sighting | None:
    fields = event.fields
    name = _PROGRAMS.get((fields.get("Provider_Name", ""), fields.get("EventID", "")))
    path = fields.get(name, "") if name else ""
    if not name or not path or path == "-" or not event.device:
        return None
    return Sighting(event.device.lower(), _spelt(path), path, name, slots={"program": path})


def _service(event: Event) -> Sighting | None:
    fields, device = event.fields, event.device.lower()
    kind = (fields.get("Provider_Name", ""), fields.get("EventID", ""))
    name = _SERVICES.get(kind)
    if not device or not (name or kind in _SIGNS_OF_LIFE):
        return None
    if not name:
        return Sighting(device, "", "", "EventID")
    service, path = fields.get("ServiceName", ""), fields.get(name, "")
    value = _PER_USER_SERVICE.sub("", service.lower()) + "\0" + _spelt(path)
    return Sighting(device, value, f"{service}: {path}", name, slots={"program": service})


def _spelt(path: str) -> str:
    """One spelling over users, releases and random folders."""
    lowered = path.lower().replace("/", "\\")
    return _RELEASE.sub("#", _TEMPORARY.sub("*", _USER.sub("*", lowered)))


NEW_PROGRAM = FirstSeen(
    teller=BaselineTeller(
        id="baseline-new-program",
        title="A program never run on this PC",
        case="new_program",
        title_ja="はじめてのソフト",
        tags=("attack.execution", "attack.t1204"),
    ),
    readers={"windows": _program},
    usual="前から使っているソフトだけ",
    differs="はじめてのソフト",
    asked=f"first seen: program path on this device, on fewer than {COMMON_AT} others",
    common_at=COMMON_AT,
)
NEW_SERVICE = FirstSeen(
    teller=BaselineTeller(
        id="baseline-new-service",
        title="A Windows service never installed on this PC",
        case="new_program",
        title_ja="はじめてのサービス",
        tags=("attack.persistence", "attack.t1543.003"),
    ),
    readers={"windows": _service},
    usual="前から使っているソフトだけ",
    differs="はじめてのソフト",
    asked=f"first seen: service name and path on this device, on fewer than {COMMON_AT} others",
    common_at=COMMON_AT,
)

"""Joins the records of one program start (one serial of the Linux audit) to one event more.

The records stay what they are; the joined event has Sysmon's names (Image, CommandLine, User …), so
that process rules apply, and names its parts. Memory is the state it is given: the worker saves it
with its findings, so that a start whose records came in two batches is joined after a kill too.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict, TypeVar

from hinomi.core.records import Event
from hinomi.core.state import StateKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hinomi.core.state import KeyedState

_Item = TypeVar("_Item")
SHAPE = "linux_process"
PART = "auditd"  # the shape of what is joined
CLOSED_AFTER = timedelta(seconds=2)  # a start whose last record never came is told without it
_KEPT = timedelta(hours=24)
# A sender may be an attacker's: what waits is bounded by starts, records and bytes of each.
MOST_OPEN = 16
MOST_PARTS = 40
MOST_BYTES = 256 << 10
_LAST = frozenset({"PROCTITLE", "EOE"})  # what the kernel writes at the end
_STARTS = frozenset({"execve", "execveat", "59", "322"})
_LONGEST = 1_000
_OF_PARENT = ("Image", "CommandLine")
_SLOTS = 8_192  # programs remembered of one machine, for those they start
# Our name → the parts it is taken from: type of record and field, best first.
_NAMES: dict[str, tuple[tuple[str, str], ...]] = {
    "Image": (("SYSCALL", "exe"),),
    "CommandLine": (("EXECVE", "command"), ("PROCTITLE", "proctitle")),
    "CurrentDirectory": (("CWD", "cwd"),),
    "User": (("SYSCALL", "UID"), ("SYSCALL", "uid")),
    "LoginUser": (("SYSCALL", "AUID"), ("SYSCALL", "auid")),
    "ProcessId": (("SYSCALL", "pid"),),
    "ParentProcessId": (("SYSCALL", "ppid"),),
    "TerminalSessionId": (("SYSCALL", "ses"),),
    "tty": (("SYSCALL", "tty"),),
    "key": (("SYSCALL", "key"),),
    "comm": (("SYSCALL", "comm"),),
    "host": (("SYSCALL", "host"),),
    "serial": (("SYSCALL", "serial"),),
}


class _Part(TypedDict):
    """One record as it waits in the state; `raw` in base64."""

    id: str
    fields: dict[str, str]
    raw: str


class _Group(TypedDict):
    """The records of one serial; `at` is the kernel's time, `bytes` what came so far."""

    at: str
    bytes: int
    parts: list[_Part]


class AuditJoiner:
    """One thread. An event of another shape costs one comparison."""

    def __init__(self, state: KeyedState) -> None:
        self._state = state

    def join(self, events: Iterable[tuple[str, Event]]) -> list[tuple[int, Event]]:
        """(place of the event that completed it, the joined event). The text beside each event is
        the stream it stands in: serials of two streams have nothing to do with each other."""
        open_groups: dict[StateKey, dict[str, _Group]] = {}
        joined: list[tuple[int, Event]] = []
        for place, (stream, event) in enumerate(events):
            if event.shape != PART:
                continue
            key = StateKey(event.organisation, "join", PART, f"{stream}\0{event.device}")
            groups = open_groups.get(key)
            if groups is None:
                groups = open_groups[key] = json.loads(self._state.get(key) or b"{}")
            joined += [(place, self._finish(key, group, event)) for group in _take(groups, event)]
        for key, groups in open_groups.items():
            self._keep(key, groups)
        return joined

    def _keep(self, key: StateKey, groups: dict[str, _Group]) -> None:
        if groups:
            newest = max(_moment(group) for group in groups.values())
            self._state.put(key, json.dumps(groups).encode(), expires=newest + _KEPT)
        elif self._state.get(key) is not None:
            self._state.drop(key)

    def _finish(self, key: StateKey, group: _Group, last: Event) -> Event:
        fields = _fields_of(group["parts"])
        fields |= self._parent(key, fields, _moment(group))
        fields["parts"] = " ".join(part["id"] for part in group["parts"])
        return Event(
            event_id=group["parts"][0]["id"],
            organisation=last.organisation,
            source=last.source,
            shape=SHAPE,
            device=last.device,
            event_time=_moment(group),
            receive_time=last.receive_time,
            fields=fields,
            raw=b"\n".join(base64.b64decode(part["raw"]) for part in group["parts"]),
            user=last.user,
        )

    def _parent(self, key: StateKey, fields: dict[str, str], at: datetime) -> dict[str, str]:
        """What the parent was when it started, if its start was seen in the last day."""
        own = {name: fields.get(name, "")[:_LONGEST] for name in ("ProcessId", *_OF_PARENT)}
        parent = fields.get("ParentProcessId", "")
        known: dict[str, str] = json.loads(self._state.get(_slot(key, parent)) or b"{}")
        slot = _slot(key, own["ProcessId"])
        self._state.put(slot, json.dumps(own).encode(), expires=at + _KEPT)
        if known.get("ProcessId") != parent:
            return {}
        return {f"Parent{name}": known[name] for name in _OF_PARENT if known[name]}


def behind(items: Sequence[_Item], joined: Iterable[tuple[int, _Item]]) -> list[_Item]:
    """The items with each joined one behind the item that completed it."""
    by_place: dict[int, list[_Item]] = {}
    for place, one in joined:
        by_place.setdefault(place, []).append(one)
    if not by_place:
        return list(items)
    return [each for place, item in enumerate(items) for each in (item, *by_place.get(place, ()))]


def _slot(key: StateKey, process_id: str) -> StateKey:
    """Process ids run to four millions on a large machine; its memory does not."""
    is_number = process_id.isdecimal() and len(process_id) <= 10  # what is sent may be anything
    number = int(process_id) % _SLOTS if is_number else 0
    return StateKey(key.organisation, "process", PART, f"{key.group}\0{number}")


def _take(groups: dict[str, _Group], event: Event) -> list[_Group]:
    """Put the record where it belongs; the groups that are whole now, or will not be any more."""
    whole = _overdue(groups, event)
    fields = event.fields
    serial, kind = fields["msg"], fields["type"]  # `msg` holds the kernel's time as well
    group = groups.get(serial)
    if group is None and kind == "SYSCALL" and _is_start(event):
        if len(groups) >= MOST_OPEN:
            whole.append(groups.pop(next(iter(groups))))
        group = groups[serial] = {"at": event.event_time.isoformat(), "bytes": 0, "parts": []}
    if group is None:
        return whole
    _add(group, event)
    if kind in _LAST:
        whole.append(groups.pop(serial))
    return whole


def _add(group: _Group, event: Event) -> None:
    """The first always: without the call itself there would be nothing to tell."""
    size = group["bytes"] + len(event.raw)
    is_room = len(group["parts"]) < MOST_PARTS and size <= MOST_BYTES
    if is_room or not group["parts"]:
        raw = base64.b64encode(event.raw[:MOST_BYTES]).decode()
        fields = {name: value[:MOST_BYTES] for name, value in event.fields.items()}
        group["parts"].append({"id": event.event_id, "fields": fields, "raw": raw})
        group["bytes"] = size


def _overdue(groups: dict[str, _Group], event: Event) -> list[_Group]:
    old = [
        name for name, group in groups.items() if event.event_time - _moment(group) > CLOSED_AFTER
    ]
    return [groups.pop(name) for name in old if name != event.fields["msg"]]


def _is_start(event: Event) -> bool:
    call = event.fields.get("SYSCALL") or event.fields.get("syscall", "")
    return call in _STARTS and event.fields.get("success") == "yes"


def _moment(group: _Group) -> datetime:
    return datetime.fromisoformat(group["at"])


def _fields_of(parts: list[_Part]) -> dict[str, str]:
    by_kind: dict[str, dict[str, str]] = {}
    for part in parts:
        kind, fields = part["fields"]["type"], part["fields"]
        if kind == "EXECVE" and kind in by_kind:  # many arguments come in several records
            by_kind[kind]["command"] += f" {fields['command']}"
        by_kind.setdefault(kind, dict(fields))
    found = {name: _first(places, by_kind) for name, places in _NAMES.items()}
    return {name: value for name, value in found.items() if value}


def _first(places: tuple[tuple[str, str], ...], by_kind: dict[str, dict[str, str]]) -> str:
    values = (by_kind.get(kind, {}).get(field, "") for kind, field in places)
    return next(filter(None, values), "")

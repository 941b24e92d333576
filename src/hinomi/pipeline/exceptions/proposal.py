"""From findings of one rule to the exception a person may want: the narrowest that covers most.

It only writes a text. A person reads it, gives a reason and adds it, or does not.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hinomi.detect import Logsource

    Fields = Mapping[str, str]

_Key = TypeVar("_Key", str, tuple[str, str])
# What did it: the first of these that an event has tells ordinary work apart.
_DOER = ("Image", "exe", "comm", "ProcessName", "NewProcessName", "a0", "Path", "program", "srcip",
         "src_ip", "IpAddress", "SourceIp", "userIdentity.arn", "UserId")  # fmt: skip
# What may narrow it further, where all events agree. Times, ports, process ids never do.
_NARROWER = ("ParentImage", "ParentCommandLine", "CommandLine", "command", "key", "action",
             "target_user", "acct", "Computer", "host", "devname", "User", "SubjectUserName",
             "user", "auid", "ServiceName", "TaskName", "Hashes", "Signature", "attack", "virus",
             "dstip", "dst_ip", "service", "syscall", "a1", "name")  # fmt: skip
_PLACES = ("TargetFilename", "name", "path")
_FEWEST_STEPS = 3
_SAYS_NOTHING = ("", "-", "N/A", "(null)", "(none)", "?")
_MOST_NARROWER = 4
_LONGEST = 300
_SPECIAL = re.compile(r"[\\*?]")


@dataclass(frozen=True, slots=True)
class Proposal:
    """`selection`: field, perhaps with its modifier → value that all it covers have; `text` is the
    filter document."""

    rule_id: str
    selection: Mapping[str, str]
    covers: int
    of: int
    text: str


def propose(
    *, rule_id: str, title: str, logsource: Logsource, events: Sequence[Fields]
) -> Proposal | None:
    """None when the events have nothing in common that a person would recognise."""
    found = _by_doer(events) or _by_place(events)
    if found is None:
        return None
    selection, count = found
    text = _document(rule_id=rule_id, title=title, logsource=logsource, selection=selection)
    return Proposal(rule_id, selection, count, len(events), text)


def literal(value: str) -> str:
    """The text as a Sigma value that means just itself."""
    return _SPECIAL.sub(r"\\\g<0>", value)


def _by_doer(events: Sequence[Fields]) -> tuple[dict[str, str], int] | None:
    doers = Counter(doer for event in events if (doer := _doer(event)))
    if not doers:
        return None
    name, value = _most_common(doers)
    alike = [event for event in events if _doer(event) == (name, value)]
    return {name: value} | _agreed(alike, without=name), len(alike)


def _by_place(events: Sequence[Fields]) -> tuple[dict[str, str], int] | None:
    """Records of files alone do not say who wrote them: then the folder that most are in."""
    for name in _PLACES:
        paths = [path for event in events if _speaks(path := event.get(name, ""))]
        folders = Counter(folder for path in paths if (folder := _folder(path)))
        if folders:
            folder = _most_common(folders)
            inside = sum(path.startswith(folder) for path in paths)
            return {f"{name}|startswith": folder}, inside
    return None


def _folder(path: str) -> str:
    """Its first four steps, as /home/taro/notes/.git/; all of /home/taro is no folder of work."""
    steps = path.split("/")[:-1][:5]
    return "/".join(steps) + "/" if len(steps) > _FEWEST_STEPS and not steps[0] else ""


def _most_common(counts: Counter[_Key]) -> _Key:
    """Of several the first by name: the order of events must not matter."""
    return min(counts, key=lambda one: (-counts[one], str(one)))


def _doer(event: Fields) -> tuple[str, str] | None:
    return next(((name, event[name]) for name in _DOER if _speaks(event.get(name, ""))), None)


def _agreed(events: Sequence[Fields], *, without: str) -> dict[str, str]:
    """At most four: each more makes the exception narrower and the line longer."""
    agreed: dict[str, str] = {}
    for name in _NARROWER:
        values = {event.get(name, "") for event in events}
        value = next(iter(values))
        if name != without and len(values) == 1 and _speaks(value):
            agreed[name] = value
    return dict(list(agreed.items())[:_MOST_NARROWER])


def _speaks(value: str) -> bool:
    return value not in _SAYS_NOTHING and len(value) <= _LONGEST


def _document(*, rule_id: str, title: str, logsource: Logsource, selection: Fields) -> str:
    source = {
        part: said
        for part in ("product", "category", "service")
        if (said := getattr(logsource, part))
    }
    # Proposed twice, it is the same exception.
    mark = uuid.uuid5(uuid.NAMESPACE_URL, f"{rule_id}\0{sorted(selection.items())}")
    body = {
        "title": f"Ordinary here: {title}"[:200],
        "id": str(mark),
        "logsource": source,
        "filter": {
            "rules": [rule_id],
            "selection": {name: literal(value) for name, value in selection.items()},
            "condition": "not selection",
        },
    }
    return yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=1000)

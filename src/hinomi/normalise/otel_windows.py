"""Windows events as the OpenTelemetry Collector's receiver writes them → the tree of the event log.

With `raw: true` the receiver sends the XML itself, which needs nothing of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hinomi.normalise.scanners.tree import Tree

_SYSTEM = {
    "channel": "Channel",
    "computer": "Computer",
    "record_id": "EventRecordID",
    "version": "Version",
}
# (the receiver's object, its member, the log's element, that one's attribute)
_ATTRIBUTES = (
    ("provider", "name", "Provider", "Name"),
    ("provider", "guid", "Provider", "Guid"),
    ("security", "user_id", "Security", "UserID"),
    ("execution", "process_id", "Execution", "ProcessID"),
    ("execution", "thread_id", "Execution", "ThreadID"),
    ("correlation", "activity_id", "Correlation", "ActivityID"),
)


def event_of_body(body: Tree) -> Tree | None:
    """None for a body that is no Windows event."""
    number = body.get("event_id")
    identity = number.get("id") if isinstance(number, dict) else None
    if identity is None or "channel" not in body:
        return None
    system: Tree = {"EventID": identity}
    system |= {name: body[key] for key, name in _SYSTEM.items() if key in body}
    for key, member, element, attribute in _ATTRIBUTES:
        part = body.get(key)
        if isinstance(part, dict) and part.get(member) not in (None, ""):
            _attributes(system, element)[attribute] = part[member]
    if "system_time" in body:
        _attributes(system, "TimeCreated")["SystemTime"] = body["system_time"]
    event: Tree = {"System": system, "EventData": _data(body.get("event_data"))}
    return {"Event": event}


def _attributes(system: Tree, element: str) -> Tree:
    found = system.setdefault(element, {"#attributes": {}})
    attributes = found["#attributes"] if isinstance(found, dict) else {}
    return attributes if isinstance(attributes, dict) else {}


def _data(data: object) -> Tree:
    """`{"data": [{"SubjectUserName": "aoi"}, …]}`, or the names directly."""
    if not isinstance(data, dict):
        return {}
    pairs = data.get("data")
    if not isinstance(pairs, list):
        return dict(data)
    named: Tree = {}
    bare: list[object] = []
    for pair in pairs:
        for name, value in pair.items() if isinstance(pair, dict) else [("", pair)]:
            if name:
                named.setdefault(name, value)
            else:
                bare.append(value)
    return named | ({"Data": bare} if bare else {})

"""The OCSF 1.8.0 view: class, activity, time, endpoints, disposition; the rest in `unmapped`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.words import Disposition
from hinomi.normalise.ecs import ecs_view
from hinomi.normalise.ecs_values import base_name

if TYPE_CHECKING:
    from hinomi.core.records import Event
    from hinomi.normalise.format import Ecs, Format

OCSF_VERSION = "1.8.0"
Object = dict[str, object]

# Disposition → (disposition_id, its caption, action_id).
_DISPOSITIONS = {
    Disposition.STOPPED: (2, "Blocked", 2),
    Disposition.SEEN: (15, "Detected", 3),
    Disposition.LET_THROUGH: (1, "Allowed", 1),
    Disposition.UNKNOWN: (0, "Unknown", 0),
}
# Classes in which the security_control profile's disposition makes sense.
_JUDGED = frozenset({1001, 1007, 2004, 4001, 4002, 4003, 4004, 4014, 3002})
_DIRECTIONS = {"inbound": 1, "incoming": 1, "in": 1, "outbound": 2, "outgoing": 2, "out": 2}
_SEVERITIES = {
    "emergency": 6, "alert": 5, "critical": 5, "fatal": 6, "error": 4, "err": 4, "high": 4,
    "severe": 5, "warning": 3, "warn": 3, "medium": 3, "notice": 2, "low": 2, "information": 1,
    "informational": 1, "info": 1, "debug": 1, "none": 1,
}  # fmt: skip
# OCSF path → ECS name.
_PATHS: tuple[tuple[str, str], ...] = (
    ("src_endpoint.ip", "source.ip"),
    ("src_endpoint.port", "source.port"),
    ("src_endpoint.mac", "source.mac"),
    ("src_endpoint.hostname", "source.domain"),
    ("src_endpoint.interface_name", "observer.ingress.interface.name"),
    ("dst_endpoint.ip", "destination.ip"),
    ("dst_endpoint.port", "destination.port"),
    ("dst_endpoint.mac", "destination.mac"),
    ("dst_endpoint.hostname", "destination.domain"),
    ("dst_endpoint.interface_name", "observer.egress.interface.name"),
    ("connection_info.protocol_name", "network.transport"),
    ("traffic.bytes_out", "source.bytes"),
    ("traffic.bytes_in", "destination.bytes"),
    ("actor.user.name", "user.name"),
    ("actor.user.domain", "user.domain"),
    ("actor.user.uid", "user.id"),
    ("process.name", "process.name"),
    ("process.pid", "process.pid"),
    ("process.cmd_line", "process.command_line"),
    ("process.file.path", "process.executable"),
    ("process.parent_process.name", "process.parent.name"),
    ("process.parent_process.cmd_line", "process.parent.command_line"),
    ("file.name", "file.name"),
    ("file.path", "file.path"),
    ("query.hostname", "dns.question.name"),
    ("http_request.url.url_string", "url.original"),
    ("http_request.http_method", "http.request.method"),
    ("http_request.user_agent", "user_agent.original"),
    ("device.hostname", "host.name"),
    ("firewall_rule.uid", "rule.id"),
    ("firewall_rule.name", "rule.name"),
    ("status_detail", "event.reason"),
    ("metadata.event_code", "event.code"),
)


def ocsf_view(event: Event, form: Format) -> Object:
    """One event as an OCSF object. Class 0 (Base Event) when the format gives none."""
    ecs = ecs_view(event, form)
    class_uid = form.ocsf_class(event.fields)
    activity = _activity(class_uid, ecs)
    view: Object = {
        "class_uid": class_uid,
        "category_uid": class_uid // 1000,
        "activity_id": activity,
        "type_uid": class_uid * 100 + activity,
        "severity_id": _SEVERITIES.get(str(ecs.get("log.level", "")).lower(), 0),
        "time": int(event.event_time.timestamp() * 1000),
        "raw_data": ecs["event.original"],
        "message": str(ecs.get("event.reason") or ecs.get("message") or ""),
    }
    _set(view, "metadata.version", OCSF_VERSION)
    _set(view, "metadata.product.name", form.product or form.title_en)
    _set(view, "metadata.product.vendor_name", form.vendor or "unknown")
    _set(view, "metadata.log_name", form.name)
    _set(view, "metadata.uid", event.event_id)
    _set(view, "metadata.logged_time", int(event.receive_time.timestamp() * 1000))
    used = {"@timestamp", "event.original", "log.level", "message"}
    for path, name in _PATHS:
        if name in ecs:
            _set(view, path, ecs[name])
            used.add(name)
    if class_uid in _JUDGED:
        identity, caption, action = _DISPOSITIONS[event.disposition]
        view |= {"disposition_id": identity, "disposition": caption, "action_id": action}
        _set(view, "metadata.profiles", ["security_control"])
    if event.device and "device" not in view:
        _set(view, "device.hostname", event.device)
    _complete(view, ecs)
    if class_uid == 2004:
        title = str(ecs.get("threat.indicator.name") or ecs.get("rule.name") or view["message"])
        view["finding_info"] = {"uid": event.event_id, "title": title}
    if class_uid == 3002 and "user.name" in ecs:
        view["user"] = {"name": ecs["user.name"]}
    view["unmapped"] = {name: value for name, value in ecs.items() if name not in used}
    return view


def _complete(view: Object, ecs: Ecs) -> None:
    """Attributes that OCSF requires inside an object once the object is there; 0 is Unknown."""
    if isinstance(device := view.get("device"), dict):
        device["type_id"] = 0
    if isinstance(connection := view.get("connection_info"), dict):
        direction = str(ecs.get("network.direction", ""))
        connection["direction_id"] = _DIRECTIONS.get(direction.lower(), 0)
    process = view.get("process")
    files = [view.get("file"), process.get("file") if isinstance(process, dict) else None]
    for item in files:
        if isinstance(item, dict):
            item.setdefault("name", base_name(str(item.get("path", ""))))
            item["type_id"] = 1  # a regular file


def _activity(class_uid: int, ecs: Ecs) -> int:
    """The class's activity where the record says it, 0 (Unknown) where not, 99 never."""
    action = str(ecs.get("event.action", "")).lower()
    if class_uid == 4001:
        table = {"accept": 1, "allowed": 1, "start": 1, "close": 2, "client-rst": 3,
                 "server-rst": 3, "deny": 5, "denied": 5, "rejected": 5, "timeout": 4}  # fmt: skip
        return table.get(action, 6)
    if class_uid == 3002:
        return 2 if "logout" in action or "closed" in action else 1
    if class_uid == 2004:
        return 1
    code = str(ecs.get("event.code", ""))
    return (
        {"1": 1, "4688": 1, "5": 2, "4689": 2, "8": 4, "10": 3}.get(code, 0)
        if class_uid == 1007
        else 0
    )


def _set(view: Object, path: str, value: object) -> None:
    *parts, last = path.split(".")
    node = view
    for part in parts:
        child = node.setdefault(part, {})
        if not isinstance(child, dict):
            return
        node = child
    node[last] = value

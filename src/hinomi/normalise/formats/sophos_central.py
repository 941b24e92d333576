"""Sophos Central (Intercept X): the SIEM API's events and alerts as JSON, CEF and key=value (as its
own collecting script writes them), and XDR query results as JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, first
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.scanners.cef import scan_cef
from hinomi.normalise.scanners.pairs import scan_pairs
from hinomi.normalise.scanners.tree import flatten, load_object, unfold

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_DECLARED = (
    "type", "name", "severity", "group", "endpoint_id", "endpoint_type", "dhost", "location",
    "suser", "user_id", "threat", "appSha256", "appCerts", "filePath", "source_info.ip", "id",
    "customer_id", "when", "rt", "end", "datastream", "meta_hostname", "ioc_detection_id",
    "ioc_severity", "query_name", "description",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.code": ("ioc_detection_id", "type"),
    "event.reason": ("name", "description"),
    "event.id": ("id",),
    "event.severity": (),
    "log.level": ("severity",),
    "host.name": ("dhost", "location", "meta_hostname", "deviceName"),
    "host.hostname": ("dhost", "location"),
    "host.id": ("host_identifier", "endpoint_id"),
    "host.ip": ("source_info.ip", "ip"),
    "host.os.name": ("meta_os_name",),
    "source.ip": ("meta_ip_address", "source_info.ip"),
    "source.nat.ip": ("meta_public_ip",),
    "source.mac": ("meta_mac_address",),
    "destination.port": ("remote_port",),
    "destination.ip": ("remote_address", "remoteIp"),
    "destination.domain": ("target_domain",),
    "server.domain": ("target_server",),
    "user.name": ("suser", "source", "meta_username", "target_username"),
    "user.id": ("duid", "user_id"),
    "organization.id": ("customer_id",),
    "process.name": ("processName", "ioc_worker_name"),
    "process.parent.name": ("process_parent_name",),
    "process.command_line": ("process_cmd_line", "cmdline"),
    "process.hash.sha1": ("sha1",),
    "process.hash.sha256": ("sha256", "appSha256"),
    "file.path": ("filePath", "ioc_event_path"),
    "file.hash.sha1": ("sha1",),
    "file.hash.sha256": ("sha256", "appSha256"),
    "registry.key": ("key",),
    "registry.path": ("path",),
    "rule.name": ("rule",),
    "threat.indicator.name": ("threat", "detectionName"),
    "threat.indicator.provider": ("threat_source",),
}
_QUOTED_ACTION = re.compile(r"[″\"“]([^″\"”]{3,60})[″\"”] action was taken")
_RULES = re.compile(r"Rule names?: [′'‘]?([^′'’]+?)[′'’]?(?:  |$)")
_SOURCE_PATH = re.compile(r"Source path: (.+?)(?:  |$)")
_FILE_SIZE = re.compile(r"File size: (\d+)")
_CLEANED = ("::CleanedUp", "::Cleaned", "Blocked", "Quarantined", "::WebControlViolation",
            "CoreClean", "CleanedUp")  # fmt: skip
_FAILED = ("CleanupFailed", "CleanFailed", "NotCleaned", "CleanupReboot")
_SEEN = ("::Detection", "Detected", "CorePuaDetection", "CoreDetection")


def _sniff(line: Line) -> bool:
    text, body = line.text, line.header.body
    if "CEF:" in text:
        return "|sophos central|" in text.lower()
    if body.lstrip()[:1] != "{":
        return 'type="Event::' in text or ("endpoint_id=" in text and "customer_id=" in text)
    return (
        '"Event::' in body
        or ('"endpoint_id"' in body and '"customer_id"' in body)
        or ('"ioc_detection_id"' in body and '"meta_hostname"' in body)
    )


def _parse(line: Line) -> Fields:
    if "CEF:" in line.text:
        fields = scan_cef(line.text)
        fields.setdefault("type", fields.get("DeviceEventClassID", ""))
        fields.setdefault("name", fields.get("Name", ""))
        # The header says again what the record's own names say, and differs in case alone.
        fields = {key: fields[key] for key in fields if key not in ("Name", "Severity")}
    elif line.header.body.lstrip()[:1] == "{":
        fields = flatten(load_object(line.header.body))
    else:
        fields = scan_pairs(line.header.body.replace('"; ', '" ').rstrip("; "))
    if not any(fields.get(name) for name in ("endpoint_id", "customer_id", "type")):
        raise NotThisFormat("Not of Sophos Central.")
    return _told(fields)


def _told(fields: Fields) -> Fields:
    """What the script flattens, under the names the API gives it."""
    unfold(fields, "source_info")
    for written, name in (("source_info_ip", "source_info.ip"), ("source_info", "source_info.ip")):
        if (value := fields.get(written, "")) and name not in fields:
            fields[name] = value.strip("{}' \"").rpartition(":")[2].strip("' \"")
    return fields


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    for name in ("rt", "when", "end", "unix_time", "calendar_time", "created_at", "raisedAt"):
        if stated := from_text(fields.get(name, ""), zone, receive):
            return stated
    return None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """By the event's type name: it names the outcome (CleanedUp, CleanupFailed, Detection)."""
    kind = fields.get("type", "")
    for words, verdict in (
        (_FAILED, Disposition.LET_THROUGH),
        (_CLEANED, Disposition.STOPPED),
        (_SEEN, Disposition.SEEN),
    ):
        if any(word in kind for word in words):
            return verdict
    return Disposition.UNKNOWN


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    text = fields.get("name", "")
    if "Event::" not in fields.get("type", "") and "description" in fields:
        ecs["event.reason"] = fields["description"]
    if found := _QUOTED_ACTION.search(text):
        ecs["event.action"] = found[1]
    if found := _RULES.search(text):
        ecs["rule.name"] = found[1].strip()
    if found := _SOURCE_PATH.search(text):
        ecs["file.path"] = found[1]
    if found := _FILE_SIZE.search(text):
        ecs_values.put(ecs, "file.size", found[1])
    if (size := fields.get("upload_size", "")) and size.isdecimal() and len(size) < 19:
        ecs["source.bytes"] = int(size)
    if first(fields, ("suser", "source", "meta_username", "target_username")) == "":
        ecs.pop("user.name", None)


FORMAT = Format(
    name="sophos_central",
    title_ja="Sophos Central (Intercept X)",
    title_en="Sophos Central (Intercept X)",
    shape="sophos_central",
    sniff=_sniff,
    marks=(
        "CEF:",
        'type="Event::',
        "endpoint_id=",
        '"Event::',
        '"endpoint_id"',
        '"ioc_detection_id"',
    ),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    device=("dhost", "location", "meta_hostname"),
    user=("suser", "source", "meta_username"),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 2004,
    vendor="Sophos",
    product="Intercept X",
    seen_ja=(
        "SIEM APIのイベントと警告（JSON、集めるスクリプトのCEFと名前=値）",
        "XDRの問い合わせ結果",
    ),
    lost_ja=("入れ子の値は、点でつないだ名前になります。",),
)

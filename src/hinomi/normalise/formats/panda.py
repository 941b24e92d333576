"""Panda / WatchGuard Endpoint Security: the management API's JSON and the SIEM feeder's LEEF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of, outcome_of
from hinomi.normalise.notations import fields_of, is_cef_of, is_json, is_leef_of, time_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_DECLARED = (
    "security_event_type", "host_name", "ip_address", "security_event_date", "date", "path",
    "hash", "action", "malware_name", "malware_category", "site_name", "exploit_technique",
    "user_name", "number_of_occurrences", "device_type", "local_ip", "remote_ip", "local_port",
    "remote_port", "protocol", "direction", "HostName", "usrName", "src", "MWName",
    "Op", "verdict.kind", "verdict.name", "verdict.disposition",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.id": ("id", "event_id"),
    "event.code": ("security_event_type", "EventID"),
    "event.action": ("Op", "act"),
    "event.reason": ("description", "detection_technology"),
    "log.level": ("sev",),
    "organization.name": ("site_name",),
    "host.name": ("host_name", "HostName", "identHostName", "device_name"),
    "host.id": ("device_id", "MUID"),
    "source.ip": ("ip_address", "local_ip", "src"),
    "source.port": ("local_port",),
    "destination.ip": ("remote_ip", "dst"),
    "destination.port": ("remote_port",),
    "network.transport": ("protocol",),
    "user.name": ("user_name", "logged_user", "usrName", "accessed_user"),
    "user.domain": ("domain",),
    "file.path": ("path", "Path", "item_path"),
    "file.hash.md5": ("hash", "md5", "Hash", "ChildHash"),
    "process.executable": ("ChildPath",),
    "process.parent.executable": ("ParentPath",),
    "process.parent.hash.md5": ("ParentHash",),
    "registry.path": ("RegKey",),
    "threat.indicator.name": ("malware_name", "exploit_technique", "MWName", "item_name"),
    "rule.name": ("rule_name", "risk_name"),
}  # fmt: skip
# security_event_type of the management API.
_TYPES = {
    "1": ThreatKind.MALWARE, "2": ThreatKind.UNWANTED, "3": ThreatKind.POLICY,
    "4": ThreatKind.EXPLOIT, "5": ThreatKind.POLICY, "6": ThreatKind.MALWARE,
    "7": ThreatKind.UNWANTED, "8": ThreatKind.UNWANTED, "9": ThreatKind.PHISHING,
    "10": ThreatKind.SUSPICIOUS, "11": ThreatKind.SUSPICIOUS, "13": ThreatKind.BAD_SITE,
    "14": ThreatKind.MALWARE, "15": ThreatKind.INTRUSION, "16": ThreatKind.POLICY,
    "17": ThreatKind.POLICY, "18": ThreatKind.SUSPICIOUS, "19": ThreatKind.INTRUSION,
}  # fmt: skip
_ACTIONS = {
    "0": Disposition.LET_THROUGH, "1": Disposition.STOPPED, "2": Disposition.STOPPED,
    "3": Disposition.STOPPED, "4": Disposition.LET_THROUGH, "5": Disposition.STOPPED,
    "6": Disposition.STOPPED, "7": Disposition.LET_THROUGH, "8": Disposition.LET_THROUGH,
    "9": Disposition.STOPPED, "10": Disposition.SEEN, "11": Disposition.STOPPED,
    "13": Disposition.STOPPED, "14": Disposition.STOPPED, "15": Disposition.LET_THROUGH,
    "16": Disposition.SEEN, "17": Disposition.LET_THROUGH,
}  # fmt: skip


def _sniff(line: Line) -> bool:
    makers = ("Panda Security", "PandaSecurity", "Panda", "WatchGuard Endpoint Security")
    if "LEEF:" in line.text or "CEF:" in line.text:
        return is_leef_of(line, *makers) or is_cef_of(line, *makers)
    text = line.text
    return (
        is_json(line)
        and '"host_name"' in text
        and (
            '"security_event_date"' in text
            or '"security_event_type"' in text
            or '"custom_group_folder_id"' in text
        )
    )


def _parse(line: Line) -> Fields:
    fields = fields_of(line)
    if "DeviceVendor" not in fields and "host_name" not in fields:
        raise NotThisFormat("JSON, but not of Panda.")
    return fields


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    path = first(fields, ("path", "Path", "item_path", "url"))
    ecs.pop("file.path", None)
    if "://" in path:
        ecs["url.original"] = path
        ecs_values.add_url(ecs, path)
    elif path:
        path = path.replace("|\\", "\\").replace("|", "\\")
        ecs["file.path"] = path
        ecs["file.name"] = ecs_values.base_name(path)
    if number := fields.get("action"):
        ecs.setdefault("event.action", number)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    told = fields.get("action", "")
    found = _ACTIONS.get(told) or outcome_of(told or fields.get("act", ""))
    if found is not Disposition.UNKNOWN:
        return found
    return Disposition.SEEN if _verdict(fields) else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    name = first(fields, ("malware_name", "exploit_technique", "MWName", "item_name", "rule_name"))
    path = first(fields, ("path", "Path"))
    if "security_event_date" in fields or "security_event_type" in fields:
        kind = _TYPES.get(fields.get("security_event_type", ""), ThreatKind.SUSPICIOUS)
        if "://" in path and kind in (ThreatKind.MALWARE, ThreatKind.SUSPICIOUS):
            kind = ThreatKind.BAD_SITE
        return Verdict(kind, name or path)
    return Verdict(kind_of(ThreatKind.MALWARE, name), name) if name else None


FORMAT = Format(
    name="panda",
    title_ja="WatchGuard Endpoint Security（Panda）",
    title_en="WatchGuard Endpoint Security (Panda)",
    shape="panda",
    sniff=_sniff,
    marks=("Panda", "WatchGuard Endpoint Security", '"host_name"'),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "Signature": "malware_name",
        "Filename": "path",
        "src_ip": "ip_address",
        "dst_ip": "remote_ip",
    },
    device=("host_name", "HostName", "identHostName"),
    user=("user_name", "logged_user", "usrName"),
    stated_time=time_in("security_event_date", "date", "event_date", "devTime", utc=True),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 2004 if _verdict(fields) else 0,
    verdict=_verdict,
    vendor="WatchGuard",
    product="Endpoint Security",
    seen_ja=("Endpoint Security Management APIのセキュリティイベント（JSON）", "SIEM FeederのLEEF"),
    lost_ja=("種類と処置は番号で届きます。新しい番号は「見つけただけ」とします。",),
)

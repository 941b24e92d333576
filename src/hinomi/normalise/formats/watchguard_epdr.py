"""WatchGuard Endpoint Security (EPDR, EDR, EPP) and Panda before it: security events of the
management API, whose two addresses give the same objects, and the SIEM feeder's LEEF.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of, outcome_of
from hinomi.normalise.notations import fields_of, is_cef_of, is_json, is_leef_of, time_in
from hinomi.normalise.rows import natives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_MAKERS = ("Panda Security", "PandaSecurity", "Panda", "WatchGuard Endpoint Security")
_MARKS = ('"security_event_date"', '"security_event_type"', '"custom_group_folder_id"')
_DECLARED = (
    "id", "device_id", "site_id", "account_id", "site_name", "host_name", "ip_address",
    "device_type", "security_event_type", "security_event_date", "date", "action",
    "malware_category", "malware_name", "malware_type", "path", "item_name", "hash", "user_name",
    "number_of_occurrences", "rule_id", "rule_name", "rule_risk", "status",
    "network_activity_type", "direction", "protocol", "local_ip", "local_port", "remote_ip",
    "remote_port", "local_ip_address", "remote_ip_address", "source_ip", "source_machine_name",
    "source_user", "detection_technology", "exploit_technique", "event_type", "was_run",
    "description", "HostName", "usrName", "src", "MWName", "Op",
)  # fmt: skip
_ECS = natives({
    "event.id": "id event_id",
    "event.code": "security_event_type EventID",
    "event.action": "Op act action",
    "event.reason": "description detection_technology",
    "log.level": "sev",
    "organization.id": "account_id",
    "organization.name": "site_name",
    "host.name": "host_name HostName identHostName device_name",
    "host.id": "device_id MUID",
    "host.ip": "local_ip_address ip_address",
    "host.domain": "domain",
    "source.ip": "source_ip local_ip src",
    "source.port": "local_port",
    "source.domain": "source_machine_name",
    "source.user.name": "source_user",
    "client.ip": "remote_ip_address",
    "destination.ip": "remote_ip dst",
    "destination.port": "remote_port",
    "network.transport": "protocol",
    "user.name": "user_name logged_user usrName accessed_user",
    "file.path": "path Path item_path",
    "file.hash.md5": "hash md5 Hash ChildHash",
    "process.executable": "ChildPath",
    "process.hash.md5": "process_hash",
    "process.parent.executable": "ParentPath",
    "process.parent.hash.md5": "ParentHash",
    "registry.path": "RegKey",
    "rule.id": "rule_id",
    "rule.name": "rule_name risk_name",
    "threat.indicator.name": "malware_name MWName item_name",
    "threat.indicator.confidence": "rule_risk",
    "threat.software.alias": "alias",
    "threat.technique.name": "exploit_technique",
})  # fmt: skip
_TECHNIQUE = re.compile(r"\b(T\d{4}(?:\.\d{3})?)\b")
_TACTIC = re.compile(r"\b(TA\d{4})\b")
# Numbers of the API: security_event_type, malware_category, action.
_TYPES = {
    "1": ThreatKind.MALWARE, "2": ThreatKind.UNWANTED, "3": ThreatKind.POLICY,
    "4": ThreatKind.EXPLOIT, "5": ThreatKind.POLICY, "6": ThreatKind.MALWARE,
    "7": ThreatKind.UNWANTED, "8": ThreatKind.UNWANTED, "9": ThreatKind.PHISHING,
    "10": ThreatKind.SUSPICIOUS, "11": ThreatKind.SUSPICIOUS, "13": ThreatKind.BAD_SITE,
    "14": ThreatKind.MALWARE, "15": ThreatKind.INTRUSION, "16": ThreatKind.POLICY,
    "17": ThreatKind.POLICY, "18": ThreatKind.SUSPICIOUS, "19": ThreatKind.INTRUSION,
}  # fmt: skip
_CATEGORIES = {
    "1": ThreatKind.MALWARE, "2": ThreatKind.UNWANTED, "3": ThreatKind.UNWANTED,
    "4": ThreatKind.PHISHING, "5": ThreatKind.SUSPICIOUS, "6": ThreatKind.SUSPICIOUS,
    "7": ThreatKind.UNWANTED, "8": ThreatKind.BAD_SITE, "9": ThreatKind.MALWARE,
}  # fmt: skip
_ACTIONS = {
    "0": Disposition.LET_THROUGH, "1": Disposition.STOPPED, "2": Disposition.STOPPED,
    "3": Disposition.STOPPED, "4": Disposition.LET_THROUGH, "5": Disposition.STOPPED,
    "6": Disposition.STOPPED, "7": Disposition.LET_THROUGH, "8": Disposition.LET_THROUGH,
    "9": Disposition.STOPPED, "10": Disposition.SEEN, "11": Disposition.STOPPED,
    "13": Disposition.STOPPED, "14": Disposition.STOPPED, "15": Disposition.LET_THROUGH,
    "16": Disposition.SEEN, "17": Disposition.LET_THROUGH,
}  # fmt: skip
_REFINED = frozenset({ThreatKind.MALWARE, ThreatKind.SUSPICIOUS})


def _sniff(line: Line) -> bool:
    text = line.text
    if "LEEF:" in text or "CEF:" in text:
        return is_leef_of(line, *_MAKERS) or is_cef_of(line, *_MAKERS)
    if not is_json(line):
        return False
    is_of_api = '"custom_group_folder_id"' in text and '"site_id"' in text
    return is_of_api or ('"host_name"' in text and any(mark in text for mark in _MARKS))


def _parse(line: Line) -> Fields:
    fields = fields_of(line)
    if not any(name in fields for name in ("DeviceVendor", "device_id", "host_name")):
        raise NotThisFormat("No device.")
    return fields


def _kind(fields: Mapping[str, str]) -> ThreatKind | None:
    """Objects of the API that are no security event (a list of devices) have no kind."""
    if told := _TYPES.get(fields.get("security_event_type", "")):
        return told
    if category := fields.get("malware_category"):
        return _CATEGORIES.get(category, ThreatKind.MALWARE)
    if "rule_name" in fields:
        return ThreatKind.SUSPICIOUS
    if fields.get("exploit_technique"):
        return ThreatKind.EXPLOIT
    if "network_activity_type" in fields:
        return ThreatKind.INTRUSION
    is_event = "security_event_type" in fields or "security_event_date" in fields
    return ThreatKind.SUSPICIOUS if is_event else None


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    name = first(fields, ("malware_name", "MWName", "rule_name", "exploit_technique", "item_name"))
    if "DeviceVendor" in fields:  # the feeder tells every process; what is bad has a name
        return Verdict(kind_of(ThreatKind.MALWARE, name), name) if name else None
    kind, path = _kind(fields), fields.get("path", "")
    if kind in _REFINED:
        kind = ThreatKind.BAD_SITE if "://" in path else kind_of(kind, name or path)
    return Verdict(kind, name or path) if kind else None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """Numbers that the public description does not name stay unknown; with a rule or an attack
    from the network the number means something else."""
    if _verdict(fields) is None:
        return Disposition.UNKNOWN
    told = fields.get("action", "")
    if not told.isdigit():
        return outcome_of(told or fields.get("act", ""))
    is_of_file = any(
        fields.get(name) for name in ("security_event_type", "malware_category", "path")
    )
    return _ACTIONS.get(told, Disposition.UNKNOWN) if is_of_file else Disposition.UNKNOWN


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    _add_path(first(fields, ("path", "Path", "item_path", "url")), ecs)
    said = " ".join(value for name, value in fields.items() if name.startswith("rule_mitre"))
    if found := _TECHNIQUE.findall(said[:4_000]):
        ecs["threat.technique.id"] = found
    if found := _TACTIC.findall(said[:4_000]):
        ecs["threat.tactic.id"] = found
    if "network_activity_type" in fields and "source_ip" not in fields:
        ecs.pop("source.ip", None)  # who is attacked is no source
    elif "source.ip" not in ecs:
        ecs_values.put(ecs, "source.ip", fields.get("ip_address", ""))


def _add_path(path: str, ecs: Ecs) -> None:
    """A phishing page's address stands where a file's path stands; `|` divides known folders."""
    ecs.pop("file.path", None)
    if "://" in path:
        ecs["url.original"] = path
        ecs_values.add_url(ecs, path)
    elif path:
        path = path.replace("|\\", "\\").replace("|", "\\")
        ecs["file.path"] = path
        ecs["file.name"] = ecs_values.base_name(path)


FORMAT = Format(
    name="watchguard_epdr",
    title_ja="WatchGuard Endpoint Security（EPDR、EDR、EPP、Panda）",
    title_en="WatchGuard Endpoint Security (EPDR, EDR, EPP, Panda)",
    shape="watchguard_epdr",
    sniff=_sniff,
    marks=("Panda", "WatchGuard Endpoint Security", *_MARKS),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "Signature": "malware_name",
        "Filename": "path",
        "src_ip": "ip_address",
        "dst_ip": "remote_ip",
    },
    device=("host_name", "HostName", "identHostName", "device_id"),
    user=("user_name", "logged_user", "usrName"),
    stated_time=time_in("date", "security_event_date", "event_date", "devTime", utc=True),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 2004 if _verdict(fields) else 0,
    verdict=_verdict,
    vendor="WatchGuard",
    product="Endpoint Security",
    seen_ja=(
        "Endpoint Security Management API（EPDR、Panda）のセキュリティイベントのJSON",
        "SIEM FeederのLEEF",
    ),
    lost_ja=("種類と処置は番号で届きます。公開されていない番号は「不明」です。",),
)

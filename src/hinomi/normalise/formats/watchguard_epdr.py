"""WatchGuard Endpoint Security (EPDR, EDR, EPP; before: Panda Adaptive Defense): security events
of the cloud's API, one JSON object each.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of
from hinomi.normalise.notations import is_json, json_fields, time_in
from hinomi.normalise.rows import natives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_DECLARED = (
    "id", "device_id", "site_id", "account_id", "site_name", "host_name", "ip_address",
    "device_type", "security_event_date", "date", "action", "malware_category", "malware_name",
    "malware_type", "path", "item_name", "hash", "user_name", "number_of_occurrences", "rule_id",
    "rule_name", "rule_risk", "status", "network_activity_type", "direction", "protocol",
    "local_ip_address", "remote_ip_address", "source_ip", "source_machine_name", "source_user",
    "detection_technology", "exploit_technique", "event_type", "was_run", "description",
)  # fmt: skip
_ECS = natives({
    "event.id": "id",
    "event.reason": "description",
    "host.name": "host_name",
    "host.id": "device_id",
    "host.ip": "local_ip_address ip_address",
    "host.domain": "domain",
    "user.name": "user_name",
    "file.path": "path",
    "file.hash.md5": "hash",
    "process.hash.md5": "process_hash",
    "rule.id": "rule_id",
    "rule.name": "rule_name",
    "source.ip": "source_ip",
    "source.domain": "source_machine_name",
    "source.user.name": "source_user",
    "client.ip": "remote_ip_address",
    "threat.indicator.name": "malware_name item_name",
    "threat.indicator.confidence": "rule_risk",
    "threat.software.alias": "alias",
    "threat.technique.name": "exploit_technique",
    "organization.id": "account_id",
    "organization.name": "site_name",
})  # fmt: skip
_TECHNIQUE = re.compile(r"\b(T\d{4}(?:\.\d{3})?)\b")
_TACTIC = re.compile(r"\b(TA\d{4})\b")
# Numbers of the API (malware_category, action).
_CATEGORIES = {
    "1": ThreatKind.MALWARE, "2": ThreatKind.UNWANTED, "3": ThreatKind.UNWANTED,
    "4": ThreatKind.PHISHING, "5": ThreatKind.SUSPICIOUS, "6": ThreatKind.SUSPICIOUS,
    "7": ThreatKind.UNWANTED, "8": ThreatKind.BAD_SITE, "9": ThreatKind.MALWARE,
}  # fmt: skip
_ACTIONS = {
    "0": Disposition.LET_THROUGH, "1": Disposition.STOPPED, "2": Disposition.STOPPED,
    "3": Disposition.STOPPED,
}  # fmt: skip


def _sniff(line: Line) -> bool:
    text = line.text
    return is_json(line) and '"custom_group_folder_id"' in text and '"site_id"' in text


def _parse(line: Line) -> Fields:
    fields = json_fields(line)
    if "device_id" not in fields and "host_name" not in fields:
        raise NotThisFormat("No device.")
    return fields


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """Numbers that the public description does not name stay unknown."""
    if "malware_category" not in fields:
        return Disposition.UNKNOWN
    return _ACTIONS.get(fields.get("action", ""), Disposition.UNKNOWN)


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    name = first(fields, ("malware_name", "rule_name", "exploit_technique", "item_name", "path"))
    if category := fields.get("malware_category"):
        return Verdict(kind_of(_CATEGORIES.get(category, ThreatKind.MALWARE), name), name)
    if "rule_name" in fields:
        return Verdict(kind_of(ThreatKind.SUSPICIOUS, name), name)
    if fields.get("exploit_technique"):
        return Verdict(ThreatKind.EXPLOIT, name)
    return Verdict(ThreatKind.INTRUSION, name) if "network_activity_type" in fields else None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    said = " ".join(value for name, value in fields.items() if name.startswith("rule_mitre"))
    if found := _TECHNIQUE.findall(said[:4_000]):
        ecs["threat.technique.id"] = found
    if found := _TACTIC.findall(said[:4_000]):
        ecs["threat.tactic.id"] = found


FORMAT = Format(
    name="watchguard_epdr",
    title_ja="WatchGuard EPDR",
    title_en="WatchGuard Endpoint Security (EPDR)",
    shape="watchguard_epdr",
    sniff=_sniff,
    marks=('"custom_group_folder_id"',),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    device=("host_name", "device_id"),
    user=("user_name",),
    stated_time=time_in("date", "security_event_date", utc=True),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 2004,
    verdict=_verdict,
    vendor="WatchGuard",
    product="EPDR",
    seen_ja=(
        "APIのセキュリティイベントのJSON（ウイルス、迷惑ソフト、不審な動き、攻撃の兆し、侵入の試み）。",
    ),
    lost_ja=("処置（action）は番号で書かれます。公開されていない番号は「不明」です。",),
)

"""Palo Alto Networks Cortex XDR: alerts (JSON of the API, CEF of the syslog forwarder) and single
events of an alert. The first event's fields stand beside the alert's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_in
from hinomi.normalise.notations import is_json, time_in
from hinomi.normalise.rows import natives, renamed, scan_marked, without_labels
from hinomi.normalise.scanners.tree import flatten, load_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_RENAMED = {
    "shost": "host_name", "suser": "user_name", "act": "action", "externalId": "external_id",
    "cat": "category", "end": "detection_timestamp", "request": "alert_url", "src": "host_ip",
    "filePath": "action_file_path", "fileHash": "action_file_sha256", "msg": "description",
    "Name": "name", "dst": "action_remote_ip", "dpt": "action_remote_port",
    "Initiated by": "actor_process_image_name", "Initiator CMD": "actor_process_command_line",
    "CGO name": "causality_actor_process_image_name",
    "CGO CMD": "causality_actor_process_command_line",
    "deviceExternalId": "endpoint_id", "initiatorSha256": "actor_process_image_sha256",
    "initiatorPath": "actor_process_image_path",
}  # fmt: skip
_DECLARED = (
    "alert_id", "external_id", "name", "category", "description", "severity", "action",
    "action_pretty", "source", "host_name", "host_ip", "endpoint_id", "event_type",
    "detection_timestamp", "event_timestamp", "actor_process_image_name",
    "actor_process_image_path", "actor_process_command_line", "actor_process_image_sha256",
    "actor_process_image_md5", "actor_process_os_pid", "causality_actor_process_image_name",
    "causality_actor_process_command_line", "action_file_path", "action_file_name",
    "action_file_sha256", "action_local_ip", "action_remote_ip", "action_remote_port",
    "action_external_hostname", "action_registry_full_key", "user_name", "dns_query_name",
)  # fmt: skip
_ECS = natives({
    "event.action": "action",
    "event.reason": "description",
    "event.id": "alert_id external_id event_id",
    "log.level": "severity",
    "host.id": "endpoint_id",
    "host.name": "host_name",
    "host.domain": "agent_device_domain",
    "host.hostname": "agent_fqdn",
    "host.ip": "host_ip",
    "host.mac": "mac mac_addresses",
    "host.os.name": "agent_os_type",
    "host.os.version": "agent_os_sub_type",
    "agent.version": "agent_version",
    "user.name": "user_name actor_effective_username",
    "process.name": "actor_process_image_name",
    "process.executable": "actor_process_image_path",
    "process.command_line": "actor_process_command_line",
    "process.pid": "actor_process_os_pid",
    "process.hash.md5": "actor_process_image_md5",
    "process.hash.sha256": "actor_process_image_sha256",
    "process.code_signature.subject_name": "actor_process_signature_vendor",
    "process.code_signature.status": "actor_process_signature_status",
    "process.parent.name": "causality_actor_process_image_name",
    "process.parent.executable": "causality_actor_process_image_path",
    "process.parent.command_line": "causality_actor_process_command_line",
    "process.parent.hash.md5": "causality_actor_process_image_md5",
    "process.parent.hash.sha256": "causality_actor_process_image_sha256",
    "file.name": "action_file_name",
    "file.path": "action_file_path",
    "file.hash.md5": "action_file_md5",
    "file.hash.sha256": "action_file_sha256",
    "registry.path": "action_registry_full_key",
    "registry.key": "action_registry_key_name",
    "registry.value": "action_registry_value_name",
    "source.ip": "action_local_ip action_local_ip_v6",
    "source.port": "action_local_port",
    "destination.ip": "action_remote_ip action_remote_ip_v6",
    "destination.port": "action_remote_port",
    "destination.domain": "action_external_hostname dst_action_external_hostname",
    "dns.question.name": "dns_query_name",
    "rule.name": "name fw_rule",
    "rule.id": "matching_service_rule_id fw_rule_id",
    "rule.category": "category",
    "observer.name": "fw_device_name",
    "observer.serial_number": "fw_serial_number",
    "url.domain": "fw_url_domain",
    "email.subject": "fw_email_subject",
    "email.from.address": "fw_email_sender",
    "email.to.address": "fw_email_recipient",
    "user_agent.original": "user_agent",
    "threat.technique.name": "mitre_technique_id_and_name",
    "threat.tactic.name": "mitre_tactic_id_and_name",
    "cloud.provider": "cloud_provider",
    "container.id": "container_id",
    "container.name": "container_name",
})  # fmt: skip
_NO_SAY = frozenset({"n/a", "unknown", "not applicable"})


def _sniff(line: Line) -> bool:
    text = line.text
    if "|Cortex XDR|" in text[:400]:
        return True
    return is_json(line) and '"actor_process_image_name"' in text


def _parse(line: Line) -> Fields:
    if "|Cortex XDR|" in line.text[:400]:
        return renamed(without_labels(scan_marked(line.text)), _RENAMED)
    tree = load_object(line.header.body.strip())
    events = tree.pop("events", None)
    if isinstance(events, list) and events and isinstance(events[0], dict):
        tree = {**events[0], **tree}
    if "actor_process_image_name" not in tree and "detection_timestamp" not in tree:
        raise NotThisFormat("Neither an alert nor an event of Cortex XDR.")
    return {
        name: value
        for name, value in flatten(tree).items()
        if value.lower() not in _NO_SAY and value != "[]"
    }


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """`action` is BLOCKED, DETECTED, REPORTED, PREVENTED … and `…_1` for variants."""
    said = (fields.get("action_pretty") or fields.get("action", "")).lower()
    for word, outcome in (
        ("prevented", Disposition.STOPPED), ("blocked", Disposition.STOPPED),
        ("quarantine", Disposition.STOPPED), ("detected", Disposition.SEEN),
        ("reported", Disposition.SEEN), ("scanned", Disposition.SEEN),
        ("allowed", Disposition.LET_THROUGH),
    ):  # fmt: skip
        if word in said:
            return outcome
    return Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if "name" not in fields:
        return None  # an event alone judges nothing
    kind = kind_in(fields, ("name", "category"), default=ThreatKind.SUSPICIOUS)
    return Verdict(kind, first(fields, ("name", "category")))


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if addresses := fields.get("host_ip"):
        ecs["host.ip"] = ecs_values.as_list(addresses)


FORMAT = Format(
    name="cortex_xdr",
    title_ja="Cortex XDR",
    title_en="Palo Alto Networks Cortex XDR",
    shape="cortex_xdr",
    sniff=_sniff,
    marks=("|Cortex XDR|", '"actor_process_image_name"'),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    device=("host_name", "endpoint_id"),
    user=("user_name", "actor_effective_username"),
    stated_time=time_in("event_timestamp", "detection_timestamp", utc=True),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 2004 if "name" in fields else 0,
    verdict=_verdict,
    vendor="Palo Alto Networks",
    product="Cortex XDR",
    seen_ja=("APIのアラートとイベントのJSON。",),
    lost_ja=("1つのアラートに出来事が複数あるときは、最初の1つだけを見出しにします。",),
)

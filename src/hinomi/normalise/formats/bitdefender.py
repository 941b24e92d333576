"""Bitdefender GravityZone: push events as JSON (also inside JSON-RPC) and CEF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of, outcome_of
from hinomi.normalise.notations import fields_of, is_cef_of, is_json, time_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_RPC = "params.events.0."
_DECLARED = (
    "module", "companyId", "computer_name", "computer_fqdn", "computer_ip", "computer_id",
    "user.name", "user.userName", "malware_type", "malware_name", "file_path", "hash",
    "final_status", "status", "action", "main_action", "severity", "timestamp", "url",
    "aph_type", "exploit_type", "exploit_path", "detection_name", "incident_id",
    "process_path", "source_ip", "local_port", "dvchost", "BitdefenderGZModule",
    "BitdefenderGZMalwareName", "act", "verdict.kind", "verdict.name", "verdict.disposition",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("main_action", "actionTaken", "action_taken", "final_status", "action",
                     "act", "status", "uc_action", "BitdefenderGZMainAction"),
    "event.code": ("module", "BitdefenderGZModule", "DeviceEventClassID"),
    "event.id": ("incident_id", "_id", "BitdefenderGZIncidentId"),
    "event.reason": ("description", "detection_name", "msg", "Name"),
    "event.severity": ("severity_score", "severityScore"),
    "log.level": ("severity", "Severity"),
    "organization.id": ("companyId", "company_id", "BitdefenderGZCompanyId"),
    "organization.name": ("companyName",),
    "host.name": ("computer_name", "computerName", "endpointName", "dvchost",
                  "BitdefenderGZComputerFQDN"),
    "host.hostname": ("computer_fqdn", "computer_name", "dvchost"),
    "host.id": ("computer_id", "endpointId", "deviceExternalId", "hwid",
                "BitdefenderGZHwId"),
    "host.ip": ("computer_ip", "dvc"),
    "host.os.full": ("computer_os", "os"),
    "source.ip": ("source_ip", "attackSourceIp", "attack_source", "src", "sourceIp"),
    "source.port": ("spt", "local_port"),
    "destination.ip": ("victim_ip", "victimIp", "dst", "destination_ip", "destinationIp"),
    "destination.port": ("port", "dpt", "destination_port"),
    "network.transport": ("protocol", "proto"),
    "network.iana_number": ("protocol_id",),
    "user.name": ("user.name", "user.userName", "userName", "username", "suser", "duser"),
    "user.id": ("user.id", "user.sid", "user.userSid", "user_sid", "suid", "userSid"),
    "url.original": ("url", "request", "requestUrl"),
    "file.path": ("file_path", "filePath", "malware_path", "exploit_path", "path"),
    "file.name": ("file_name", "filename", "fname"),
    "file.size": ("file_size", "fsize"),
    "file.hash.md5": ("file_hash_md5", "fileHashMd5", "BitdefenderGZFileHashMd5"),
    "file.hash.sha256": ("file_hash_sha256", "hash", "fileHash", "fileHashSha256",
                         "BitdefenderGZFileHashSha256"),
    "process.executable": ("process_path", "application_path", "sproc",
                           "processPath"),
    "process.pid": ("process_pid", "pid", "processPid"),
    "process.command_line": ("process_command_line", "parameters", "processCommandLine"),
    "process.parent.pid": ("parent_process_pid", "parent_pid"),
    "process.parent.executable": ("parent_process_path", "parentProcessPath"),
    "email.subject": ("email.subject", "subject", "msgSubject"),
    "email.from.address": ("sender", "email.sender"),
    "email.to.address": ("recipients", "email.recipients"),
    "rule.name": ("rule_name", "exploit_type", "attack_technique", "BitdefenderGZAttackTypes"),
    "threat.indicator.name": ("malware_name", "malwareName", "BitdefenderGZMalwareName",
                              "detection_name", "detectionName", "BitdefenderGZDetectionName"),
    "threat.technique.id": ("att_ck_id", "attCkId", "BitdefenderGZAttCkId"),
    "observer.version": ("DeviceVersion", "product_version"),
}  # fmt: skip
# The module that speaks → what it judges; other modules report about the product itself.
_MODULES = {
    "av": ThreatKind.MALWARE, "aph": ThreatKind.PHISHING, "avc": ThreatKind.SUSPICIOUS,
    "antiexploit": ThreatKind.EXPLOIT, "fw": ThreatKind.POLICY, "ids": ThreatKind.SUSPICIOUS,
    "hd": ThreatKind.MALWARE, "hyperdetect": ThreatKind.MALWARE,
    "new-incident": ThreatKind.SUSPICIOUS, "new-extended-incident": ThreatKind.SUSPICIOUS,
    "network-monitor": ThreatKind.INTRUSION, "network-sandboxing": ThreatKind.MALWARE,
    "ransomware-mitigation": ThreatKind.RANSOMWARE, "exchange-malware": ThreatKind.MAIL_MALWARE,
    "uc": ThreatKind.POLICY, "dp": ThreatKind.DATA_LEAVING, "device-control": ThreatKind.POLICY,
    "storage-antimalware": ThreatKind.MALWARE, "security-container-update-available": None,
    "modules": None, "registration": None, "sva": None, "task-status": None,
    "login": None, "hwid-change": None,
}  # fmt: skip
_ACTIONS = {
    "aph_blocked": Disposition.STOPPED, "uc_site_blocked": Disposition.STOPPED,
    "avc_blocked": Disposition.STOPPED, "portscan_blocked": Disposition.STOPPED,
    "traffic_blocked": Disposition.STOPPED, "still present": Disposition.LET_THROUGH,
    "restored": Disposition.LET_THROUGH, "restored by user": Disposition.LET_THROUGH,
    "uc_application_blocked": Disposition.STOPPED, "no action": Disposition.SEEN,
    "partially blocked": Disposition.SEEN, "report only": Disposition.SEEN,
    "data_protection_blocked": Disposition.STOPPED, "remediated": Disposition.STOPPED,
}  # fmt: skip


def _sniff(line: Line) -> bool:
    if "CEF:" in line.text:
        return is_cef_of(line, "Bitdefender", "BitDefender")
    text = line.text
    return is_json(line) and (
        ('"module"' in text and '"computer_name"' in text)
        or ('"product_installed"' in text and '"companyId"' in text)
        or '"addEvents"' in text[:4000]
        or ('"module"' in text and '"companyId"' in text and '"endpointId"' in text)
    )


def _parse(line: Line) -> Fields:
    fields = fields_of(line)
    if any(name.startswith(_RPC) for name in fields):
        # The first event keeps GravityZone's own names; the next ones stand under theirs.
        fields = {
            name[len(_RPC) :] if name.startswith(_RPC) else name: value
            for name, value in fields.items()
        }
    if "DeviceVendor" not in fields and not any(
        name in fields for name in ("module", "companyId", "computer_name")
    ):
        raise NotThisFormat("JSON, but not of GravityZone.")
    return fields


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if url := str(ecs.get("url.original", "")):
        ecs_values.add_url(ecs, url)
        if "://" not in url and "/" in url:
            ecs.setdefault("url.domain", url.partition("/")[0])
    if fields.get("module") == "avc" and (path := fields.get("exploit_path")):
        ecs.setdefault("process.executable", path)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    if _verdict(fields) is None:
        return Disposition.UNKNOWN
    for name in ("final_status", "main_action", "actionTaken", "action_taken", "act", "status",
                 "action", "BitdefenderGZMainAction"):  # fmt: skip
        word = fields.get(name, "").lower()
        found = _ACTIONS.get(word) or outcome_of(word)
        if found is not Disposition.UNKNOWN:
            return found
    return Disposition.SEEN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    module = first(fields, ("module", "BitdefenderGZModule")).lower()
    kind = _MODULES.get(module)
    if kind is None:
        return None
    name = first(fields, ("malware_name", "malwareName", "BitdefenderGZMalwareName",
                          "detection_name", "detectionName", "exploit_type", "aph_type",
                          "attack_technique", "url"))  # fmt: skip
    if module == "aph":
        told = first(fields, ("aph_type", "BitdefenderGZAphType"))
        return Verdict(kind_of(ThreatKind.BAD_SITE, told), fields.get("url", "") or name)
    if module == "uc" and not fields.get("block_type", "1"):
        return None
    loose = kind in (ThreatKind.MALWARE, ThreatKind.SUSPICIOUS, ThreatKind.INTRUSION)
    family = first(fields, ("malware_type", "attack_types", "BitdefenderGZMalwareType"))
    return Verdict(kind_of(kind, name, family) if loose else kind, name)


FORMAT = Format(
    name="bitdefender",
    title_ja="Bitdefender GravityZone",
    title_en="Bitdefender GravityZone",
    shape="bitdefender",
    sniff=_sniff,
    marks=("Bitdefender", "BitDefender", '"computer_name"', '"companyId"', '"addEvents"'),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "Signature": "malware_name",
        "Filename": "file_path",
        "src_ip": "source_ip",
        "c-uri": "url",
    },
    device=("computer_name", "computerName", "endpointName", "dvchost"),
    user=("user.name", "user.userName", "userName", "username", "suser"),
    stated_time=time_in(
        "timestamp",
        "detectionTime",
        "detected_on",
        "created",
        "lastUpdateTime",
        "start",
        "rt",
        "last_blocked",
        utc=True,
    ),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 2004 if _verdict(fields) else 6002,
    verdict=_verdict,
    vendor="Bitdefender",
    product="GravityZone",
    seen_ja=("Event Push Serviceの JSON（JSON-RPCの包みも）とCEF（説明書から）",),
    lost_ja=("一つの包みに複数の記録があると、共通の名前が付くのは最初の一つだけです。",),
    is_from_manual=True,
)

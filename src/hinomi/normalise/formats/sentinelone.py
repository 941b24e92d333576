"""SentinelOne: threats, activities and alerts of the console, Cloud Funnel telemetry, CEF."""

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

_DECLARED = (
    "activityType", "primaryDescription", "secondaryDescription", "createdAt", "agentId",
    "accountName", "siteName", "data.computerName", "data.username", "threatInfo.threatName",
    "threatInfo.classification", "threatInfo.confidenceLevel", "threatInfo.mitigationStatus",
    "threatInfo.filePath", "threatInfo.sha1", "agentRealtimeInfo.agentComputerName",
    "event.type", "event.category", "endpoint.name", "src.process.name",
    "src.process.image.path", "src.process.cmdline", "src.process.image.sha256",
    "src.process.parent.name", "tgt.file.path", "dst.ip.address", "event.dns.request",
    "severity", "name", "description", "verdict.kind", "verdict.name", "verdict.disposition",
)  # fmt: skip
_INTERFACE = "agentRealtimeInfo.networkInterfaces."


def _process(*starts: str) -> dict[str, tuple[str, ...]]:
    """The source process of telemetry; `osSrc` is who really started it, where it is told."""
    own = {
        "process.name": "name", "process.executable": "image.path",
        "process.command_line": "cmdline", "process.pid": "pid",
        "process.hash.md5": "image.md5", "process.hash.sha1": "image.sha1",
        "process.hash.sha256": "image.sha256",
    }  # fmt: skip
    parent = {
        name.replace("process.", "process.parent.", 1): f"parent.{native}"
        for name, native in own.items()
    }
    return {
        name: tuple(f"{start}.process.{native}" for start in starts)
        for name, native in {**own, **parent}.items()
    }


_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("event.type", "meta.event.name"),
    "event.code": ("activityType",),
    "event.id": ("event.id", "id", "threatInfo.threatId"),
    "event.reason": ("primaryDescription", "description", "indicator.description"),
    "event.category": ("event.category",),
    "log.level": ("data.severity", "severity"),
    "organization.id": ("accountId", "account.id"),
    "organization.name": ("accountName", "account.name"),
    "group.id": ("groupId", "group.id"),
    "group.name": ("groupName", "group.name"),
    "host.name": (
        "agentRealtimeInfo.agentComputerName", "agentDetectionInfo.agentComputerName",
        "data.computerName", "data.origagentname", "endpoint.name", "agentComputerName",
        "shost", "sourceHostName", "dvchost", "rawData.resources.0.name", "asset.name",
    ),
    "host.id": ("agentRealtimeInfo.agentUuid", "agentDetectionInfo.agentUuid", "agent.uuid",
                "data.origagentuuid", "data.uuid"),
    "host.os.full": ("agentDetectionInfo.agentOsName", "os.name", "agentRealtimeInfo.agentOsName"),
    "host.os.type": ("endpoint.os", "data.osType"),
    "source.ip": ("src.ip.address", "src.endpoint.ip.address", "data.ipAddress", "data.srcip",
                  "src"),
    "source.port": ("src.port.number", "data.srcport", "spt"),
    "destination.ip": ("dst.ip.address", "data.dstip", "dst"),
    "destination.port": ("dst.port.number", "dpt"),
    "network.direction": ("event.network.direction", "data.netconndirection"),
    "network.transport": ("event.network.protocolName",),
    "dns.question.name": ("event.dns.request", "data.dnsrequest"),
    "url.original": ("url.address", "request"),
    "http.request.method": ("event.url.action",),
    "registry.path": ("registry.keyPath", "data.registrypath"),
    "registry.key": ("registry.keyPath",),
    "dll.path": ("module.path",),
    "dll.hash.sha1": ("module.sha1",),
    "dll.hash.md5": ("module.md5",),
    "registry.value": ("registry.value", "registry.valueName"),
    "user.name": (
        "data.username", "data.lastLoggedInUserName", "threatInfo.processUser",
        "agentDetectionInfo.agentLastLoggedInUserName", "event.login.userName",
        "osSrc.process.user", "src.process.user", "src.process.eUserName",
        "src.process.rUserName", "src.process.lUserName", "suser", "duser",
    ),
    "user.domain": ("agentDetectionInfo.agentDomain", "event.login.accountDomain"),
    "user.id": ("userId", "event.login.accountSid"),
    "user.email": ("data.email", "agentDetectionInfo.agentLastLoggedInUserMail"),
    **_process("osSrc", "src"),
    "file.path": ("threatInfo.filePath", "tgt.file.path", "data.filePath", "filePath",
                  "data.tgtfilepath"),
    "file.size": ("threatInfo.fileSize", "tgt.file.size"),
    "file.hash.md5": ("threatInfo.md5", "tgt.file.md5"),
    "file.hash.sha1": ("threatInfo.sha1", "tgt.file.sha1", "data.fileContentHash", "fileHash",
                       "data.tgtfilehashsha1"),
    "file.hash.sha256": ("threatInfo.sha256", "tgt.file.sha256", "data.tgtfilehashsha256"),
    "file.extension": ("threatInfo.fileExtension", "tgt.file.extension"),
    "rule.id": ("data.ruleid", "data.ruleId", "ruleInfo.id"),
    "rule.name": ("data.rulename", "data.ruleName", "ruleInfo.name"),
    "rule.description": ("data.ruledescription",),
    "threat.indicator.name": ("data.threatDisplayName",),
    "threat.indicator.confidence": ("threatInfo.confidenceLevel",),
    "threat.indicator.file.size": ("threatInfo.fileSize",),
    "threat.indicator.file.created": ("threatInfo.createdAt",),
    "threat.indicator.file.code_signature.signing_id": ("threatInfo.publisherName",
                                                        "threatInfo.certificateId"),
    "threat.enrichments.matched.occurred": ("threatInfo.identifiedAt",),
    "threat.software.type": ("threatInfo.classification",),
    "threat.tactic.id": ("rawData.finding_info.attacks.0.tactics.0.uid",),
    "threat.tactic.name": ("rawData.finding_info.attacks.0.tactics.0.name",
                           "indicators.0.tactics.0.name"),
    "threat.technique.id": ("rawData.finding_info.attacks.0.technique.uid",),
    "observer.version": ("agent.version", "agentDetectionInfo.agentVersion", "DeviceVersion"),
}  # fmt: skip
# What custom rules (STAR) and unified alerts tell of a process, under names of their own.
_TOLD = {
    "process.name": "data.sourceprocessname",
    "process.executable": "data.sourceprocessfilepath process.file.path",
    "process.command_line": "data.sourceprocesscommandline process.cmdLine",
    "process.pid": "data.sourceprocesspid",
    "process.hash.md5": "data.sourceprocessmd5 process.file.md5",
    "process.hash.sha1": "data.sourceprocesssha1 process.file.sha1",
    "process.hash.sha256": "data.sourceprocesssha256 process.file.sha256",
    "process.parent.name": "data.sourceparentprocessname threatInfo.originatorProcess",
    "process.parent.executable": "data.sourceparentprocesspath",
    "process.parent.command_line": "data.sourceparentprocesscommandline",
    "process.parent.pid": "data.sourceparentprocesspid",
    "process.parent.hash.md5": "data.sourceparentprocessmd5",
    "process.parent.hash.sha1": "data.sourceparentprocesssha1",
    "process.parent.hash.sha256": "data.sourceparentprocesssha256",
    "file.name": "threatInfo.threatName data.sourceprocessname data.fileDisplayName",
}
_FOUND = frozenset({"18", "19", "20", "21", "4003", "4108", "3608", "3784", "3782"})
_CONFIRMED = frozenset({"2001", "2002", "2003", "2004", "2005", "2006"})
_FAULTS = frozenset({"2028", "2029", "2036", "2037"})


def _sniff(line: Line) -> bool:
    if "CEF:" in line.text:
        return is_cef_of(line, "SentinelOne")
    text = line.text
    return is_json(line) and (
        ('"activityType"' in text and '"primaryDescription"' in text)
        or '"agentRealtimeInfo"' in text
        or '"agentDetectionInfo"' in text
        or '"dataSource.name"' in text
        or ('"src.process.uid"' in text and '"endpoint.name"' in text)
        or ('"detectionSource"' in text and '"storylineId"' in text)
        or ('"s1_metadata"' in text)
    )


def _parse(line: Line) -> Fields:
    fields = fields_of(line)
    if (
        "DeviceVendor" not in fields
        and not any(name in fields for name in _NEEDED)
        and not any(
            name.startswith(("agent", "rawData.", "src.process.", "endpoint.")) for name in fields
        )
    ):
        raise NotThisFormat("JSON, but not of SentinelOne.")
    return fields


_NEEDED = ("activityType", "threatInfo.threatName", "dataSource.name", "detectionSource.product")


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    for name, natives in _TOLD.items():
        if (value := first(fields, tuple(natives.split()))) and name not in ecs:
            ecs_values.put(ecs, name, value)
    if "event.type" in fields:
        ecs.pop("event.type", None)
    path = fields.get("process.file.path") or fields.get("process.cmdLine", "")
    if "rawData.class_uid" in fields or "process.cmdLine" in fields:
        ecs.setdefault("process.name", ecs_values.base_name(path))
    if "asset.name" in fields or "rawData.resources.0.name" in fields:
        _derive_asset(fields, ecs)
    addresses = [value for name, value in fields.items()
                 if name.startswith(_INTERFACE) and name.endswith(".inet")]  # fmt: skip
    if outside := fields.get("agentDetectionInfo.externalIp"):
        addresses.append(outside)
    if told := fields.get("data.agentipv4"):
        addresses += told.split(",")
    if addresses:
        ecs["host.ip"] = [item for value in addresses for item in ecs_values.as_list(value) if item]
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))


def _derive_asset(fields: Mapping[str, str], ecs: Ecs) -> None:
    """A unified alert is about a machine, or about an account of the directory."""
    who = first(fields, ("rawData.evidences.0.actor.user.name", "rawData.resources.0.owner.name"))
    host = first(fields, ("rawData.resources.0.name", "asset.name"))
    if host:
        ecs.setdefault("host.name", host)
    if who:
        ecs.setdefault("user.name", who)
        domain = first(fields, ("rawData.evidences.0.actor.user.domain",
                                "rawData.resources.0.owner.domain"))  # fmt: skip
        if domain:
            ecs.setdefault("user.domain", domain)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    for name in ("threatInfo.mitigationStatus", "mitigationStatus.0.status", "data.threatStatus",
                 "data.mitigationStatus", "result"):  # fmt: skip
        if value := fields.get(name, "").lower():
            if value == "success":
                return Disposition.STOPPED
            if value.startswith("marked_as_benign"):
                return Disposition.LET_THROUGH
            found = outcome_of(value)
            if found is not Disposition.UNKNOWN:
                return found
    number = fields.get("activityType", "")
    if number in _CONFIRMED:
        failed = "fail" in fields.get("primaryDescription", "").lower()
        return Disposition.LET_THROUGH if failed else Disposition.STOPPED
    return Disposition.SEEN if _verdict(fields) else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if threat := fields.get("threatInfo.threatName", ""):
        family = fields.get("threatInfo.classification", "")
        return Verdict(kind_of(ThreatKind.MALWARE, family, threat), threat)
    number = fields.get("activityType", "")
    name = first(fields, ("data.threatDisplayName", "data.rulename", "data.fileDisplayName",
                          "data.threatClassification", "name", "Name"))  # fmt: skip
    if number in _FAULTS:
        return Verdict(ThreatKind.FAULT, fields.get("primaryDescription", ""))
    if number in _FOUND or number in _CONFIRMED:
        default = ThreatKind.SUSPICIOUS if "data.rulename" in fields else ThreatKind.MALWARE
        return Verdict(kind_of(default, fields.get("data.threatClassification", ""), name), name)
    if "detectionSource.product" in fields or any(name.startswith("rawData.") for name in fields):
        title = first(fields, ("name", "description"))
        return Verdict(kind_of(ThreatKind.SUSPICIOUS, title), title)
    return None


FORMAT = Format(
    name="sentinelone",
    title_ja="SentinelOne",
    title_en="SentinelOne",
    shape="sentinelone",
    sniff=_sniff,
    marks=(
        "SentinelOne",
        '"activityType"',
        '"agentRealtimeInfo"',
        '"agentDetectionInfo"',
        '"dataSource.name"',
        '"src.process.uid"',
        '"storylineId"',
        '"s1_metadata"',
    ),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "Image": "src.process.image.path",
        "CommandLine": "src.process.cmdline",
        "Signature": "threatInfo.threatName",
        "Filename": "threatInfo.filePath",
        "QueryName": "event.dns.request",
        "query": "event.dns.request",
        "src_ip": "src.ip.address",
        "dst_ip": "dst.ip.address",
    },
    device=(
        "agentRealtimeInfo.agentComputerName",
        "agentDetectionInfo.agentComputerName",
        "data.computerName",
        "data.origagentname",
        "endpoint.name",
        "asset.name",
        "sourceHostName",
    ),
    user=(
        "threatInfo.processUser",
        "agentDetectionInfo.agentLastLoggedInUserName",
        "data.username",
        "event.login.userName",
        "src.process.user",
    ),
    stated_time=time_in(
        "timestamp",
        "event.time",
        "detectedAt",
        "createdAt",
        "EventTime",
        "threatInfo.createdAt",
        "rawData.time",
        "rt",
        utc=True,
    ),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: (
        2004 if _verdict(fields) else (1007 if "src.process.pid" in fields else 6003)
    ),
    verdict=_verdict,
    vendor="SentinelOne",
    product="Singularity",
    seen_ja=(
        "管理画面のAPIのthreatsとactivities、アラート（STAR、Identity）",
        "Cloud Funnel 2.0の記録",
    ),
    lost_ja=("CEFは説明書をもとに読みます。",),
)

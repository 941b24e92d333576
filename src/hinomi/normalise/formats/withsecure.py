"""WithSecure (F-Secure) Elements: security events and incidents as JSON, the connector's CEF."""

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

_INNER = ("details.attachments", "details.urls")
_DECLARED = (
    "engine", "action", "severity", "serverTimestamp", "clientTimestamp", "device.name",
    "device.id", "userName", "organization.name", "organization.id", "account.name", "message",
    "description", "target.name", "details.alertType", "details.name", "details.infectionName",
    "details.filePath", "details.sha1", "details.url", "details.userName", "details.process",
    "details.profileName", "details.hostIpAddress", "details.itemSender", "details.itemSubject",
    "incidentPublicId", "riskLevel", "status", "verdict.kind", "verdict.name",
    "verdict.disposition",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("action", "act"),
    "event.id": ("id", "incidentId", "externalId"),
    "event.code": ("details.systemDataEventId", "DeviceEventClassID"),
    "event.reason": ("details.reason", "details.description", "message", "description", "msg"),
    "event.provider": ("engine", "details.systemDataProviderName"),
    "log.level": ("severity", "Severity", "details.severity"),
    "organization.id": ("organization.id", "account.uuid", "organizationId"),
    "organization.name": ("organization.name", "account.name"),
    "host.name": ("device.name", "details.systemDataComputer", "details.computerName", "dvchost",
                  "shost", "devices.0.name"),
    "host.hostname": ("device.name", "details.systemDataComputer", "dvchost", "devices.0.name"),
    "host.id": ("device.id", "details.hostId", "devices.0.deviceId"),
    "host.ip": ("details.hostIpAddress", "dvc"),
    "source.ip": ("details.sendingServerIP", "details.remoteAddress", "details.sourceAddress",
                  "src", "details.clientIp"),
    "source.port": ("details.sourcePort", "spt"),
    "destination.ip": ("details.destinationAddress", "details.remoteIp", "dst"),
    "destination.port": ("details.destinationPort", "details.remotePort", "dpt"),
    "network.transport": ("details.protocol", "proto"),
    "network.direction": ("details.direction",),
    "user.name": ("userName", "details.userName", "details.userSam", "suser", "duser"),
    "user.email": ("details.userPrincipalName",),
    "user.id": ("details.userSid",),
    "email.from.address": ("details.itemSender",),
    "email.to.address": ("details.userPrincipalName", "details.itemRecipients", "target.name"),
    "email.subject": ("details.itemSubject",),
    "email.message_id": ("details.internetMessageId",),
    "file.path": ("details.filePath", "details.path", "details.quarantinedPath", "filePath",
                  "details.targetPath"),
    "file.name": ("details.fileName", "fname"),
    "file.size": ("details.fileSize",),
    "file.hash.sha1": ("details.sha1", "details.fileSha1", "details.hash", "fileHash"),
    "file.hash.sha256": ("details.sha256",),
    "process.name": ("details.process", "details.processName"),
    "process.executable": ("details.processPath", "details.actorPath", "details.exePath"),
    "process.command_line": ("details.commandLine", "details.cmdl"),
    "process.pid": ("details.systemDataProcessId", "details.processId", "details.pid"),
    "process.parent.executable": ("details.parentPath", "details.parentProcessPath"),
    "process.hash.sha1": ("details.processSha1", "details.actorSha1"),
    "url.original": ("details.url", "request"),
    "rule.name": ("details.ruleName", "details.rule", "details.ruleDescription"),
    "rule.category": ("details.categories", "details.category"),
    "threat.indicator.name": ("details.infectionName", "details.name", "details.malwareName",
                              "details.threatName"),
    "observer.version": ("DeviceVersion", "details.clientVersion"),
}  # fmt: skip
# What the engine looks for; "" is no judgement.
_ENGINES = {
    "deepguard": ThreatKind.SUSPICIOUS, "filescanning": ThreatKind.MALWARE,
    "realtimescanning": ThreatKind.MALWARE, "manualscanning": ThreatKind.MALWARE,
    "scheduledscanning": ThreatKind.MALWARE, "amsi": ThreatKind.MALWARE,
    "webtrafficscanning": ThreatKind.MALWARE, "browsingprotection": ThreatKind.BAD_SITE,
    "reputationbasedbrowsing": ThreatKind.BAD_SITE, "botnetblocker": ThreatKind.CALLBACK,
    "webcontentcontrol": ThreatKind.POLICY, "connectioncontrol": ThreatKind.POLICY,
    "applicationcontrol": ThreatKind.POLICY, "devicecontrol": ThreatKind.POLICY,
    "dataguard": ThreatKind.RANSOMWARE, "tamperprotection": ThreatKind.TAMPERING,
    "edr": ThreatKind.SUSPICIOUS, "emailscan": ThreatKind.PHISHING,
    "collaborationprotectionemailscan": ThreatKind.PHISHING, "onedrivescan": ThreatKind.MALWARE,
    "sharepointscan": ThreatKind.MALWARE, "teamsscan": ThreatKind.MALWARE,
    "emailbreach": ThreatKind.SUSPICIOUS, "inboxrulescan": ThreatKind.SUSPICIOUS,
    "identityprotection": ThreatKind.UNUSUAL_LOGIN, "integritychecker": ThreatKind.TAMPERING,
    "firewall": ThreatKind.POLICY, "setting": ThreatKind.SETTING_CHANGED,
    "xfence": ThreatKind.SUSPICIOUS, "rollback": ThreatKind.RANSOMWARE,
}  # fmt: skip
_NAMED = (ThreatKind.SUSPICIOUS, ThreatKind.MALWARE, ThreatKind.PHISHING)
_LEFT = ("nonebecausemissing", "none", "ignored")
_DONE = ("blocked", "quarantined", "deleted", "trashed", "removed", "disinfected", "renamed",
         "terminated", "unlinked", "movedtojunk", "replaced", "isolated",
         "rolledback")  # fmt: skip


def _sniff(line: Line) -> bool:
    if "CEF:" in line.text:
        return is_cef_of(line, "F-Secure", "WithSecure", "F-Secure Corporation")
    text = line.text
    return is_json(line) and (
        ('"engine"' in text and '"persistenceTimestamp"' in text)
        or ('"engine"' in text and '"serverTimestamp"' in text and '"action"' in text)
        or ('"incidentPublicId"' in text and '"riskLevel"' in text)
    )


def _parse(line: Line) -> Fields:
    fields = fields_of(line, *_INNER)
    if "DeviceVendor" in fields:
        engine, _, action = fields.get("DeviceEventClassID", "").partition(".")
        fields.setdefault("engine", engine)
        fields.setdefault("action", action or fields.get("act", ""))
    elif "engine" not in fields and "incidentPublicId" not in fields:
        raise NotThisFormat("JSON, but not of WithSecure.")
    return fields


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    domain, slash, user = str(ecs.get("user.name", "")).replace("/", "\\").partition("\\")
    if slash:
        ecs |= {"user.domain": domain, "user.name": user}
    if not fields.get("details.itemSender"):
        ecs.pop("email.to.address", None)
    if url := str(ecs.get("url.original", "")):
        ecs_values.add_url(ecs, url)
    for number in range(4):
        attached = f"details.attachments.{number}."
        if fields.get(f"{attached}verdict") == "Unsafe":
            ecs.setdefault("email.attachments.file.name", fields.get(f"{attached}filename", ""))
            ecs.setdefault("file.hash.sha1", fields.get(f"{attached}sha1", ""))


def _disposition(fields: Mapping[str, str]) -> Disposition:
    action = fields.get("action", "").lower()
    if _verdict(fields) is None:
        return Disposition.UNKNOWN
    if fields.get("details.systemDataEventId") == "4625":
        return Disposition.STOPPED  # Windows refused the sign-in
    if action in _LEFT or "engine" not in fields:
        return Disposition.SEEN
    found = outcome_of(action)
    if found is Disposition.UNKNOWN and any(word in action for word in _DONE):
        return Disposition.STOPPED
    if action.startswith("subjectmodified"):  # a warning in the subject stops nobody
        return Disposition.SEEN
    return found


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    name = first(fields, ("details.infectionName", "details.name", "details.malwareName",
                          "details.categories", "categories", "details.url",
                          "message", "description", "Name"))  # fmt: skip
    if "incidentPublicId" in fields and "engine" not in fields:
        return Verdict(kind_of(ThreatKind.SUSPICIOUS, name), name)
    if fields.get("details.systemDataEventId") == "4625":
        return Verdict(ThreatKind.LOGIN_FAILED, fields.get("details.systemDataProviderName", ""))
    kind = _ENGINES.get(fields.get("engine", "").lower())
    if kind is None or (kind is ThreatKind.POLICY and fields.get("severity") == "info"):
        return None
    if fields.get("engine") == "emailScan" or "mailScan" in fields.get("engine", ""):
        is_file = fields.get("details.unsafeAttachmentCount", "0") not in ("", "0")
        return Verdict(ThreatKind.MAIL_MALWARE if is_file else ThreatKind.PHISHING,
                       fields.get("details.category", "") or name or fields["engine"])  # fmt: skip
    return Verdict(kind_of(kind, name) if kind in _NAMED else kind, name)


FORMAT = Format(
    name="withsecure",
    title_ja="WithSecure Elements（旧F-Secure）",
    title_en="WithSecure Elements (F-Secure)",
    shape="withsecure",
    sniff=_sniff,
    marks=(
        "F-Secure",
        "WithSecure",
        '"persistenceTimestamp"',
        '"serverTimestamp"',
        '"incidentPublicId"',
    ),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={"Signature": "details.infectionName", "Filename": "details.filePath"},
    device=("device.name", "details.systemDataComputer", "dvchost", "devices.0.name"),
    user=("userName", "details.userName", "details.userSam", "details.userPrincipalName", "suser"),
    stated_time=time_in(
        "clientTimestamp",
        "details.clientTimestamp",
        "serverTimestamp",
        "createdTimestamp",
        "rt",
        "persistenceTimestamp",
        "details.created",
        utc=True,
    ),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: (
        2005
        if "riskLevel" in fields
        else (2004 if fields.get("engine", "").lower() in _ENGINES else 0)
    ),
    verdict=_verdict,
    vendor="WithSecure",
    product="Elements",
    seen_ja=(
        "Elements APIのsecurity-eventsとincidents（JSON、時刻は数字と文字の両方）",
        "Elements ConnectorのCEF",
    ),
    lost_ja=("添付とリンクが五つ以上あるとき、共通の名前は初めの四つから選びます。",),
)

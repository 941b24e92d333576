"""How Windows events look in ECS and OCSF: names, the acting user, hashes, registry parts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.normalise import ecs_values
from hinomi.normalise.format import first

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs

ECS_NAMES: dict[str, tuple[str, ...]] = {
    "event.code": ("EventID", "event.code"),
    "event.provider": ("Provider_Name",),
    "event.action": ("event.action",),
    "event.id": ("EventRecordID",),
    "host.name": ("host.name", "Computer"),
    "host.hostname": ("host.hostname",),
    "process.executable": ("process.executable", "Image", "NewProcessName", "ProcessName",
                           "SourceImage", "Application"),
    "process.command_line": ("process.command_line", "CommandLine", "ProcessCommandLine"),
    "process.working_directory": ("CurrentDirectory",),
    "process.entity_id": ("ProcessGuid", "SourceProcessGUID", "SourceProcessGuid"),
    "process.parent.executable": ("process.parent.executable", "ParentImage",
                                  "ParentProcessName"),
    "process.parent.command_line": ("process.parent.command_line", "ParentCommandLine"),
    "process.parent.pid": ("process.parent.pid", "ParentProcessId"),
    "process.parent.entity_id": ("ParentProcessGuid",),
    "user.id": ("user.id", "SubjectUserSid", "Security_UserID", "TargetUserSid", "TargetSid"),
    "user.target.name": ("TargetUserName",),
    "user.target.domain": ("TargetDomainName",),
    "user.target.id": ("TargetUserSid", "TargetSid"),
    "group.name": ("GroupName",),
    "source.ip": ("source.ip", "IpAddress", "SourceIp", "SourceAddress", "ClientAddress"),
    "source.port": ("source.port", "IpPort", "SourcePort"),
    "source.domain": ("source.domain", "SourceHostname", "WorkstationName", "Workstation"),
    "destination.ip": ("destination.ip", "DestinationIp", "DestAddress"),
    "destination.port": ("destination.port", "DestinationPort", "DestPort"),
    "destination.domain": ("destination.domain", "DestinationHostname", "TargetServerName"),
    "network.transport": ("network.transport", "Protocol"),
    "dns.question.name": ("dns.question.name", "QueryName"),
    "file.path": ("file.path", "TargetFilename", "ImageLoaded", "RelativeTargetName"),
    "registry.path": ("registry.path", "TargetObject"),
    "rule.name": ("RuleName",),
    "service.name": ("ServiceName", "service.name"),
    "file.name": ("file.name", "FileName"),
    "file.size": ("fileLength",),
    "url.original": ("url.original", "url"),
    "user_agent.original": ("UserAgent", "User Agent"),
    "log.level": ("log.level", "SeverityName"),
    "message": ("message", "Message"),
    "threat.indicator.name": ("Threat Name",),
}  # fmt: skip

_HOST_APPLICATION = re.compile(r"(?:Host Application|HostApplication) ?= ?([^\r\n]+)")
_IN_MESSAGE = (
    (re.compile(r"<IpAddress>([^<,]+)"), "source.ip"),
    (re.compile(r"<UserAgentString>([^<]+)"), "user_agent.original"),
    (re.compile(r"<(?:Relying)?(?:Endpoint|Server)>(https?://[^<]+|/[^<]+)"), "url.original"),
    (re.compile(r"<RelyingParty>(https?://[^<]+)"), "url.original"),
)
_HIVES = ("HKLM", "HKU", "HKCR", "HKCU", "HKEY_LOCAL_MACHINE", "HKEY_USERS")


def derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    """What the table of names cannot say."""
    _derive_process(fields, ecs)
    _derive_user(fields, ecs)
    _derive_registry(ecs)
    host = str(ecs.get("host.name", ""))
    if host and not host.replace(".", "").isdigit():
        ecs.setdefault("host.hostname", host.split(".", 1)[0])
    task = fields.get("Task", "")
    if task and not task.isdigit():
        ecs.setdefault("event.action", task)
    if hashes := fields.get("Hashes") or fields.get("Hash"):
        is_file = fields.get("EventID") in ("6", "7", "15", "23", "26", "29")
        ecs_values.add_hashes(ecs, "file" if is_file else "process", hashes)
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))
        if "url.domain" in ecs:
            ecs.setdefault("destination.domain", ecs["url.domain"])
    if reason := fields.get("Description"):
        ecs.setdefault("event.reason", reason)
    _derive_from_message(fields, ecs)


def _derive_from_message(fields: Mapping[str, str], ecs: Ecs) -> None:
    """AD FS and PowerShell keep the facts of the event in text: XML, or `Host Application = …`."""
    text = f"{fields.get('Message', '')}\n{fields.get('ContextInfo', '')}"
    for pattern, name in _IN_MESSAGE:
        if name not in ecs and (found := pattern.search(text)):
            ecs_values.put(ecs, name, found[1].strip())
    if "process.name" not in ecs and (application := _HOST_APPLICATION.search(text)):
        path = application[1].strip().split(" -", 1)[0].strip('"')
        ecs["process.name"] = ecs_values.base_name(path)
    if "url.full" not in ecs and (url := ecs.get("url.original")):
        ecs_values.add_url(ecs, str(url))


def _derive_process(fields: Mapping[str, str], ecs: Ecs) -> None:
    for name in ("process.pid", "ProcessId", "NewProcessId", "SourceProcessId",
                 "Execution_ProcessID"):  # fmt: skip
        if fields.get(name) and ecs_values.put(ecs, "process.pid", fields[name]):
            return


def _derive_user(fields: Mapping[str, str], ecs: Ecs) -> None:
    """Who acted: the event's own user, else the subject, else the logged-on or log's account."""
    candidates = (
        ("user.name", "user.domain"),
        ("User", ""),
        ("SourceUser", ""),
        ("Requester", ""),
        ("SubjectUserName", "SubjectDomainName"),
        ("AccountName", "AccountDomain"),
        ("TargetUserName", "TargetDomainName"),
        ("param1", "param2") if fields.get("EventID") == "1149" else ("", ""),
        ("winlog.user.name", "winlog.user.domain"),
    )
    for name, domain in candidates:
        value = first(fields, (name,)) if name else ""
        if not value:
            continue
        ecs["user.name"] = value
        if other := first(fields, (domain, "Domain") if name == "AccountName" else (domain,)):
            ecs["user.domain"] = other
        break
    if "user.domain" not in ecs and (domain := first(fields, ("Domain", "SubjectDomainName"))):
        ecs["user.domain"] = domain


def _derive_registry(ecs: Ecs) -> None:
    path = str(ecs.get("registry.path", ""))
    hive, slash, rest = path.partition("\\")
    if slash and hive in _HIVES:
        ecs.setdefault("registry.hive", hive)
        key, _, value = rest.rpartition("\\")
        ecs.setdefault("registry.key", key or rest)
        ecs.setdefault("registry.value", value)


def ocsf_class(fields: Mapping[str, str]) -> int:
    """By provider and event id; 0 for events without a class of their own."""
    provider, event = fields.get("Provider_Name", ""), fields.get("EventID", "")
    if "Sysmon" in provider:
        return _SYSMON_CLASSES.get(event, 0)
    if "Defender" in provider:
        return 2004
    return _SECURITY_CLASSES.get(event, 0) if "Security" in provider else 0


_SYSMON_CLASSES = {"1": 1007, "5": 1007, "8": 1007, "10": 1007, "7": 1005, "6": 1005, "11": 1001,
                   "15": 1001, "23": 1001, "26": 1001, "2": 1001, "3": 4001,
                   "22": 4003}  # fmt: skip
_SECURITY_CLASSES = {"4624": 3002, "4625": 3002, "4634": 3002, "4647": 3002, "4648": 3002,
                     "4688": 1007, "4689": 1007, "4663": 1001, "5156": 4001, "5157": 4001,
                     "4720": 3001, "4722": 3001, "4726": 3001, "4740": 3001}  # fmt: skip

"""Stormshield Endpoint Security Evolution (SES): the agents' events, one JSON object each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of
from hinomi.normalise.notations import is_json, json_fields, time_in
from hinomi.normalise.rows import natives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_S, _A = "SpecificData.", "AdditionalData."
_DID = f"{_S}Action."
_DECLARED = (
    "Type", "TypeComputedMap", "Severity", "EventGuid", "GenerateIncident", "Timestamp",
    f"{_S}SourceProcess.ProcessImageName", f"{_S}SourceProcess.ProcessCommandLine",
    f"{_S}SourceProcess.PID", f"{_S}SourceProcess.UserNameLookup",
    f"{_S}SourceProcess.HashSha256", f"{_S}TargetProcess.ProcessImageName", f"{_S}Path",
    f"{_DID}Blocked", f"{_DID}SourceProcessKilled", f"{_DID}RequestMoveToQuarantine",
    f"{_A}AgentName", f"{_A}AgentAddresses", f"{_A}Message", f"{_A}PolicyName",
    f"{_A}AgentGroupName", f"{_A}AttackMitreTechnicId", f"{_S}DownloadUrl",
)  # fmt: skip


def _process(target: str, native: str) -> dict[str, str]:
    """The rows of one process of an event, under ECS's `target`."""
    base = f"{_S}{native}."
    return {
        f"{target}.executable": f"{base}ProcessImageName",
        f"{target}.command_line": f"{base}ProcessCommandLine",
        f"{target}.pid": f"{base}PID",
        f"{target}.entity_id": f"{base}ProcessGuid",
        f"{target}.hash.md5": f"{base}HashMd5",
        f"{target}.hash.sha1": f"{base}HashSha1",
        f"{target}.hash.sha256": f"{base}HashSha256",
    }


_ECS = natives({
    "event.code": "TypeComputedMap Type",
    "event.reason": f"{_A}Message",
    "event.id": "EventGuid",
    "event.severity": "Severity",
    "host.name": f"{_A}AgentName",
    "host.ip": f"{_A}AgentAddresses",
    "host.id": f"{_A}AgentGuid",
    "group.name": f"{_A}AgentGroupName",
    **_process("process", "SourceProcess"),
    **_process("process.parent", "ParentProcess"),
    **_process("process.target", "TargetProcess"),
    "process.executable": f"{_S}SourceProcess.ProcessImageName {_S}ScriptName {_S}ModuleName",
    "user.id": f"{_S}User",
    "user.name": f"{_S}UserNameLookup {_S}SourceProcess.UserNameLookup",
    "user.domain": f"{_S}UserDomainLookup {_S}SourceProcess.UserDomainLookup",
    "file.hash.md5": f"{_S}FileDetails.HashMd5",
    "file.hash.sha1": f"{_S}FileDetails.HashSha1",
    "file.hash.sha256": f"{_S}FileDetails.HashSha256",
    "file.hash.ssdeep": f"{_S}FileDetails.HashSSDeep",
    "file.owner": f"{_S}FileOwnerNameLookup",
    "rule.id": f"{_DID}RuleGuid",
    "rule.ruleset": f"{_A}PolicyName",
    "url.original": f"{_S}DownloadUrl",
    "source.ip": f"{_S}LocalIPAddress {_S}LocalAddress {_S}AccessFromNetwork.Address",
    "source.port": f"{_S}LocalPort",
    "destination.ip": f"{_S}RemoteIPAddress {_S}RemoteAddress",
    "destination.port": f"{_S}RemotePort",
    "destination.mac": f"{_S}RemoteMacAddress",
    "threat.tactic.id": f"{_A}AttackMitreTacticId",
    "threat.tactic.name": f"{_A}AttackMitreTacticName",
    "threat.technique.id": f"{_A}AttackMitreTechnicId",
    "threat.technique.name": f"{_A}AttackMitreTechnicName",
})  # fmt: skip
_PATHS = ("FileDetails.FileFullPath", "MatchingPath", "Path", "ScriptOutputFilePath",
          "DestinationFilePath", "KirbiFileFullPath")  # fmt: skip
_LISTS = ("threat.tactic.id", "threat.tactic.name", "threat.technique.id", "threat.technique.name")
_STOPS = (f"{_DID}Blocked", f"{_DID}SourceProcessKilled", f"{_DID}RequestMoveToQuarantine")


def _sniff(line: Line) -> bool:
    text = line.text
    return is_json(line) and '"TypeComputedMap"' in text and '"SpecificData"' in text


def _parse(line: Line) -> Fields:
    fields = json_fields(line)
    if "TypeComputedMap" not in fields:
        raise NotThisFormat("No TypeComputedMap.")
    path = next((fields[_S + name] for name in _PATHS if fields.get(_S + name)), "")
    if path:
        fields["path_of_registry" if path.upper().startswith("HKEY") else "path_of_file"] = path
    return fields


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """The agent says for each event whether it blocked, killed or moved."""
    if not _is_judged(fields):
        return Disposition.UNKNOWN
    if any(fields.get(name) == "true" for name in _STOPS):
        return Disposition.STOPPED
    said = any(name in fields for name in _STOPS)
    return Disposition.SEEN if said else Disposition.UNKNOWN


def _is_judged(fields: Mapping[str, str]) -> bool:
    return fields.get("GenerateIncident") == "true" or fields.get(f"{_DID}Blocked") == "true"


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if not _is_judged(fields):
        return None
    name = first(fields, (f"{_A}Message", "TypeComputedMap"))
    return Verdict(kind_of(ThreatKind.SUSPICIOUS, fields["TypeComputedMap"], name), name)


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if path := fields.get("path_of_file"):
        ecs["file.path"] = path
        ecs["file.name"] = ecs_values.base_name(path)
    if path := fields.get("path_of_registry"):
        ecs["registry.path"] = path
        ecs["registry.hive"], _, ecs["registry.key"] = path.partition("\\")
        if value := fields.get(f"{_S}ValueName"):
            ecs["registry.value"] = value
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))
    for name in _LISTS:
        if name in ecs:
            ecs[name] = ecs_values.as_list(str(ecs[name]))


FORMAT = Format(
    name="stormshield_endpoint",
    title_ja="Stormshield Endpoint Security",
    title_en="Stormshield Endpoint Security Evolution",
    shape="stormshield_endpoint",
    sniff=_sniff,
    marks=('"TypeComputedMap"',),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    device=(f"{_A}AgentName", f"{_A}AgentGuid"),
    user=(f"{_S}UserNameLookup", f"{_S}SourceProcess.UserNameLookup"),
    stated_time=time_in("Timestamp"),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 2004 if _is_judged(fields) else 0,
    verdict=_verdict,
    vendor="Stormshield",
    product="SES Evolution",
    seen_ja=("SES Evolution 2系のエージェントの記録のJSON。",),
    lost_ja=("「インシデントにする」としない記録は、判定として数えません。",),
)

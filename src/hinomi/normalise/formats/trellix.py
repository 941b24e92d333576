"""Trellix (McAfee, FireEye): ePO's events as XML and JSON, EDR's JSON, Network Security, HX and
the rest as CEF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of, outcome_of
from hinomi.normalise.notations import fields_of, is_cef_of, is_json, time_in, xml_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_DECLARED = (
    "MachineName", "UserName", "IPAddress", "OSName", "AgentGUID", "EventID", "Severity",
    "ThreatName", "ThreatType", "ThreatCategory", "ThreatActionTaken", "ThreatHandled",
    "TargetFileName", "TargetHash", "TargetProcessName", "SourceProcessName", "AnalyzerName",
    "DetectedUTC", "analyzerhostname",
    "sourceipv4", "targetipv4", "DeviceEventClassID", "Name", "src", "dst",
    "dvchost", "act", "sname", "msg", "fname", "fileHash", "verdict.kind", "verdict.name",
    "verdict.disposition",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("ThreatActionTaken", "threatactiontaken", "act", "Action"),
    "event.code": ("EventID", "threateventid", "ThreatEventID", "externalId"),
    "event.reason": ("Description", "NaturalLangDescription", "msg"),
    "event.category": (),
    "log.level": ("ThreatSeverity", "threatseverity", "Severity", "attributes.severity"),
    "host.name": ("MachineName", "analyzerhostname", "attributes.host.hostname", "dhost",
                  "hostname"),
    "host.id": ("attributes.host.aGuid", "agentguid", "AgentGUID", "agentId"),
    "host.ip": ("IPAddress",),
    "host.mac": ("RawMACAddress", "analyzermac"),
    "host.os.full": ("OSName", "attributes.host.os.desc"),
    "client.ip": ("Client",),
    "client.user.name": ("User",),
    "source.ip": ("SourceIPV4", "sourceipv4", "src", "Client", "attributes.sourceIp"),
    "source.port": ("spt", "SourcePort"),
    "source.mac": ("smac", "SourceMAC", "sourcemac"),
    "source.domain": ("SourceHostName", "sourcehostname", "shost"),
    "source.user.name": ("SourceUserName", "sourceusername", "suser"),
    "destination.ip": ("TargetIPV4", "targetipv4", "dst"),
    "destination.port": ("TargetPort", "targetport", "dpt"),
    "destination.mac": ("dmac", "TargetMAC", "targetmac"),
    "destination.domain": ("TargetHostName", "targethostname", "cncHost"),
    "destination.user.name": ("targetusername", "duser"),
    "network.transport": ("proto", "TargetProtocol", "targetprotocol"),
    "network.protocol": ("app",),
    "user.name": ("UserName", "sourceusername", "User", "suser", "attributes.user.name"),
    "user.id": ("UserID",),
    "user_agent.original": ("HTTPAgent", "requestClientApplication"),
    "observer.name": ("Analyzer", "analyzer"),
    "observer.hostname": ("AnalyzerHostName", "dvchost"),
    "observer.version": ("SoftwareInfo.ProductVersion", "AnalyzerVersion", "analyzerversion",
                         "DeviceVersion"),
    "observer.ip": ("dvc",),
    "process.name": ("sourceprocessname",),
    "process.executable": ("TargetProcessName", "SourceProcessName", "sproc",
                           "attributes.process.path"),
    "process.command_line": ("attributes.process.cmdLine", "SourceDescription"),
    "process.hash.md5": ("SourceProcessHash", "sourceprocesshash"),
    "file.name": ("TargetFileName", "fname"),
    "file.path": ("targetfilename", "filePath"),
    "file.size": ("fsize", "TargetFileSize"),
    "file.hash.sha256": ("sha256sum",),
    "url.original": ("SourceURL", "sourceurl", "request"),
    "rule.name": ("sname", "RuleName", "attributes.ruleName"),
    "threat.indicator.name": ("ThreatName", "threatname", "sname", "malware",
                              "attributes.name"),
    "threat.tactic.name": ("attributes.tactics.0",),
    "organization.id": ("tenantId",),
}  # fmt: skip
# Prefixes of ePO's threat categories → kind.
_CATEGORIES: tuple[tuple[str, ThreatKind], ...] = (
    ("av.detect", ThreatKind.MALWARE), ("av.pup", ThreatKind.UNWANTED),
    ("av", ThreatKind.MALWARE), ("hip.bo", ThreatKind.EXPLOIT), ("hip", ThreatKind.SUSPICIOUS),
    ("ips", ThreatKind.EXPLOIT), ("web", ThreatKind.BAD_SITE), ("fw.detect", ThreatKind.INTRUSION),
    ("dlp", ThreatKind.DATA_LEAVING), ("ops.tamper", ThreatKind.TAMPERING),
    ("mail", ThreatKind.MAIL_MALWARE),
)  # fmt: skip
_NUMBERED = {
    "DM": ThreatKind.CALLBACK, "MC": ThreatKind.CALLBACK, "MO": ThreatKind.MALWARE,
    "IM": ThreatKind.MALWARE, "WI": ThreatKind.EXPLOIT, "IE": ThreatKind.EXPLOIT,
    "RC": ThreatKind.BAD_SITE, "RO": ThreatKind.BAD_SITE, "SM": ThreatKind.SUSPICIOUS,
    "malware-object": ThreatKind.MALWARE, "malware-callback": ThreatKind.CALLBACK,
}  # fmt: skip
# The end of the word for the act; longer ones first, so that "would block" is no block.
_ACTS = {
    "would_block": Disposition.SEEN, "would_deny": Disposition.SEEN,
    "would_clean": Disposition.SEEN, "would_delete": Disposition.SEEN,
    "clean_fail": Disposition.LET_THROUGH, "del_fail": Disposition.LET_THROUGH,
    "deny_fail": Disposition.LET_THROUGH, "fail": Disposition.LET_THROUGH,
    "deny": Disposition.STOPPED, "deleted": Disposition.STOPPED, "del": Disposition.STOPPED,
    "cleaned": Disposition.STOPPED, "clean": Disposition.STOPPED,
    "blocked": Disposition.STOPPED, "block": Disposition.STOPPED,
    "quarantined": Disposition.STOPPED, "mov": Disposition.STOPPED,
    "terminate": Disposition.STOPPED, "contain": Disposition.STOPPED,
    "allow": Disposition.LET_THROUGH, "delayed": Disposition.LET_THROUGH,
    "none": Disposition.SEEN, "warn": Disposition.SEEN,
}  # fmt: skip


def _sniff(line: Line) -> bool:
    text = line.text
    if "CEF:" in text:
        return is_cef_of(
            line, "Trellix", "FireEye", "McAfee", "fireeye", "McAfee, Inc.", "Musarubra"
        )
    start = line.header.body.lstrip()[:64]
    if start[:1] == "<":
        head = text[:600]
        return "<EPOEvent" in head or "<EPOevent" in head or "<UpdateEvents" in head
    return is_json(line) and (
        ('"threateventid"' in text and '"analyzer' in text)
        or ('"aGuid"' in text and '"attributes"' in text)
        or ('"HTTPAgent"' in text and '"UserID"' in text)
        or ('"threatactiontaken"' in text)
    )


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    if "<EPO" in body[:600] or "<UpdateEvents" in body[:600]:
        return xml_fields(body[body.index("<") :])
    fields = fields_of(line)
    if not any(name in fields for name in _NEEDED):
        raise NotThisFormat("Not of Trellix.")
    return fields


_NEEDED = ("DeviceVendor", "threateventid", "threatactiontaken", "attributes.host.aGuid",
           "HTTPAgent", "attributes.severity")  # fmt: skip


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    addresses: dict[str, list[str]] = {"ip": [], "macAddress": []}
    for name, value in fields.items():
        if name.startswith("attributes.host.netInterfaces."):
            last = name.rpartition(".")[2]
            if last in addresses and value not in addresses[last]:
                addresses[last].append(value)
    if addresses["ip"]:
        ecs["host.ip"] = addresses["ip"]
    if addresses["macAddress"]:
        ecs["host.mac"] = addresses["macAddress"]
    if path := fields.get("TargetFileName"):
        ecs["file.path"] = path
    checksum = first(fields, ("fileHash", "TargetHash", "targethash"))
    kinds = {32: "md5", 40: "sha1", 64: "sha256"}
    if kind := kinds.get(len(checksum)):
        ecs.setdefault(f"file.hash.{kind}", checksum)
    if url := str(ecs.get("url.original", "")):
        if "://" in url:
            ecs_values.add_url(ecs, url)
        elif "/" in url and "\\" not in url:
            host, _, path = url.partition("/")
            ecs.setdefault("url.domain", host)
            ecs.setdefault("url.path", f"/{path}")


def _disposition(fields: Mapping[str, str]) -> Disposition:
    told = first(fields, ("ThreatActionTaken", "threatactiontaken", "act", "attributes.action"))
    if _verdict(fields) is None:
        return Disposition.UNKNOWN
    found = outcome_of(told)
    for word, what in _ACTS.items():  # "IDS_ALERT_ACT_TAK_DEL": the end says what was done
        if told.lower() == word or told.lower().endswith(f"_{word}"):
            found = what
            break
    return found if found is not Disposition.UNKNOWN else Disposition.SEEN


def _is_own(fields: Mapping[str, str]) -> bool:
    """The machine's own program was stopped on it: nobody attacked over the network."""
    source = first(fields, ("sourceipv4", "SourceIPV4"))
    return source in ("", first(fields, ("analyzeripv4", "AnalyzerIPV4", "IPAddress")))


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    name = first(fields, ("ThreatName", "threatname", "sname", "attributes.name", "Name"))
    category = first(fields, ("ThreatCategory", "threatcategory")).lower()
    for start, kind in _CATEGORIES:
        if category.startswith(start):
            if kind is ThreatKind.EXPLOIT and _is_own(fields):
                return Verdict(ThreatKind.SUSPICIOUS, name)
            loose = kind in (ThreatKind.MALWARE, ThreatKind.SUSPICIOUS)
            return Verdict(kind_of(kind, name) if loose else kind, name)
    if "DeviceVendor" in fields:
        number = fields.get("DeviceEventClassID", "")
        default = _NUMBERED.get(number) or _NUMBERED.get(fields.get("Name", ""))
        if default is None and "Hit" not in fields.get("Name", "") + fields.get("act", ""):
            return None
        return Verdict(kind_of(default or ThreatKind.SUSPICIOUS, name), name)
    if "attributes.severity" in fields and "attributes.name" in fields:
        return Verdict(kind_of(ThreatKind.SUSPICIOUS, name), name)
    return None


FORMAT = Format(
    name="trellix",
    title_ja="Trellix（旧McAfee・FireEye）",
    title_en="Trellix (McAfee, FireEye)",
    shape="trellix",
    sniff=_sniff,
    marks=(
        *("Trellix", "FireEye", "McAfee", "fireeye", "Musarubra"),
        *("<EPOEvent", "<EPOevent", "<UpdateEvents"),
        *('"threateventid"', '"aGuid"', '"HTTPAgent"', '"threatactiontaken"'),
    ),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "Signature": "ThreatName",
        "Filename": "TargetFileName",
        "Action": "ThreatActionTaken",
        "src_ip": "src",
        "dst_ip": "dst",
        "dst_port": "dpt",
    },
    device=("MachineName", "analyzerhostname", "attributes.host.hostname", "dvchost"),
    user=("UserName", "sourceusername", "User", "suser"),
    stated_time=time_in(
        "DetectedUTC",
        "timestamp",
        "Timestamp",
        "start",
        "rt",
        "GMTTime",
        "detectedutc",
        "attributes.detectionDate",
        utc=True,
    ),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 2004 if _verdict(fields) else 0,
    verdict=_verdict,
    vendor="Trellix",
    product="Endpoint Security",
    seen_ja=(
        "ePOのイベント（XMLと、クラウド版のJSON）",
        "Trellix EDRのJSON、Network Security（旧FireEye NX）のCEF",
    ),
    lost_ja=("同じ名前の要素が繰り返されるXMLは、最初の値だけを取ります。",),
)

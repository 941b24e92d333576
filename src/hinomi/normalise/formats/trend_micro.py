"""Trend Micro: Apex One and Apex Central, Deep Security and Workload Security, Deep Discovery,
Web Security (CEF and LEEF), and Vision One's workbench (JSON).

The header's severity of Apex Central is always 3 and says nothing. `csN` stands under its label.
"""

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
    "DeviceProduct", "DeviceVersion", "DeviceEventClassID", "Name", "Severity", "rt", "dvchost",
    "shost", "dhost", "src", "dst", "spt", "dpt", "suser", "duser", "act", "msg", "cat", "fname",
    "filePath", "fileHash", "request", "sproc", "VirusName", "VLF_FirstActionResult",
    "ActionResult", "deviceFacility", "model", "verdict.kind", "verdict.name",
    "verdict.disposition",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("act", "result", "deviceAction"),
    "event.code": ("CLF_ReasonCodeSource", "CLF_ReasonCode"),
    "event.id": ("externalId", "id"),
    "event.category": (),
    "event.reason": ("msg", "desc", "model"),
    "log.level": ("sev", "severity", "Severity"),
    "observer.version": ("DeviceVersion",),
    "observer.name": ("ApexCentralHost",),
    "observer.type": ("deviceFacility",),
    "rule.id": ("Pattern/Rule", "DeviceEventClassID", "EventID", "modelId"),
    "rule.name": ("SLF_RuleID", "Rule", "Policy_Name", "SLF_PolicyName", "policyName", "model",
                  "filters.0.name"),
    "rule.description": ("filters.0.description",),
    "threat.technique.id": ("filters.0.mitreTechniqueIds",),
    "threat.tactic.id": ("filters.0.mitreTacticIds",),
    "rule.ruleset": ("Policy", "cat"),
    "rule.category": (),
    "host.id": ("Host ID", "Host_ID", "TrendMicroDsHostId", "impactScope.host.guid",
                "endpointGUID"),
    "host.ip": ("Product/Endpoint_IP", "impactScope.host.ips", "endpoint.ips",
                "detail.endpointIp"),
    "host.name": ("computer", "impactScope.host.name", "endpoint.endpointName",
                  "detail.endpointHostName"),
    "user.name": ("duser", "impactScope.account", "detail.logonUser", "detail.processUser"),
    "host.os.full": ("TMCMdevicePlatform", "Operating_System"),
    "source.ip": ("src", "ApplicationControlEvent_ClientIPAddress_V4", "Product/Endpoint_IP",
                  "TMCMLogDetectedIP", "IP_Address", "sourceIP"),
    "source.port": ("spt", "srcPort", "Local_Port"),
    "source.mac": ("smac",),
    "source.nat.ip": ("sourceTranslatedAddress",),
    "source.bytes": ("out",),
    "source.user.name": ("suser", "userName"),
    "destination.port": ("dpt", "dstPort", "Remote_Port"),
    "destination.mac": ("dmac",),
    "destination.bytes": ("in",),
    "destination.nat.ip": ("destinationTranslatedAddress",),
    "network.transport": ("proto",),
    "network.protocol": ("app",),
    "network.direction": ("deviceDirection",),
    "url.original": ("request", "URL", "httpTrans.url"),
    "url.domain": ("domainName", "dnsHost"),
    "http.request.method": ("requestMethod",),
    "http.response.status_code": ("httpStatus",),
    "user_agent.original": ("requestClientApplication", "userAgent"),
    "file.path": ("filePath", "fname", "Target", "file_path", "detail.objectFilePath"),
    "file.size": ("Quarantine File Size", "fsize", "fileSize", "Size"),
    "file.hash.md5": ("TrendMicroDsFileMD5",),
    "file.hash.sha1": ("TrendMicroDsFileSHA1",),
    "file.hash.sha256": ("TrendMicroDsFileSHA256", "File_SHA256", "fileHashSha256"),
    "process.executable": ("sproc", "deviceProcessName", "Process", "indicator.processFilePath",
                           "detail.processFilePath"),
    "process.command_line": ("Command", "TrendMicroDsProcessCommandLine", "indicator.processCmd",
                             "detail.processCmd"),
    "process.pid": ("indicator.processPid", "detail.processPid", "spid"),
    "process.hash.sha1": ("indicator.processFileHashSha1", "detail.processFileHashSha1"),
    "process.hash.sha256": ("indicator.processFileHashSha256", "detail.processFileHashSha256"),
    "process.parent.executable": ("indicator.parentFilePath", "detail.parentFilePath"),
    "process.parent.command_line": ("indicator.parentCmd", "detail.parentCmd"),
    "process.parent.pid": ("indicator.parentPid", "detail.parentPid"),
    "process.parent.hash.sha1": ("indicator.parentFileHashSha1", "detail.parentFileHashSha1"),
    "process.parent.hash.sha256": ("indicator.parentFileHashSha256", "detail.parentFileHashSha256"),
    "registry.path": ("indicator.objectRegistryKeyHandle", "detail.objectRegistryKeyHandle"),
    "threat.indicator.name": ("VirusName", "malName", "Malware_Name", "malwareName",
                              "TrendMicroDsRelevantDetectionNames"),
    "organization.name": ("TrendMicroDsTenant", "TenantName"),
    "organization.id": ("TrendMicroDsTenantId", "companyID"),
}  # fmt: skip
# Beginning of the event class or of its name → the kind and the field of the threat's own name.
_CLASSES: tuple[tuple[str, ThreatKind], ...] = (
    ("AV:", ThreatKind.MALWARE), ("Spyware", ThreatKind.UNWANTED), ("SPY:", ThreatKind.UNWANTED),
    ("PML:", ThreatKind.MALWARE), ("MLA:", ThreatKind.MALWARE), ("VS:", ThreatKind.MALWARE),
    ("Sandbox", ThreatKind.MALWARE), ("SO:", ThreatKind.MALWARE),
    ("BM:", ThreatKind.SUSPICIOUS), ("700211", ThreatKind.SUSPICIOUS),
    ("700220", ThreatKind.SUSPICIOUS), ("CnC:", ThreatKind.CALLBACK),
    ("NCIE:", ThreatKind.CALLBACK), ("WB:", ThreatKind.BAD_SITE), ("NVW:", ThreatKind.EXPLOIT),
    ("IPS:", ThreatKind.EXPLOIT), ("DLP:", ThreatKind.DATA_LEAVING),
    ("700106", ThreatKind.DATA_LEAVING), ("MS:", ThreatKind.POLICY), ("EAC:", ThreatKind.POLICY),
    ("700107", ThreatKind.POLICY), ("PFW:", ThreatKind.POLICY),
)  # fmt: skip
# Deep Security's event numbers by module.
_MODULES: tuple[tuple[range, ThreatKind], ...] = (
    (range(1_000_000, 2_000_000), ThreatKind.EXPLOIT),
    (range(4_000_000, 4_001_000), ThreatKind.MALWARE),
    (range(5_000_000, 5_001_000), ThreatKind.BAD_SITE),
    (range(6_001_000, 6_002_000), ThreatKind.POLICY),
    (range(7_000_000, 7_001_000), ThreatKind.POLICY),
)
# Apex Central's number tables, of the second action and of the web and mail functions.
_NUMBERED = {
    "2": Disposition.STOPPED, "3": Disposition.STOPPED, "4": Disposition.STOPPED,
    "5": Disposition.STOPPED, "6": Disposition.LET_THROUGH, "7": Disposition.STOPPED,
    "8": Disposition.STOPPED, "9": Disposition.STOPPED,
}  # fmt: skip
_FAULTS = ("failed", "unsuccessful", "error", "expired", "offline", "失敗")


def _sniff(line: Line) -> bool:
    if "CEF:" in line.text or "LEEF:" in line.text:
        makers = ("Trend Micro", "TrendMicro", "TrendAI", "TrendAI™", "Trend Micro, Inc.")
        return is_cef_of(line, *makers) or is_leef_of(line, *makers)
    text = line.text
    return is_json(line) and (
        ('"workbenchLink"' in text and '"impactScope"' in text)
        or ('"mitreTacticIds"' in text and '"filters"' in text and '"detail"' in text)
    )


def _parse(line: Line) -> Fields:
    fields = fields_of(line)
    if not any(name in fields for name in ("DeviceVendor", "workbenchLink", "filters.0.name")):
        raise NotThisFormat("Not of Trend Micro.")
    if "workbenchLink" in fields:
        return fields | _lift(fields)
    # Syslog writes line ends inside a value as #012.
    if "#012" in line.text:
        fields = {name: value.replace("#012", "\n") for name, value in fields.items()}
    if computer := _computer(fields):
        fields.setdefault("computer", computer)
    return fields


def _computer(fields: Mapping[str, str]) -> str:
    """Who is the endpoint depends on the log: mail names people as hosts, some logs the server."""
    is_server = "@" in fields.get("shost", "") + fields.get("dhost", "") or fields.get(
        "DeviceEventClassID", ""
    ).startswith("BM:")
    is_server = is_server or fields.get("DeviceProduct", "").startswith(("Deep", "Workload"))
    return first(fields, ("dvchost", "dvc") if is_server else ("dhost", "shost", "dvchost"))


def _lift(fields: Mapping[str, str]) -> Fields:
    """Vision One's lists by what they hold: the first host, account and indicator of each field."""
    lifted: Fields = {}
    seen: set[str] = set()
    for name, value in fields.items():
        if name.startswith("indicators.") and name.endswith(".field"):
            told = fields.get(f"{name[:-6]}.value", "")
            lifted.setdefault(f"indicator.{value}", told)
        elif name.startswith("impactScope.entities.") and name.endswith(".entityType"):
            if name.count(".") > 3 or f"impactScope.{value}" in seen or len(seen) > 16:
                continue
            seen.add(f"impactScope.{value}")
            start = f"{name[:-11]}.entityValue"
            for inner, text in fields.items():
                if inner.startswith(start):
                    lifted.setdefault(f"impactScope.{value}{inner[len(start) :]}", text)
    return lifted


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    number = fields.get("DeviceEventClassID", "")
    if fields.get("DeviceProduct", "").startswith("Deep Security"):
        _derive_deep_security(fields, ecs)
    elif "workbenchLink" in fields:
        _derive_workbench(fields, ecs)
    else:
        _derive_apex(fields, ecs, number)
    _derive_file(fields, ecs)
    if url := str(ecs.get("url.original", "")):
        ecs_values.add_url(ecs, url)
        if "://" not in url:
            ecs.setdefault("url.path", url)


def _derive_deep_security(fields: Mapping[str, str], ecs: Ecs) -> None:
    ecs.pop("user.name", None)
    for name, native in (("host.hostname", "shost"), ("destination.ip", "dst"),
                         ("destination.user.name", "duser")):  # fmt: skip
        if value := fields.get(native):
            ecs_values.put(ecs, name, value)
    if reason := first(fields, ("msg", "Name", "name")):
        ecs["event.reason"] = reason


def _derive_apex(fields: Mapping[str, str], ecs: Ecs, number: str) -> None:
    is_mail = "@" in fields.get("shost", "") + fields.get("dhost", "")
    if number == "700107":
        ecs_values.put(ecs, "destination.domain", fields.get("dvchost", ""))
        ecs_values.put(ecs, "source.domain", fields.get("shost", ""))
    if is_mail:
        ecs["destination.user.name"] = str(ecs.pop("user.name", ""))
    if (address := fields.get("dst")) and not ecs_values.put(ecs, "source.ip", address):
        ecs_values.put(ecs, "destination.ip", address)
    if number.startswith("7002") and (address := fields.get("dst")):
        ecs_values.put(ecs, "destination.ip", address)
    if is_mail:
        for name, native in (("email.from.address", "suser"), ("email.to.address", "duser"),
                             ("email.subject", "msg")):  # fmt: skip
            if value := fields.get(native):
                ecs_values.put(ecs, name, value)


def _derive_workbench(fields: Mapping[str, str], ecs: Ecs) -> None:
    if account := fields.get("impactScope.account", ""):
        ecs["user.id"] = account
        ecs["user.name"] = account
    for name, native in (("destination.ip", "indicator.dst"), ("url.original", "indicator.request"),
                         ("file.path", "indicator.objectFilePath"),
                         ("file.hash.sha1", "indicator.objectFileHashSha1"),
                         ("email.from.address", "indicator.mail_from")):  # fmt: skip
        if value := fields.get(native):
            ecs_values.put(ecs, name, value)


def _derive_file(fields: Mapping[str, str], ecs: Ecs) -> None:
    name = fields.get("fname", "")
    path = str(ecs.pop("file.path", "")).rstrip("\\")
    if path == name and "\\" not in name and "/" not in name:
        path = ""
    if fields.get("DeviceEventClassID", "").startswith("EAC:"):
        ecs.setdefault("process.executable", name)
        if checksum := fields.get("fileHash"):
            ecs["process.hash.sha1"] = checksum
        return
    if name and not path and ("\\" in name or "/" in name):
        path = name
    if path:
        ecs["file.path"] = path
    if name := ecs_values.base_name(name) or ecs_values.base_name(path):
        ecs["file.name"] = name
    if checksum := fields.get("fileHash"):
        kinds = {32: "md5", 40: "sha1", 64: "sha256"}
        ecs.setdefault(f"file.hash.{kinds.get(len(checksum), 'sha1')}", checksum)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """The result of the act where there is one; "IDS:" before it means detect mode, not a block."""
    act = fields.get("act", "")
    if act.startswith("IDS:"):
        return Disposition.SEEN
    for name in ("VLF_FirstActionResult", "ActionResult", "act", "result", "deviceAction"):
        found = outcome_of(fields.get(name, ""))
        if found is not Disposition.UNKNOWN:
            return found
    if fields.get("msg", "").startswith("Blocked By"):  # web reputation has no act
        return Disposition.STOPPED
    if fields.get("cs5Label") == "VLF_FirstActionResult" or "VLF_SecondAction" in fields:
        return _NUMBERED.get(fields.get("VLF_SecondAction", ""), Disposition.SEEN)
    return Disposition.SEEN if _verdict(fields) is not None else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if "DeviceVendor" not in fields:
        return _of_vision_one(fields)
    number = fields.get("DeviceEventClassID") or fields.get("EventID", "")
    name = first(fields, (*_THREATS, "Name", "name"))
    product = fields.get("DeviceProduct", "")
    is_number = number.isdecimal() and len(number) < 12
    if product.startswith(("Deep Security", "Workload")) and is_number:
        return _of_deep_security(int(number), name)
    if product.startswith("Deep Discovery"):
        return Verdict(kind_of(ThreatKind.SUSPICIOUS, fields.get("cat", ""), name), name)
    if "Logon" in fields.get("Name", ""):
        return None
    for start, kind in _CLASSES:
        if number.startswith(start):
            is_named = kind in (ThreatKind.MALWARE, ThreatKind.SUSPICIOUS, ThreatKind.UNWANTED)
            if start == "MS:":
                found = kind_of(kind, name)
                is_file = found in (ThreatKind.MALWARE, ThreatKind.RANSOMWARE)
                return Verdict(ThreatKind.MAIL_MALWARE if is_file else found, name)
            return Verdict(kind_of(kind, name) if is_named else kind, name)
    if number.startswith("8001") and any(word in fields.get("msg", "").lower() for word in _FAULTS):
        return Verdict(ThreatKind.FAULT, fields.get("Name", ""))
    return None


def _of_vision_one(fields: Mapping[str, str]) -> Verdict | None:
    """A workbench alert; an observed technique alone is telemetry unless it is rated high."""
    if title := fields.get("model"):
        return Verdict(kind_of(ThreatKind.SUSPICIOUS, title), title)
    if fields.get("filters.0.riskLevel") in ("high", "critical"):
        return Verdict(ThreatKind.SUSPICIOUS, fields.get("filters.0.name", ""))
    return None


_THREATS = ("VirusName", "malName", "Malware_Name", "malwareName", "SLF_RuleID", "Rule")


def _of_deep_security(number: int, name: str) -> Verdict | None:
    for numbers, kind in _MODULES:
        if number in numbers:
            is_named = kind in (ThreatKind.MALWARE, ThreatKind.EXPLOIT)
            return Verdict(kind_of(kind, name) if is_named else kind, name)
    return None


FORMAT = Format(
    name="trend_micro",
    title_ja="トレンドマイクロ（Apex One、Deep Security、Vision Oneなど）",
    title_en="Trend Micro (Apex One and Central, Deep Security, Vision One …)",
    shape="trend_micro",
    sniff=_sniff,
    marks=("Trend Micro", "TrendMicro", "TrendAI", '"workbenchLink"', '"mitreTacticIds"'),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "src_ip": "src",
        "dst_ip": "dst",
        "src_port": "spt",
        "dst_port": "dpt",
        "Signature": "VirusName",
        "Filename": "fname",
        "c-uri": "request",
        "action": "act",
    },
    device=(
        "computer",
        "impactScope.host.name",
        "endpoint.endpointName",
        "detail.endpointHostName",
    ),
    user=("duser", "suser", "userName", "impactScope.account"),
    serial=("deviceExternalId",),
    stated_time=time_in(
        "rt", "createdDateTime", "detectedDateTime", "updatedDateTime", "start", "devTime", utc=True
    ),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 2004 if _verdict(fields) else 0,
    verdict=_verdict,
    vendor="Trend Micro",
    product="Apex One",
    seen_ja=(
        "Apex CentralのCEF（ウイルス、スパイウェア、挙動監視、デバイス制御、アプリ制御、更新）",
        "Deep SecurityのCEF（不正プログラム、IPS、Web、ログ監視）",
        "Trend Vision OneのワークベンチのJSON",
    ),
    lost_ja=(
        "挙動監視などの処置が番号だけで書かれた記録は、止めたかどうかを決めつけず「見つけただけ」とします。",
        "Cloud Edgeの形式は公開されていません。メールかCEFで届いたものだけ読みます。",
    ),
)

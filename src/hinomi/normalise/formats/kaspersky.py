"""Kaspersky Security Center: events as structured syslog (`event@23668`), CEF and LEEF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of, outcome_of
from hinomi.normalise.notations import fields_of, is_cef_of, is_leef_of, time_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_DECLARED = (
    "et", "etdn", "hdn", "hip", "gn", "tdn", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8",
    "p9", "kscfqdn", "message", "DeviceEventClassID", "Name", "dvchost", "dhost", "dst", "src",
    "suser", "duser", "filePath", "fileHash", "act", "msg", "VirusName", "request",
    "verdict.kind", "verdict.name", "verdict.disposition",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.code": ("et", "DeviceEventClassID", "EventID"),
    "event.action": ("act", "etdn", "Name"),
    "event.reason": ("msg", "message", "descr"),
    "event.category": (),
    "log.level": ("Severity", "sev"),
    "group.name": ("gn", "groupName", "GroupName"),
    "host.name": ("hdn", "dvchost", "dhost", "hostname", "identHostName", "devname"),
    "host.ip": ("hip", "dvc", "dst", "hostip"),
    "source.ip": ("src", "attackerIP"),
    "source.port": ("spt",),
    "destination.ip": ("dst",),
    "destination.port": ("dpt",),
    "network.transport": ("proto",),
    "user.name": ("suser", "duser", "usrName", "user"),
    "file.path": ("filePath", "objectName", "object"),
    "file.hash.md5": ("md5",),
    "file.hash.sha256": ("fileHash", "sha256"),
    "process.executable": ("sproc", "deviceProcessName"),
    "process.pid": ("dpid", "spid"),
    "url.original": ("request",),
    "rule.name": ("tdn", "TaskName", "cs_rule"),
    "threat.indicator.name": ("VirusName", "threat", "virusName", "detectName", "Virus name"),
    "observer.hostname": ("kscfqdn", "host"),
    "observer.version": ("DeviceVersion", "pv"),
    "observer.type": ("deviceFacility",),
}  # fmt: skip
# Beginnings of the event types of KSC and of Endpoint Security.
_EVENTS: tuple[tuple[str, ThreatKind], ...] = (
    ("GNRL_EV_VIRUS_FOUND_BY_KSN", ThreatKind.MALWARE),
    ("GNRL_EV_VIRUS_FOUND_AND_BLOCKED", ThreatKind.MALWARE),
    ("GNRL_EV_VIRUS_FOUND_AND_REPORTED", ThreatKind.MALWARE),
    ("GNRL_EV_VIRUS_OUTBREAK", ThreatKind.MALWARE),
    ("GNRL_EV_VIRUS_FOUND", ThreatKind.MALWARE),
    ("GNRL_EV_OBJECT_", ThreatKind.MALWARE),
    ("GNRL_EV_SUSPICIOUS_OBJECT_FOUND", ThreatKind.SUSPICIOUS),
    ("GNRL_EV_ATTACK_DETECTED", ThreatKind.INTRUSION),
    ("GNRL_EV_WEB_URL_BLOCKED", ThreatKind.BAD_SITE),
    ("GNRL_EV_APPLICATION_LAUNCH_DENIED", ThreatKind.POLICY),
    ("GNRL_EV_DEVCTRL_DEV_PLUG_DENIED", ThreatKind.POLICY),
    ("KLEDR", ThreatKind.SUSPICIOUS),
    ("KLAUD_EV_ADMGROUP", ThreatKind.SETTING_CHANGED),
    ("KLSRV_HOST_STATUS_CRITICAL", ThreatKind.FAULT),
    ("KLSRV_EV_LICENSE", ThreatKind.FAULT),
    ("KLSRV_LICENSE", ThreatKind.FAULT),
    ("KLPRCI_TaskState_Failed", ThreatKind.FAULT),
)
_ENDINGS = {
    "_CURED": Disposition.STOPPED, "_DELETED": Disposition.STOPPED,
    "_QUARANTINED": Disposition.STOPPED, "_BLOCKED": Disposition.STOPPED,
    "_DENIED": Disposition.STOPPED, "_NOTCURED": Disposition.LET_THROUGH,
    "_NOT_CURED": Disposition.LET_THROUGH, "_REPORTED": Disposition.SEEN,
    "_PASSED": Disposition.LET_THROUGH, "_ROLLEDBACK": Disposition.STOPPED,
}  # fmt: skip


def _sniff(line: Line) -> bool:
    makers = ("KasperskyLab", "Kaspersky", "Kaspersky Lab", "AO Kaspersky Lab")
    if "CEF:" in line.text or "LEEF:" in line.text:
        return is_cef_of(line, *makers) or is_leef_of(line, *makers)
    return "event@23668" in line.text or ("etdn" in line.header.data and "hdn" in line.header.data)


def _parse(line: Line) -> Fields:
    if "CEF:" in line.text or "LEEF:" in line.text:
        return fields_of(line)
    fields = dict(line.header.data)
    if "et" not in fields and "etdn" not in fields:
        raise NotThisFormat("No event of Kaspersky Security Center.")
    body = line.header.body.strip()
    if fields.get("et", "").startswith(_DETECTIONS):
        fields |= {new: fields[old] for old, new in _MACROS.items() if fields.get(old)}
    head = {"message": body, "host": line.header.host, "program": line.header.program}
    return {name: value for name, value in {**head, **fields}.items() if value}


# The order of KSC's macros in its detections: object, threat, user.
_DETECTIONS = ("GNRL_EV_VIRUS", "GNRL_EV_OBJECT", "GNRL_EV_SUSPICIOUS")
_MACROS = {"p2": "object", "p5": "threat", "p7": "user"}


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if checksum := fields.get("p4", ""):
        kinds = {32: "md5", 64: "sha256"}
        if kind := kinds.get(len(checksum)):
            ecs.setdefault(f"file.hash.{kind}", checksum)
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))


def _disposition(fields: Mapping[str, str]) -> Disposition:
    if _verdict(fields) is None:
        return Disposition.UNKNOWN
    event = first(fields, ("et", "DeviceEventClassID", "EventID"))
    for ending, found in _ENDINGS.items():
        if event.endswith(ending):
            return found
    found = outcome_of(first(fields, ("act", "Result", "result")))
    return found if found is not Disposition.UNKNOWN else Disposition.SEEN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    event = first(fields, ("et", "DeviceEventClassID", "EventID"))
    for start, kind in _EVENTS:
        if event.startswith(start):
            name = first(fields, ("VirusName", "virusName", "detectName", "p5", "etdn", "Name",
                                  "msg"))  # fmt: skip
            loose = kind in (ThreatKind.MALWARE, ThreatKind.SUSPICIOUS, ThreatKind.INTRUSION)
            return Verdict(kind_of(kind, name) if loose else kind, name)
    return None


FORMAT = Format(
    name="kaspersky",
    title_ja="Kaspersky Security Center",
    title_en="Kaspersky Security Center",
    shape="kaspersky",
    sniff=_sniff,
    marks=("Kaspersky", "event@23668", "etdn"),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "Signature": "VirusName",
        "Filename": "filePath",
        "Action": "act",
        "src_ip": "src",
        "dst_ip": "dst",
    },
    device=("hdn", "dvchost", "dhost", "identHostName"),
    user=("suser", "duser", "usrName", "user"),
    stated_time=time_in("rt", "devTime", "start", "end", utc=True),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 2004 if _verdict(fields) else 0,
    verdict=_verdict,
    vendor="Kaspersky",
    product="Security Center",
    seen_ja=("Security Centerのsyslog（RFC 5424の構造化データ）、CEF、LEEF（説明書から）",),
    lost_ja=("p1～p9の意味は記録の種類ごとに違い、名前を付けるのは検知の記録だけです。",),
    is_from_manual=True,
)

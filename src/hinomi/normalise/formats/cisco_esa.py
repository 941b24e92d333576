"""Cisco Secure Email (ESA): the consolidated event in CEF, and mail_logs' sentences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.scanners.cef import scan_cef
from hinomi.normalise.sentences import IP, LONGEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_TEXT = re.compile(r"(?:Info|Warning|Critical): (?:.*?\b(?:MID|ICID|DCID|RID) \d+|New SMTP )")
_HASH = re.compile(r"'fileHash': \[?'([0-9a-f]{64})'")
_ATTACHMENT = re.compile(r"\{'([^']+)': \{")
_PARTS = tuple(
    re.compile(text)
    for text in (
        r"^(?P<severity>\w+): ",
        r"\bMID (?P<ESAMID>\d+)",
        r"\bICID (?P<ESAICID>\d+)",
        r"\bDCID (?P<ESADCID>\d+)",
        r"\bFrom: <(?P<suser>[^>]*)>",
        r"\bTo: <(?P<duser>[^>]*)>",
        r"\bSubject '?(?P<msg>.+?)'?$",
        r"\bMessage-ID '?(?P<ExternalMsgID>[^'\s]+)'?",
        (
            r"\binterface (?P<interface>.+?) \((?P<dvc>[^)]+)\) address "
            rf"(?P<src>{IP})(?: reverse dns host (?P<shost>\S+))?"
        ),
        rf"\baddress (?P<dst>{IP}) port (?P<dpt>\d+)",
        (
            r"\b(?P<verb>antivirus|CASE spam|interim verdict using engine|"
            r"AMP file reputation verdict)"
            r"[: ]+(?P<judgement>.+)$"
        ),
        (
            r"\b(?P<act>bounced|dropped|aborted|quarantined|queued for delivery|delivered|REJECT|"
            r"ACCEPT|TCPREFUSE|RELAY)\b"
        ),
    )
)
_DECLARED = (
    "DeviceVendor", "DeviceProduct", "DeviceVersion", "DeviceEventClassID", "Name", "Severity",
    "message", "deviceExternalId", "ESAMID", "ESAICID", "ESADCID", "src", "shost", "dst", "dvc",
    "dvchost", "suser", "duser", "msg", "act", "MailPolicy", "ExternalMsgID", "sourceHostName",
    "sourceAddress", "ESAAVVerdict", "ESAASVerdict", "ESAAMPVerdict", "ESAGMVerdict",
    "ESAOFVerdict", "ESADLPVerdict", "ESAURLDetails", "ESAAttachmentDetails", "ESASPFVerdict",
    "ESADKIMVerdict", "ESADMARCVerdict", "ESAFriendlyFrom", "ESAFinalActionDetails",
    "deviceInboundInterface", "deviceOutboundInterface", "startTime", "endTime", "judgement",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.code": ("DeviceEventClassID",),
    "event.action": ("act",),
    "event.reason": ("ESAFinalActionDetails", "judgement", "msg"),
    "source.user.name": ("suser",),
    "destination.user.name": ("duser",),
    "event.severity": ("Severity",),
    "log.level": ("severity",),
    "observer.product": ("DeviceProduct",),
    "observer.version": ("DeviceVersion",),
    "observer.hostname": ("dvchost",),
    "observer.ingress.interface.name": ("deviceInboundInterface",),
    "observer.egress.interface.name": ("deviceOutboundInterface",),
    "host.id": ("deviceExternalId",),
    "host.name": ("sourceHostName", "shost"),
    "host.hostname": ("sourceHostName", "shost"),
    "source.ip": ("sourceAddress", "src"),
    "source.domain": ("sourceHostName", "shost", "ESAHeloDomain"),
    "destination.ip": ("destinationAddress", "dst"),
    "destination.port": ("dpt",),
    "server.ip": ("dvc",),
    "email.from.address": ("suser",),
    "email.to.address": ("duser",),
    "email.subject": ("msg",),
    "email.message_id": ("ExternalMsgID",),
    "rule.id": ("DeviceEventClassID",),
    "rule.name": ("MailPolicy",),
    "email.reply_to.address": ("ESAReplyTo",),
    "file.hash.sha256": (),
    "message": ("message",),
}
_STOPPED = ("DROPPED", "DQ", "QUARANTINED", "BOUNCED", "ABORTED", "REJECT", "TCPREFUSE")


def _sniff(line: Line) -> bool:
    text = line.text
    if "CEF:" in text[:200]:
        return "|Cisco|" in text[:260] and ("Email" in text[:300] or "ESA_" in text[:400])
    return _TEXT.match(line.header.body[:400]) is not None


def _parse(line: Line) -> Fields:
    if "CEF:" in line.text[:200]:
        fields = scan_cef(line.text)
        if fields.get("DeviceVendor") != "Cisco":
            raise NotThisFormat("CEF, but not Cisco's.")
        return {name: _unquoted(value) for name, value in fields.items()}
    body = line.header.body.strip()
    if not _TEXT.match(body[:400]):
        raise NotThisFormat("No line of mail_logs.")
    found: Fields = {"message": body}
    for pattern in _PARTS:
        if part := pattern.search(body[:LONGEST]):
            found |= {name: value for name, value in part.groupdict().items() if value}
    return found


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == "'" else value


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    text = first(fields, ("startTime", "endTime", "rt"))
    if found := re.match(r"\w{3} (\w{3} +\d+) (\S+) (\d{4})", text):
        text = f"{found[1]} {found[3]} {found[2]}"
    return from_text(text, zone, receive) if text else None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    act = fields.get("act", "").upper()
    if act.startswith(_STOPPED):
        return Disposition.STOPPED
    return Disposition.LET_THROUGH if act == "DELIVERED" else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    judged = fields.get("judgement", "")
    if "POSITIVE" in fields.get("ESAAVVerdict", "") or "antivirus" in fields.get("verb", ""):
        bad = "ESAAVVerdict" in fields or "positive" in judged
        return Verdict(ThreatKind.MAIL_MALWARE, judged) if bad else None
    if "MALICIOUS" in fields.get("ESAAMPVerdict", "") or "MALICIOUS" in judged:
        return Verdict(ThreatKind.MAIL_MALWARE, first(fields, ("judgement", "msg")))
    if "POSITIVE" in fields.get("ESAOFVerdict", ""):
        return Verdict(ThreatKind.PHISHING, fields.get("msg", ""))
    if "PHISH" in fields.get("ESAASVerdict", ""):
        return Verdict(ThreatKind.PHISHING, fields.get("msg", ""))
    return None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    details = fields.get("ESAAttachmentDetails", "")[:16_384]
    if found := _HASH.search(details):
        ecs.setdefault("file.hash.sha256", found[1])
    if name := _ATTACHMENT.match(details):
        ecs.setdefault("file.name", name[1])


FORMAT = Format(
    name="cisco_esa",
    title_ja="Cisco Secure Email (ESA)",
    title_en="Cisco Secure Email (ESA)",
    shape="cisco_esa",
    sniff=_sniff,
    marks=("|Cisco|", "MID ", "ICID ", "DCID ", "RID ", "New SMTP "),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={"src_ip": "src", "dst_ip": "dst"},
    device=("dvchost", "dvc"),
    user=("duser", "suser"),
    serial=("deviceExternalId",),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 4009,
    verdict=_verdict,
    vendor="Cisco",
    product="Secure Email",
    seen_ja=("AsyncOS 14〜16の統合イベント（CEF）と、mail_logsの文。",),
    lost_ja=("mail_logsは1通が何行にもなります。行はMIDを持ち、つなぎません。",),
)

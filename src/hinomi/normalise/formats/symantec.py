"""Symantec Endpoint Protection's syslog: comma-separated columns, some named (`Risk name: …`),
some bare, in the language of the server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of, outcome_of
from hinomi.normalise.notations import time_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_DECLARED = (
    "computer", "log", "action", "description", "IP Address", "Computer name", "Source",
    "Risk name", "File path", "Actual action", "Requested action", "Secondary action",
    "Event time", "User Name", "Domain Name", "Group Name", "Server Name", "Site",
    "Event Description", "Local Host IP", "Remote Host IP", "Local Port", "Remote Port",
    "direction", "transport", "Application", "CIDS Signature ID", "CIDS Signature string",
    "Intrusion URL", "Rule", "Begin", "End Time", "Application hash", "Category set",
    "verdict.kind", "verdict.name", "verdict.disposition",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("action", "Actual action", "Action"),
    "event.reason": ("Event Description", "description", "Description", "message"),
    "event.category": (),
    "event.start": ("Begin",),
    "event.end": ("End Time",),
    "observer.hostname": ("Server Name", "Server"),
    "organization.name": ("Site",),
    "group.name": ("Group Name", "Group"),
    "host.name": ("Computer name", "Computer", "computer"),
    "host.hostname": ("Computer name", "Computer", "computer"),
    "host.ip": ("ip", "IP Address", "Local Host IP", "Local Host", "Local"),
    "host.mac": ("Local Host MAC",),
    "source.ip": ("source_ip", "ip", "IP Address", "Source Computer IP", "Local"),
    "source.port": ("source_port",),
    "source.mac": ("Local Host MAC",),
    "source.domain": ("Source Computer Name",),
    "destination.ip": ("destination_ip", "Remote"),
    "destination.port": ("destination_port",),
    "destination.mac": ("Remote Host MAC",),
    "destination.domain": ("Remote Host Name",),
    "network.transport": ("transport",),
    "network.direction": ("direction",),
    "user.name": ("User Name", "User", "User1", "Admin", "user"),
    "user.domain": ("Domain Name", "Domain"),
    "process.pid": ("process_id",),
    "process.executable": ("process", "Application", "Caller Process Name"),
    "file.path": ("File path",),
    "file.size": ("File size (bytes)",),
    "file.hash.sha256": ("SHA-256", "Application hash"),
    "file.hash.md5": ("MD-5",),
    "url.original": ("Intrusion URL", "URL", "Download site"),
    "rule.name": ("Rule", "CIDS Signature string"),
    "rule.id": ("CIDS Signature ID",),
    "threat.indicator.name": ("Risk name", "CIDS Signature string"),
    "log.level": ("Severity",),
}  # fmt: skip
_NAME = re.compile(r"([A-Z][A-Za-z0-9/ ()\-]{0,40}?): ?(.*)", re.DOTALL)
_SID = re.compile(r"\[SID: \d+\] ?")
_LEAD = re.compile(r"(?:SymantecServer[^:]*|Symantec Server[^:]*): ?")
_DIRECTIONS = ("Inbound", "Outbound", "Unknown")
_TRANSPORTS = ("TCP", "UDP", "ICMP", "OTHERS", "ETHERNET", "ICMPv6")
# A comma in these is part of the sentence.
_FREE = ("Event Description", "Description", "File path", "CIDS Signature string", "Application",
         "Company name", "Location", "Rule")  # fmt: skip
_BEHAVIOUR = ("computer", "ip", "action", "description", "api", "Begin", "End Time", "Rule",
              "process_id", "process", "return_address", "return_module",
              "parameter")  # fmt: skip
_NOBODY = frozenset({"none", "aucun(e)", "なし", "nessuno", "keine", ""})
_OFF = re.compile(r"Auto-Protect (?:is |has been )?disabled|Auto-Protect が?無効", re.I)
_NOT_BLOCKED = re.compile(
    r"not (?:been )?blocked|pas bloqu|ブロックされませんでした|\bAudit:", re.I
)
_BLOCKED = re.compile(r"\bblocked\b|a été bloqué|ブロックされました|ブロックしました", re.I)


def _sniff(line: Line) -> bool:
    text = line.text
    if text[:1] in "{[" or "CEF:" in text:
        return False
    return (
        "SymantecServer" in text
        or (",Begin: " in text and ",End" in text)
        or ",Actual action: " in text
        or ("Scan ID: " in text and ",Begin: " in text)
        or ("Site: " in text and ",Server Name: " in text)
        or (",Event Description: " in text and ",Event time: " in text)
    )


def _parse(line: Line) -> Fields:
    text = line.header.body.strip()
    if lead := _LEAD.match(text):
        text = text[lead.end() :]
    pieces = _split(text)
    if len(pieces) < 3:
        raise NotThisFormat("Too few columns for Symantec Endpoint Protection.")
    fields = _behaviour(pieces) if _is_behaviour(pieces) else _columns(pieces)
    if not any(name in fields for name in _NEEDED):
        raise NotThisFormat("No column of Symantec Endpoint Protection.")
    fields |= _ends(fields)
    return {
        name: value
        for name, value in fields.items()
        if value and not (name in ("User Name", "Domain Name") and value.lower() in _NOBODY)
    }


_NEEDED = ("Begin", "Actual action", "Event Description", "Event time", "Site", "Server Name",
           "Computer name", "Action")  # fmt: skip


def _ends(fields: Mapping[str, str]) -> Fields:
    """Local and remote say nothing of who called whom; the direction does."""
    near = first(fields, ("Local Host IP", "Local Host")), fields.get("Local Port", "")
    far = first(fields, ("Remote Host IP", "Remote Host")), fields.get("Remote Port", "")
    source, target = (far, near) if fields.get("direction") == "Inbound" else (near, far)
    return {
        "source_ip": source[0], "source_port": source[1],
        "destination_ip": target[0], "destination_port": target[1],
    }  # fmt: skip


def _is_behaviour(pieces: list[str]) -> bool:
    """Computer, address, action, sentence, function: bare; then the first named one, a time."""
    return (
        len(pieces) > len(_BEHAVIOUR)
        and not any(_NAME.match(piece) for piece in pieces[:5])
        and bool(_NAME.match(pieces[5]) and _NAME.match(pieces[6]))
    )


def _split(text: str) -> list[str]:
    """At commas outside quotes; a quote counts only at the beginning of a column."""
    if '"' not in text:
        return text.split(",")
    pieces: list[str] = []
    place = 0
    while place <= len(text):
        if text[place : place + 1] == '"' and (end := text.find('",', place + 1)) > 0:
            pieces.append(text[place + 1 : end])
            place = end + 2
            continue
        end = text.find(",", place)
        if end < 0:
            pieces.append(text[place:].strip('"'))
            break
        pieces.append(text[place:end])
        place = end + 1
    return pieces


def _behaviour(pieces: list[str]) -> Fields:
    """Application and device control: twelve columns by place, named ones after them."""
    fields = {
        name: _told(piece) if name in ("Begin", "End Time", "Rule") else piece.strip()
        for name, piece in zip(_BEHAVIOUR, pieces, strict=False)
    }
    return fields | {"log": "behaviour"} | _columns(pieces[len(_BEHAVIOUR) :], is_rest=True)


def _told(piece: str) -> str:
    return piece.partition(": ")[2].strip()


def _columns(pieces: list[str], *, is_rest: bool = False) -> Fields:
    fields: Fields = {}
    last, bare = "", 0
    for number, piece in enumerate(pieces):
        word = piece.strip()
        found = _NAME.match(word)
        if found:
            last = found[1] if found[1] not in fields else f"{found[1]} (2)"
            fields[last] = found[2].strip()
        elif word in _DIRECTIONS:
            fields.setdefault("direction", word)
        elif word in _TRANSPORTS:
            fields.setdefault("transport", word)
        elif last in _FREE and word and len(fields[last]) < 2_000:
            fields[last] = f"{fields[last]},{piece}"
        elif number == 0 and not is_rest:
            fields["log" if " " in word else "computer"] = word
        elif word:
            bare += 1
            # A scan's first free column says how it ended, the next ones are sentences.
            name = {1: "status", 2: "description"}.get(bare, f"column_{bare}")
            fields.setdefault(name, word)
    return fields


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if reason := str(ecs.get("event.reason", "")):
        ecs["event.reason"] = _SID.sub("", reason, count=1)
    for name in ("user.name", "user.domain"):
        if str(ecs.get(name, "")).lower() in _NOBODY:
            ecs.pop(name, None)
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))
    for name in ("host.mac", "source.mac"):
        if set(str(fields.get("Local Host MAC", ""))) <= {"0"}:
            ecs.pop(name, None)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    if "CIDS Signature ID" in fields or "Event Description" in fields:
        text = fields.get("Event Description", "")
        if _NOT_BLOCKED.search(text):
            return Disposition.SEEN
        if _BLOCKED.search(text):
            return Disposition.STOPPED
    for name in ("Actual action", "Action", "action"):
        found = outcome_of(fields.get(name, ""))
        if found is not Disposition.UNKNOWN:
            return found if _verdict(fields) else Disposition.UNKNOWN
    return Disposition.SEEN if _verdict(fields) else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if risk := fields.get("Risk name"):
        family = first(fields, ("Category type", "Category set"))
        return Verdict(kind_of(ThreatKind.MALWARE, family, risk), risk)
    if signature := fields.get("CIDS Signature string"):
        if fields.get("CIDS Signature ID", "0") == "0":
            return None
        return Verdict(kind_of(ThreatKind.INTRUSION, signature), signature)
    if _OFF.search(fields.get("Event Description", "")):
        return Verdict(ThreatKind.TAMPERING, "Auto-Protect")
    if fields.get("log") == "behaviour" and fields.get("action") in ("Blocked", "Terminate"):
        return Verdict(ThreatKind.POLICY, fields.get("Rule", ""))
    return None


FORMAT = Format(
    name="symantec",
    title_ja="Symantec Endpoint Protection",
    title_en="Symantec Endpoint Protection",
    shape="symantec",
    sniff=_sniff,
    marks=(
        "SymantecServer",
        ",Begin: ",
        ",Actual action: ",
        ",Server Name: ",
        ",Event Description: ",
    ),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "Signature": "Risk name",
        "Filename": "File path",
        "Action": "Actual action",
        "src_ip": "source_ip",
        "dst_ip": "destination_ip",
        "dst_port": "destination_port",
    },
    device=("Computer name", "Computer", "computer"),
    user=("User Name", "User", "User1"),
    stated_time=time_in("End Time", "Event time", "Begin", "End", "Event Insert Time"),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 2004 if _verdict(fields) else 0,
    verdict=_verdict,
    vendor="Broadcom",
    product="Symantec Endpoint Protection",
    seen_ja=("リスク、侵入防止、通信、アプリとデバイスの制御、スキャン、システムのsyslog",),
    lost_ja=(
        "サーバーの言語で書かれた文のうち、止めたかどうかを読めるのは英語・日本語・フランス語です。",
    ),
)

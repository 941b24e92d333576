"""FortiMail: `device_id=… log_id=… type=statistics|event|virus|spam|encrypt`, with the mail
server's own pairs inside `msg` (`to=<…>, relay=host [address], stat=…`), and CEF.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import NO_DEED, kind_by_words
from hinomi.normalise.moment import Stated, from_text, nearest_day
from hinomi.normalise.rows import natives, renamed, scan_marked, without_labels
from hinomi.normalise.scanners.pairs import scan_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_OWN_TYPES = re.compile(r"\btype=\"?(?:statistics|virus|spam|encrypt|history)\b")
# The mail server's pairs. What stands in brackets may hold commas; each pattern can fit in one way
# only, because senders write their own names and addresses into these texts.
_BRACKETS = re.compile(r"\([^()]*(?:\([^()]*\)[^()]*)*\)|<[^<>]*>")
_NEXT_PART = re.compile(r", (?=\w[\w-]*=)")
_PART_NAME = re.compile(r"(?<![\w-])(\w[\w-]*)=")
_RELAY = re.compile(r"(?<!\S)(\S+) \[([0-9A-Fa-f.:]+)\]")
_ADMIN_FROM = re.compile(r"\(([0-9A-Fa-f.:]+)\)")
_INFECTED = re.compile(r"(?<!\S)(\S+) is infected with (\S+?)\.?(?:\s|\Z)", re.IGNORECASE)
_LOGIN_FROM = re.compile(r"\bUser (\S+) .{0,60}\bfrom \S{0,80}?\(?(\d{1,3}(?:\.\d{1,3}){3})")
_RENAMED = {
    "deviceExternalId": "device_id", "dvchost": "devname", "src": "client_ip", "dst": "dst_ip",
    "suser": "from", "duser": "to", "act": "action", "shost": "client_name", "outcome": "status",
}  # fmt: skip
_DECLARED = (
    "type", "subtype", "log_id", "pri", "device_id", "session_id", "client_name", "client_ip",
    "client_cc", "dst_ip", "from", "hfrom", "to", "domain", "polid", "mailer", "resolved",
    "direction", "virus", "disposition", "classifier", "message_length", "subject", "user", "ui",
    "action", "status", "reason", "msg", "src", "relay_name", "relay_ip", "file",
)  # fmt: skip
_ECS = natives({
    "event.code": "log_id",
    "event.action": "action disposition",
    "event.outcome": "status",
    "event.reason": "said msg reason",
    "log.level": "pri",
    "observer.serial_number": "device_id",
    "observer.hostname": "devname",
    "source.ip": "client_ip src admin_ip",
    "source.domain": "domain client_name",
    "source.geo.country_iso_code": "client_cc",
    "destination.ip": "dst_ip",
    "network.direction": "direction",
    "rule.id": "polid",
    "rule.category": "classifier",
    "user.name": "user",
    "email.from.address": "from sender",
    "email.to.address": "to recipient",
    "email.subject": "subject",
    "email.message_id": "message_id",
    "file.name": "file",
    "threat.indicator.name": "virus",
})  # fmt: skip
_ALIASES = {
    "src_ip": "client_ip",
    "DestinationIp": "dst_ip",
    "username": "user",
    "Signature": "virus",
}
# What FortiMail did with the mail ("Accept;Modify Subject" names several).
_STOPS = ("reject", "discard", "quarantine", "delay", "block", "drop", "replace", "temporary")
_PASSES = ("accept", "deliver", "relay", "tag", "modify", "add header", "notify")
_kind_of_class = kind_by_words(
    (r"virus|sandbox|outbreak|malicious|content.?disarm|av\b", ThreatKind.MAIL_MALWARE),
    (r"phish|impersonation|business email|cousin|spoof", ThreatKind.PHISHING),
    (r"dlp|data loss", ThreatKind.DATA_LEAVING),
    ((r"spam|surbl|bayesian|dnsbl|greylist|black ?list|block ?list|sender reputation|heuristic|"
     r"session limit|recipient verification|spf|dkim|dmarc|content|newsletter|bulk|rate"),
     ThreatKind.POLICY),
)  # fmt: skip
_FAULTS = re.compile(r"licen[cs]e.{0,60}expired|update.{0,40}fail", re.IGNORECASE)


def _sniff(line: Line) -> bool:
    text = line.text
    if "CEF:" in text[:300]:
        return "|Fortinet|FortiMail" in text[:400] or "|FortiMail|" in text[:400]
    head = text[:400]
    if "device_id=" not in head or "log_id=" not in head or "type=" not in head:
        return False
    if " vd=" in text or "devname=" in head:
        return False
    own = "device_id=FE" in head or 'device_id="FE' in head or "ui=mail" in text
    return own or "session_id=" in text or bool(_OWN_TYPES.search(head))


def _parse(line: Line) -> Fields:
    if "CEF:" in line.text[:300]:
        found = without_labels(scan_marked(line.text))
        bare = {key.removeprefix("FTNTFML"): value for key, value in found.items()}
        fields = renamed(bare, _RENAMED)
        fields.setdefault("type", fields.get("cat", fields.get("DeviceEventClassID", "event")))
    else:
        fields = scan_pairs(line.header.body)
    if "type" not in fields:
        raise NotThisFormat("No type.")
    said = fields.get("msg", "")[:4_096]
    if "relay=" in said or said.startswith(("STARTTLS=", "to=", "from=")):
        _read_mail(said, fields)
    if found_virus := _INFECTED.search(said):
        fields.setdefault("file", found_virus[1])
        fields["virus"] = fields.get("virus") or found_virus[2]
    if admin := _ADMIN_FROM.search(fields.get("ui", "")):
        fields["admin_ip"] = admin[1]
    elif login := _LOGIN_FROM.search(said):
        fields["admin_ip"] = login[2]
    return fields


def _read_mail(said: str, fields: Fields) -> None:
    """The mail server's own pairs: whom it was for, where it went, how that ended."""
    parts = _mail_parts(said)
    if to := parts.get("to", "").strip("<>"):
        fields.setdefault("recipient", to)
    if sender := parts.get("from", "").strip("<>"):
        fields.setdefault("sender", sender)
    if relay := _RELAY.search(parts.get("relay", "")):
        fields["relay_name"], fields["relay_ip"] = relay[1], relay[2]
    if reason := parts.get("stat") or parts.get("verifymsg"):
        fields["said"] = reason


def _mail_parts(said: str) -> dict[str, str]:
    plain = _BRACKETS.sub(lambda found: "." * len(found[0]), said)
    bounds = [0, *(each.start() for each in _NEXT_PART.finditer(plain)), len(said)]
    pieces = (said[begin:end] for begin, end in pairwise(bounds))
    named = ((piece, name) for piece in pieces if (name := _PART_NAME.search(piece)))
    return {name[1]: piece[name.end() :] for piece, name in named}


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    date, time = fields.get("date", ""), fields.get("time", "")
    if date and time:
        return from_text(f"{date} {time}", zone, receive)
    return nearest_day(time, zone, receive) if time else None


def _kind(fields: Mapping[str, str]) -> ThreatKind | None:
    log = fields.get("type", "").lower()
    if log == "event":
        said = fields.get("msg", "")
        is_login = "login" in fields.get("action", "").lower()
        if is_login and fields.get("status", "").lower().startswith("fail"):
            return ThreatKind.LOGIN_FAILED
        return ThreatKind.FAULT if _FAULTS.search(said[:1_000]) else None
    if log == "virus" or fields.get("virus"):
        return ThreatKind.MAIL_MALWARE
    said = f"{fields.get('classifier', '')} {fields.get('msg', '')}"
    if log == "spam":
        return _kind_of_class(said[:1_000]) or ThreatKind.POLICY
    classifier = fields.get("classifier", "")
    if not classifier or "safe" in classifier.lower() or "not spam" in classifier.lower():
        return None
    return _kind_of_class(classifier)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    if _kind(fields) in NO_DEED:
        return Disposition.UNKNOWN
    done = fields.get("disposition", "").lower()
    if any(word in done for word in _STOPS):
        return Disposition.STOPPED
    return Disposition.LET_THROUGH if any(w in done for w in _PASSES) else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    kind = _kind(fields)
    name = first(fields, ("virus", "classifier", "msg"))
    return Verdict(kind, name) if kind else None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if to := fields.get("recipient"):
        ecs.setdefault("user.email", to)
    if str(ecs.get("source.domain", "")).startswith("["):
        del ecs["source.domain"]  # an address that has no name, in brackets
    if relay := fields.get("relay_name"):
        side = "source" if "sender" in fields else "destination"
        ecs_values.put(ecs, f"{side}.domain", relay)
        ecs_values.put(ecs, f"{side}.ip", fields["relay_ip"])


def _ocsf_class(fields: Mapping[str, str]) -> int:
    kind = _kind(fields)
    if kind is ThreatKind.LOGIN_FAILED or "login" in fields.get("action", "").lower():
        return 3002
    return 4009 if kind in (None, ThreatKind.POLICY, ThreatKind.FAULT) else 2004


FORMAT = Format(
    name="fortimail",
    title_ja="FortiMail",
    title_en="FortiMail",
    shape="fortimail",
    sniff=_sniff,
    marks=("FortiMail", "device_id="),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases=_ALIASES,
    device=("devname", "device_id"),
    user=("user", "recipient"),
    serial=("device_id",),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=_ocsf_class,
    verdict=_verdict,
    vendor="Fortinet",
    product="FortiMail",
    seen_ja=(
        "FortiMail 6・7系のsyslog（statistics、event、virus、spam、encrypt）。CEFは手引きから。",
    ),
    lost_ja=(
        "dateのない行は、届いた日の時刻として読みます。件名以外のメールの中身は書かれません。",
    ),
)

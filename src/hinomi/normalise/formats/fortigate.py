"""FortiGate (FortiOS) and its relatives that write the same notation: key=value, CSV mode, CEF.

CEF records come back under FortiOS's own names, so that a rule is written once.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, first
from hinomi.normalise.moment import (
    Stated,
    from_epoch,
    from_text,
    nearest_day,
    zone_of_offset,
)
from hinomi.normalise.scanners.cef import scan_cef
from hinomi.normalise.scanners.pairs import scan_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_PREFIXES = ("FTNTFGT", "FortinetFortiGate", "FTNTFPX", "FTNTFAD")
# CEF's spelling → FortiOS's own (FortiOS log reference, "CEF support").
_FROM_CEF = {
    "deviceExternalId": "devid",
    "dvchost": "devname",
    "src": "srcip",
    "spt": "srcport",
    "dst": "dstip",
    "dpt": "dstport",
    "shost": "srcname",
    "dhost": "hostname",
    "deviceInboundInterface": "srcintf",
    "deviceOutboundInterface": "dstintf",
    "externalId": "sessionid",
    "act": "action",
    "app": "service",
    "out": "sentbyte",
    "in": "rcvdbyte",
    "request": "url",
    "requestClientApplication": "agent",
    "requestMethod": "httpmethod",
    "outcome": "status",
    "suser": "user",
    "fname": "filename",
    "fsize": "filesize",
    "cnt": "count",
    "smac": "srcmac",
    "dmac": "dstmac",
    "sourceTranslatedAddress": "transip",
    "sourceTranslatedPort": "transport",
    "destinationTranslatedAddress": "tranip",
    "destinationTranslatedPort": "tranport",
    "reason": "reason",
    "DeviceVersion": "devversion",
    "Policy Id": "policyid",
    "Duration": "duration",
    "Packets Sent": "sentpkt",
    "Packets Received": "rcvdpkt",
    "Reference": "ref",
}
_DECLARED = (
    "type", "subtype", "eventtype", "logid", "level", "devname", "devid", "vd", "srcip", "srcport",
    "srcintf", "srcmac", "dstip", "dstport", "dstintf", "proto", "service", "app", "action",
    "utmaction", "policyid", "policyname", "user", "hostname", "url", "attack", "attackid",
    "virus", "severity", "catdesc", "qname", "msg", "logdesc", "status", "reason", "sentbyte",
    "rcvdbyte", "duration", "remip", "tunneltype", "ui", "cfgpath", "crlevel",
)  # fmt: skip
_ALIASES = {
    "src_ip": "srcip", "src_port": "srcport", "dst_ip": "dstip", "dst_port": "dstport",
    "SourceIp": "srcip", "SourcePort": "srcport", "DestinationIp": "dstip",
    "DestinationPort": "dstport", "c-uri": "url", "cs-host": "hostname",
    "c-useragent": "agent", "r-dns": "hostname", "query": "qname", "cs-method": "httpmethod",
    "username": "user", "src_mac": "srcmac", "Signature": "virus", "Filename": "filename",
}  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.code": ("logid", "log_id"),
    "event.action": ("action",),
    "event.outcome": ("status",),
    "event.duration": (),
    "log.level": ("level", "pri"),
    "observer.hostname": ("devname",),
    "observer.serial_number": ("devid", "device_id"),
    "observer.version": ("devversion", "version"),
    "observer.ingress.interface.name": ("srcintf",),
    "observer.egress.interface.name": ("dstintf",),
    "source.ip": ("srcip", "remip", "userip", "client_ip", "src", "ip", "assignip"),
    "source.port": ("srcport", "src_port"),
    "source.mac": ("srcmac", "mac", "mastersrcmac"),
    "source.bytes": ("sentbyte",),
    "source.packets": ("sentpkt",),
    "source.domain": ("srcname", "client_name", "shost"),
    "destination.ip": ("dstip", "dst_ip", "dst", "locip"),
    "destination.port": ("dstport", "dst_port"),
    "destination.mac": ("dstmac", "masterdstmac"),
    "destination.bytes": ("rcvdbyte",),
    "destination.packets": ("rcvdpkt",),
    "destination.domain": ("hostname", "dstname", "http_host"),
    "network.transport": ("proto",),
    "network.direction": ("direction",),
    "rule.id": ("policyid",),
    "rule.name": ("policyname", "policy"),
    "rule.category": ("catdesc", "appcat"),
    "rule.ruleset": ("applist", "policytype"),
    "dns.question.type": ("qtype",),
    "file.name": ("filename",),
    "file.size": ("filesize",),
    "url.original": ("url", "http_url"),
    "user_agent.original": ("agent", "http_agent"),
    "http.request.method": ("httpmethod", "http_method"),
    "http.request.referrer": ("referralurl", "http_referer"),
    "http.response.status_code": ("http_retcode", "statuscode"),
    "user.name": ("user", "xauthuser", "unauthuser"),
    "source.user.name": ("user", "unauthuser"),
    "destination.user.name": ("dstuser", "duser"),
    "group.name": ("group",),
    "threat.indicator.name": ("virus", "attack"),
    "email.subject": ("subject",),
    "email.from.address": ("from", "sender"),
    "email.to.address": ("to", "recipient"),
}
_LOOK = re.compile(r"(?:logid|devid|log_id|device_id)=\"?[\w-]|\blogdesc=|\bsubtype=\"?\w+")
# What FortiOS writes about the thing it saw → what became of it.
_VERDICTS = {
    "blocked": Disposition.STOPPED, "block": Disposition.STOPPED, "dropped": Disposition.STOPPED,
    "drop": Disposition.STOPPED, "deny": Disposition.STOPPED, "denied": Disposition.STOPPED,
    "reset": Disposition.STOPPED, "reset_client": Disposition.STOPPED,
    "reset_server": Disposition.STOPPED, "reset_both": Disposition.STOPPED,
    "clear_session": Disposition.STOPPED, "quarantine": Disposition.STOPPED,
    "quarantined": Disposition.STOPPED, "block-session": Disposition.STOPPED,
    "drop_session": Disposition.STOPPED, "redirect": Disposition.STOPPED,
    "detected": Disposition.SEEN, "monitored": Disposition.SEEN, "monitor": Disposition.SEEN,
    "log-only": Disposition.SEEN, "analytics": Disposition.SEEN, "pass_session": Disposition.SEEN,
    "passthrough": Disposition.LET_THROUGH, "pass": Disposition.LET_THROUGH,
    "allow": Disposition.LET_THROUGH, "allowed": Disposition.LET_THROUGH,
    "exempt": Disposition.LET_THROUGH, "accept": Disposition.LET_THROUGH,
    "permit": Disposition.LET_THROUGH,
}  # fmt: skip
_ADMIN_FROM = re.compile(r"\(([0-9A-Fa-f.:]+)\)")


def _sniff(line: Line) -> bool:
    text = line.text
    if "CEF:" in text:
        return "|Fortinet|" in text or "FTNTFGT" in text
    body = line.header.body
    return (
        body.lstrip()[:1] not in "{[<"
        and "=" in body
        and (
            ("devid=" in body or "vd=" in body or "devname=" in body or "log_id=" in body)
            and "type=" in body
            and "device_serial_id=" not in body
            and 'device="SFW"' not in body
            and bool(_LOOK.search(body))
        )
    )


def _parse(line: Line) -> Fields:
    if "CEF:" in line.text:
        return _from_cef(line.text)
    fields = scan_pairs(line.header.body)
    if "type" not in fields and "logid" not in fields:
        raise NotThisFormat("No FortiOS type or logid.")
    if "fctver" in fields and "hostname" in fields:
        fields["pcname"] = fields["hostname"]  # FortiClient: the PC itself, not whom it asked
    return fields


def _from_cef(text: str) -> Fields:
    found = scan_cef(text)
    vendor = found.get("DeviceVendor", "Fortinet")
    if vendor not in ("Fortinet", "FortiGate"):
        raise NotThisFormat(f"CEF, but of {vendor}.")
    fields: Fields = {}
    for key, value in found.items():
        if name := _own_name(key):
            fields[key if name in fields else name] = value
    kind, _, subtype = fields.get("cat", "").partition(":")
    if kind:
        fields.setdefault("type", kind)
        fields.setdefault("subtype", subtype)
    if "user" not in fields and "duser" in fields:
        fields["user"] = fields["duser"]
    return fields


@lru_cache(maxsize=4096)
def _own_name(key: str) -> str:
    """FortiOS's name for a key of CEF; "" for a label, whose field is there under its text."""
    bare = next((key[len(prefix) :] for prefix in _PREFIXES if key.startswith(prefix)), key)
    name = _FROM_CEF.get(key, key) if bare == key else bare
    return "" if name.endswith("Label") else name


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    """eventtime is the only safe one (its unit shows in its length); else date, time and tz."""
    if at := from_epoch(fields.get("eventtime", "")):
        return Stated(at)
    own = zone_of_offset(fields.get("tz", "")) or zone_of_offset(fields.get("timezone", ""))
    date, time = fields.get("date", ""), fields.get("time", "")
    if date and time:
        stated = from_text(f"{date} {time}", own or zone, receive)
        return Stated(stated.at) if stated and own else stated
    for name in ("itime", "timestamp"):
        if at := from_epoch(fields.get(name, "")):
            return Stated(at)
    if time:
        return nearest_day(time, own or zone, receive)
    text = fields.get("rt", "")
    return from_text(text, zone, receive) if text else None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """Only the security functions judge; a traffic record has a verdict only in `utmaction`."""
    if fields.get("type") == "traffic" or fields.get("cat", "").startswith("traffic"):
        return _VERDICTS.get(fields.get("utmaction", "").lower(), Disposition.UNKNOWN)
    if fields.get("type") in ("utm", "anomaly", "virus", "ips", "webfilter", "dns", "attack",
                              "app-ctrl", "emailfilter", "dlp", "waf", "antivirus"):  # fmt: skip
        verdict = fields.get("action") or fields.get("utmaction") or ""
        return _VERDICTS.get(verdict.lower(), Disposition.UNKNOWN)
    return Disposition.UNKNOWN


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if reason := first(fields, ("reason", "msg", "logdesc")):
        ecs["event.reason"] = reason.strip()
    if service := fields.get("service") or _method(fields):
        ecs["network.protocol"] = service.lower()
    app = fields.get("service") if "DeviceVendor" in fields else fields.get("app")
    if app or fields.get("app"):
        ecs["network.application"] = app or fields["app"]
    if name := fields.get("qname"):
        ecs["dns.question.name"] = name.strip("[]")
    if "source.ip" not in ecs and (found := _ADMIN_FROM.search(fields.get("ui", ""))):
        ecs_values.put(ecs, "source.ip", found[1])
    if name := fields.get("pcname"):
        ecs.pop("destination.domain", None)
        ecs |= {"host.name": name}
        ecs_values.put(ecs, "host.ip", fields.get("deviceip", ""))
    _derive_url(fields, ecs)
    _derive_translation(fields, ecs)
    if packets := fields.get("sentpkt"):
        ecs_values.put(ecs, "client.packets", packets)
    if (seconds := fields.get("duration", "")) and seconds.isdecimal() and len(seconds) < 10:
        ecs["event.duration"] = int(seconds) * 1_000_000_000


def _method(fields: Mapping[str, str]) -> str:
    """How an administrator came in: https, ssh …; "jsconsole" is the box's own page."""
    method = fields.get("method", "")
    return method if method in ("https", "http", "ssh", "telnet") else ""


def _derive_url(fields: Mapping[str, str], ecs: Ecs) -> None:
    if url := fields.get("url") or fields.get("http_url"):
        ecs_values.add_url(ecs, url)
        if host := fields.get("hostname"):
            ecs.setdefault("url.domain", host)
        name = ecs_values.base_name(str(ecs.get("url.path", "")))
        if "." in name:
            ecs.setdefault("file.name", name)


def _derive_translation(fields: Mapping[str, str], ecs: Ecs) -> None:
    """trandisp says whose address was translated: snat the source's, dnat the destination's."""
    side = "destination" if fields.get("trandisp") == "dnat" else "source"
    for native, name in (("transip", "ip"), ("transport", "port")):
        if value := fields.get(native):
            ecs_values.put(ecs, f"{side}.nat.{name}", value)
            ecs_values.put(ecs, f"server.nat.{name}", value)
    for native, name in (("tranip", "ip"), ("tranport", "port")):
        if value := fields.get(native):
            ecs_values.put(ecs, f"destination.nat.{name}", value)


def _ocsf_class(fields: Mapping[str, str]) -> int:
    kind, subtype = fields.get("type", ""), fields.get("subtype", "")
    if kind == "traffic":
        return 4001
    if kind == "event":
        return {"vpn": 4014, "user": 3002}.get(
            subtype, 3002 if "login" in fields.get("action", "") else 0
        )
    return {"webfilter": 4002, "dns": 4003, "app-ctrl": 4001}.get(
        subtype, 2004 if kind in ("utm", "anomaly") else 0
    )


FORMAT = Format(
    name="fortigate",
    title_ja="FortiGate",
    title_en="FortiGate",
    shape="fortigate",
    sniff=_sniff,
    marks=("|Fortinet|", "FTNTFGT", "devid=", "vd=", "devname=", "log_id="),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases=_ALIASES,
    device=("devname", "pcname", "devid", "device_id"),
    user=("user", "xauthuser", "unauthuser"),
    serial=("devid", "device_id"),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=_ocsf_class,
    vendor="Fortinet",
    product="FortiGate",
    seen_ja=(
        "FortiOS 5～7の標準（名前=値）、CSV、CEF。FortiAnalyzerの転送。",
        "同じ書き方をするFortiProxy、FortiClient。FortiMailは別の書式です。",
    ),
    lost_ja=(
        "通信の記録（traffic）の許可・拒否は、攻撃の判定として数えません。",
        "eventtimeもtzもない記録は、設定した時間帯で読みます。",
    ),
)

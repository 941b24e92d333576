"""Postfix and what runs beside it: postgrey, policyd-spf, spamd, opendkim's and amavis' one line.

A line tells one step of one mail; the queue id joins them. Sentences share their parts, so each
part has a pattern of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.ecs_values import put
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.sentences import IP, TEXT_ECS, fields_of_header, parts, parts_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_PROGRAMS = frozenset({
    "postgrey", "policyd-spf", "spamd", "spamass-milter", "opendkim", "opendmarc", "amavis",
    "postscreen", "sqlgrey",
})  # fmt: skip
_QUEUE = r"(?:[0-9A-F]{6,16}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,18})"
_BEGINNING = re.compile(
    rf"{_QUEUE}: (?:to=|from=|client=|message-id=|uid=|warning: |host |filter: |prepend: |"
    r"replace: |removed|Used TLS|reject: |discard: |hold: |milter-|sender|enabling |skipped|"
    r"redirect: |info: |lost conn|conversation|resent-message-id=|action=)"
    r"|NOQUEUE: |(?:dis)?connect from \S+\[|lost connection after |timeout after \S+ from |"
    r"connect to \S+\[[^\]]*\]:\d|(?:Anonymous|Trusted|Untrusted|Verified) TLS connection "
    r"established"
    r"|(?:warning: )?\S+\[[0-9A-Fa-f.:]+\]: SASL |warning: (?:read TCP map|hostname \S+ does not|"
    r"non-SMTP command|numeric domain|unknown\[)|action=(?:pass|greylist|dunno|reject|prepend), |"
    r"whitelisted: |(?:None|Pass|Fail|Softfail|Neutral|Permerror|Temperror); identity=|"
    r"(?:Action: )?prepend:? (?:Text: )?Received-SPF|spamd: |statistics: max |"
    r"PREGREET \d|PASS (?:NEW|OLD) |CONNECT from \[|DISCONNECT \[|HANGUP after |SSL_accept error "
)
_MARKS = (
    *_PROGRAMS, "postfix", ": to=", ": from=", ": client=", ": message-id=", ": uid=", "warning: ",
    ": host ", ": filter: ", ": prepend: ", ": replace: ", ": removed", ": Used TLS", ": reject: ",
    ": discard: ", ": hold: ", ": milter-", ": sender", ": enabling ", ": skipped", ": redirect: ",
    ": info: ", ": lost conn", ": conversation", ": resent-message-id=", "action=", "NOQUEUE: ",
    "connect from ", "lost connection after ", "timeout after ", "connect to ",
    " TLS connection established", "]: SASL ", "whitelisted: ", "; identity=", "Received-SPF",
    "spamd: ", "statistics: max ", "PREGREET ", "PASS NEW ", "PASS OLD ", "CONNECT from [",
    "DISCONNECT [", "HANGUP after ", "SSL_accept error ",
)  # fmt: skip
_END = rf"(?P<SIDE_name>[\w.\-]+)? ?\[(?P<SIDE_ip>{IP})(?:/\d+)?\](?::(?P<SIDE_port>\d+))?"
_CLIENT, _RELAY = _END.replace("SIDE", "client"), _END.replace("SIDE", "relay")
_PARTS = parts(
    (
        (": ", rf"^(?P<queue_id>NOQUEUE|{_QUEUE}): "),
        (
            "[",
            (
                rf"(?:\bclient=|(?:dis)?(?:connect|CONNECT) from |\bfrom |RCPT from |whitelisted: "
                rf"|^warning: |^PREGREET .*? from |^(?:PASS|DISCONNECT|HANGUP) .*?){_CLIENT}"
            ),
        ),
        (
            "[",
            (
                rf"(?:relay=|^connect to |established to |Used TLS for |^[0-9A-Za-z]+: host |host )"
                rf"{_RELAY}"
            ),
        ),
        ("client_name=", r"\bclient_name=(?P<client_name>[^,\s]+)"),
        ("client_address=", rf"\bclient_address=(?P<client_ip>{IP})"),
        ("client-ip=", rf"\bclient-ip=(?P<client_ip>{IP})"),
        ("", r"\bto=<(?P<to>[^>]*)>|\bto=(?P<to_2>[^<,\s]+@[^,\s]+)|\brecipient=(?P<to_3>[^,\s]+)"),
        (
            "",
            (
                r"\bfrom=<(?P<from>[^>]+)>|\bsender=(?P<from_2>[^,\s]+)"
                r"|\benvelope-from=<?(?P<from_3>[^<>;\s]+)"
                r"|header From: .*?<\[?(?P<from_4>[^\]>(<:\s]+@[^\]>(<:\s]+)"
            ),
        ),
        ("orig_to=", r"\borig_to=<?(?P<orig_to>[^,>\s]+)"),
        ("helo=", r"\bhelo=[<\[]?(?P<helo>[^>\],;\s]+)"),
        ("proto=", r"\bproto=(?P<protocol>\w+)"),
        ("status=", r"\bstatus=(?P<status>\w+)(?: \((?P<reason>.*)\))?"),
        ("dsn=", r"\bdsn=(?P<dsn>[\d.]+)"),
        ("delay=", r"\bdelay=(?P<delay>[\d.]+)"),
        ("size=", r"\bsize=(?P<size>\d+)"),
        ("nrcpt=", r"\bnrcpt=(?P<recipients>\d+)"),
        ("message-id=", r"\bmessage-id=<?(?P<message_id>[^>\s]+)"),
        ("sasl_method=", r"\bsasl_method=(?P<sasl_method>\w+)"),
        ("sasl_username=", r"\bsasl_username=(?P<user>[^,\s]+)"),
        ("uid=", r"\buid=(?P<uid>\d+)"),
        (
            "SASL ",
            (
                r"\]: (?P<reason>SASL (?P<sasl_method>[\w\-]+) authentication failed:? ?.*?)"
                r"(?:, sasl_username=.*)?$"
            ),
        ),
        ("said: ", r"\bsaid: (?P<reason>(?:\d{3}(?:[ \-]\d\.\d+\.\d+)? )?(?P<said>.*))$"),
        ("Hostname=", r"\bHostname=(?P<hostname>[\w.\-]+)"),
        (
            ": ",
            (
                r"(?:NOQUEUE|^\w+): (?P<action>reject|filter|discard|hold|redirect|prepend|replace|"
                r"milter-reject|milter-hold|warning|milter-discard): (?P<stage>\w+)"
            ),
        ),
        ("action=", r"\baction=(?P<action>\w+), reason=(?P<reason>[^,]+)"),
        ("reject: ", r"reject: .*?\]: (?P<reason>\d{3} .*?); from="),
        ("]:", r"\]:\d+: (?P<reason>[A-Z].*)$"),
        (
            "TCP map",
            rf"read TCP map reply from (?P<relay_name>{IP}):(?P<relay_port>\d+): (?P<reason>.*)$",
        ),
        ("filename=", r"\bfilename=\"*(?P<file>[^\";]+)\"*"),
        ("header Subject", r"header Subject: (?P<subject>.+?) from \S+(?:\[[^\]]*\])?;"),
        ("", r"(?:^|Received-SPF: )(?P<spf>None|Pass|Fail|Softfail|Neutral|Permerror|Temperror)\b"),
        (
            "spamd: ",
            (
                r"spamd: connection from (?P<client_name>[\w.\-]+) \[(?P<client_ip>[^\]]+)\]:"
                r"(?P<client_port>\d+) to port (?P<relay_port>\d+)"
            ),
        ),
        (
            "rhost=",
            rf"\brhost=(?P<client_name>[^,]+),raddr=(?P<client_ip>{IP}),rport=(?P<client_port>\d+)",
        ),
        ("user=", r"\buser=(?P<user>[^,\s]+),"),
        ("spamd: ", r"spamd: result: (?P<spam>[.Y]) (?P<score>-?\d+) - (?P<tests>\S*)"),
        (
            "TLS connection",
            r"(?:TLS connection established .*?: )(?P<tls_version>\S+) with cipher (?P<cipher>\S+)",
        ),
    )
)
_DECLARED = (
    "host", "program", "pid", "message", "queue_id", "client_name", "client_ip", "client_port",
    "helo", "protocol", "from", "to", "orig_to", "relay_name", "relay_ip", "relay_port", "status",
    "dsn", "delay", "reason", "action", "stage", "size", "recipients", "message_id", "user",
    "sasl_method", "subject", "file", "spf", "score", "tls_version", "cipher",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    **{name: TEXT_ECS[name] for name in (
        "host.name", "host.hostname", "process.name", "process.pid", "message", "event.reason",
        "file.name", "user.name",
    )},
    "event.action": ("action", "status"),
    "event.code": ("dsn",),
    "source.ip": ("client_ip",),
    "source.port": ("client_port",),
    "destination.ip": ("relay_ip",),
    "destination.port": ("relay_port",),
    "email.from.address": ("from",),
    "email.to.address": ("to",),
    "email.subject": ("subject",),
    "email.message_id": ("message_id",),
    "file.size": ("size",),
    "tls.version": ("tls_version",),
    "tls.cipher": ("cipher",),
}  # fmt: skip
_STOPPED = ("reject", "discard", "milter-reject", "milter-discard", "greylist")


def _sniff(line: Line) -> bool:
    program = line.header.program
    if program:
        name = program.partition("/")[0]
        return name.startswith("postfix") or name in _PROGRAMS
    return _BEGINNING.match(line.header.body) is not None


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    if body[:1] == "{" or (not line.header.program and not _BEGINNING.match(body)):
        raise NotThisFormat("No line of Postfix or its companions.")
    fields = fields_of_header(line) | {"message": body}
    parts_in(_PARTS, body, fields)
    if fields.get("queue_id") == "NOQUEUE":
        del fields["queue_id"]
    return fields


def _disposition(fields: Mapping[str, str]) -> Disposition:
    if fields.get("action") in _STOPPED or "SASL" in fields.get("reason", "")[:4]:
        return Disposition.STOPPED
    return Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    reason = fields.get("reason", "")
    if reason.startswith("SASL ") and "failed" in reason:
        return Verdict(ThreatKind.LOGIN_FAILED, fields.get("sasl_method", ""))
    if fields.get("action") in _STOPPED and re.search(r"(?i)virus|malware|infected", reason):
        return Verdict(ThreatKind.MAIL_MALWARE, reason[:200])
    return None


def _domain(address: str) -> str:
    return address.rpartition("@")[2] if "@" in address else ""


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    ecs["network.protocol"] = "smtp"
    client = first(fields, ("client_name",))
    client = "" if client == "unknown" else client
    # An empty sender is a bounce; what it calls itself says less than its address's name.
    helo = fields.get("helo", "")
    if helo and ("from" in fields or "spf" in fields or not client):
        client = helo
    source = client or fields.get("hostname", "") or _domain(fields.get("from", ""))
    if source:
        put(ecs, "source.domain", source)
    target = fields.get("relay_name", "") or _domain(fields.get("to", ""))
    if target:
        put(ecs, "destination.domain", target)
    if (status := fields.get("status")) in ("sent", "bounced", "deferred", "expired"):
        ecs["event.outcome"] = "success" if status == "sent" else "failure"


FORMAT = Format(
    name="postfix",
    title_ja="Postfix メールサーバー",
    title_en="Postfix",
    shape="postfix",
    sniff=_sniff,
    marks=_MARKS,
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={"src_ip": "client_ip", "dst_ip": "relay_ip", "username": "user"},
    device=("host",),
    user=("user",),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 4009,
    verdict=_verdict,
    vendor="Postfix",
    product="Postfix",
    seen_ja=("Postfix 2.x・3.xの各プロセス、postgrey、policyd-spf、spamdの行。",),
    lost_ja=("1通のメールは何行にもなります。queue_idで結び付き、1件にはまとめません。",),
)

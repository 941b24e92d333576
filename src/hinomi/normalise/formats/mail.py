"""Pieces of consoles' mails, as the mailbox puts them into the log: one alert, row or sign of life.

The envelope holds the labels as written; here they get their names, and the words of products that
we know become a verdict. A mail of an unknown product is read and judges nothing.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.mail import PieceKind
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict
from hinomi.normalise.mail.kinds import done_by_action, done_by_text, is_fault, kind_in
from hinomi.normalise.mail.labels import field_of
from hinomi.normalise.mail.registry import GENERIC, is_mail_format, mail_format_named
from hinomi.normalise.mail.shape import own_labels
from hinomi.normalise.mail.times import written_time
from hinomi.normalise.moment import from_text
from hinomi.normalise.scanners.tree import load_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line
    from hinomi.normalise.mail.kinds import Kinds
    from hinomi.normalise.mail.shape import MailFormat
    from hinomi.normalise.moment import Stated

_DECLARED = (
    "mail.id", "mail.part", "mail.mailbox", "mail.message_id", "mail.from", "mail.subject",
    "mail.date", "mail.format", "mail.kind", "tenant", "customer", "serial", "gateway", "device",
    "device_ip", "user", "time", "threat", "threat_type", "file", "hash", "url", "action",
    "severity", "source_ip", "destination_ip", "count", "message", "text",
)  # fmt: skip
_HEAD = {
    "mail": "mail.id", "part": "mail.part", "mailbox": "mail.mailbox",
    "message_id": "mail.message_id", "from": "mail.from", "from_name": "mail.from_name",
    "subject": "mail.subject", "date": "mail.date", "format": "mail.format", "kind": "mail.kind",
    "section": "mail.section", "text": "text",
}  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.reason": ("message", "mail.subject"),
    "event.action": ("action",),
    "event.id": ("mail.id",),
    "log.level": ("severity",),
    # The mail a gateway judged, not the console's own.
    "email.from.address": ("mail_sender",),
    "email.to.address": ("mail_recipient",),
    "email.subject": ("mail_subject",),
    "host.name": ("device",),
    "host.ip": ("device_ip",),
    "host.mac": ("mac",),
    "user.name": ("user",),
    "source.ip": ("source_ip",),
    "source.port": ("source_port",),
    "destination.ip": ("destination_ip",),
    "destination.port": ("destination_port",),
    "network.protocol": ("protocol",),
    "url.original": ("url",),
    "rule.name": ("policy", "threat"),
    "threat.indicator.name": ("threat",),
    "observer.name": ("gateway",),
    "observer.serial_number": ("serial",),
    "organization.name": ("tenant",),
    "organization.id": ("customer",),
    "file.path": ("file",),
}
_HASHES = {32: "file.hash.md5", 40: "file.hash.sha1", 64: "file.hash.sha256"}
_NEWS_WORDS = re.compile(
    r"検出|検知|発見|感染|失敗|期限|切れ|警告|アラート|異常|停止|無効|遮断|ブロック|detect|found|block|expir|fail|alert|warn"
    r"|stopp|disabl|infect|critical|threat",
    re.IGNORECASE,
)
_WORST = (
    ThreatKind.RANSOMWARE, ThreatKind.MALWARE, ThreatKind.CALLBACK, ThreatKind.MAIL_MALWARE,
    ThreatKind.DATA_LEAVING, ThreatKind.TAMPERING, ThreatKind.EXPLOIT, ThreatKind.PHISHING,
    ThreatKind.SUSPICIOUS, ThreatKind.INTRUSION, ThreatKind.BAD_SITE,
)  # fmt: skip
_SHARPER = (ThreatKind.RANSOMWARE, ThreatKind.UNWANTED)  # a threat's own name knows these better


def _sniff(line: Line) -> bool:
    return line.text.startswith('{"hinomi_mail":')


def _parse(line: Line) -> Fields:
    tree = load_object(line.text)
    labels, counts = tree.get("labels"), tree.get("counts")
    if "hinomi_mail" not in tree or not isinstance(labels, list) or not isinstance(counts, list):
        raise NotThisFormat("No piece of a mail.")
    fields = {name: str(tree.get(key, "") or "") for key, name in _HEAD.items()}
    own = own_labels(_form(fields))
    for label, value in _texts(labels):
        name = field_of(label, own) or f"label.{label}"
        if name in fields and name != "device" and fields[name] != value:
            name = f"label.{label}"
        fields.setdefault(name, value)
    _count(fields, _texts(counts))
    _sort_addresses(fields)
    return {name: value for name, value in fields.items() if value}


def _texts(pairs: list[object]) -> list[tuple[str, str]]:
    return [
        (str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, list) and len(pair) == 2
    ]


def _count(fields: Fields, counts: list[tuple[str, str]]) -> None:
    """`count.<heading>` each; the worst that is not zero is what the row is about."""
    for label, count in counts:
        fields[f"count.{label}"] = count
    own = _form(fields).kinds
    told = [(label, count) for label, count in counts if count != "0"]
    if not told:
        return
    worst, count = min(told, key=lambda each: _rank(each[0], own))
    if _rank(worst, own) == len(ThreatKind) and fields.get("threat_type"):
        fields.setdefault(
            "threat", f"{fields['threat_type']} {count}件"
        )  # 「検知数」 names nothing
        return
    fields.setdefault("threat_type", worst)
    fields.setdefault("threat", "、".join(f"{label} {count}件" for label, count in told))


def _rank(label: str, own: Kinds) -> int:
    """How bad what a column counts is, 0 for the worst."""
    kind = kind_in([label], own)
    if kind is None:
        return len(ThreatKind)
    return _WORST.index(kind) if kind in _WORST else len(_WORST)


def _sort_addresses(fields: Fields) -> None:
    """「接続先」 and "Source" hold an address, a name or a URL, as the console likes."""
    if target := fields.pop("target", ""):
        name = "destination_ip" if _is_ip(target.partition(":")[0]) else "url"
        fields.setdefault(name, target)
    for name, other in (("source_ip", "source_name"), ("destination_ip", "destination_name"),
                        ("device_ip", "device")):  # fmt: skip
        value = fields.get(name, "")
        host, _, port = value.partition(":")
        if value and port.isdigit() and _is_ip(host):
            fields[name] = host
            fields.setdefault(name.replace("_ip", "_port"), port)
        elif value and not _is_ip(value):
            fields.setdefault(other, fields.pop(name))


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip())
    except ValueError:
        return False
    return True


def _form(fields: Mapping[str, str]) -> MailFormat:
    name = fields.get("mail.format", "")
    return mail_format_named(name) if is_mail_format(name) else GENERIC


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    """The alert's own, else the moment the mail was written."""
    date = fields.get("date", "")
    for text in (fields.get("time", ""), f"{date} {fields.get('time', '')}", date):
        if stated := from_text(written_time(text), zone, receive):
            return stated
    return from_text(fields.get("mail.date", ""), zone, receive)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """What the mail says was done, "seen" when it does not say; unknown where nothing happened."""
    kind = fields.get("mail.kind")
    if kind == PieceKind.NOTE:
        return Disposition.SEEN if _verdict(fields) else Disposition.UNKNOWN
    if kind not in (PieceKind.ALERT, PieceKind.ROW):
        return Disposition.UNKNOWN
    if action := fields.get("action"):
        return done_by_action(action)
    if kind == PieceKind.ROW:
        return done_by_action(fields.get("threat_type", ""))
    told = (fields.get(name, "") for name in ("mail.subject", "message", "text"))
    return done_by_text("\n".join(told))


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    form = _form(fields)
    kind = fields.get("mail.kind")
    if not form.judges or kind == PieceKind.ALIVE:
        return None
    subject = fields.get("mail.subject", "")
    if kind == PieceKind.NOTE:
        return _of_note(form, fields, subject)
    threat, told = fields.get("threat", ""), fields.get("threat_type", "")
    if not threat and not told and is_fault(fields.get("status", "")):
        return Verdict(ThreatKind.FAULT, fields["status"])
    found = kind_in([threat], form.kinds)
    if found not in _SHARPER:
        order = [told, threat, fields.get("message", ""), subject]
        found = kind_in(order, form.kinds) or form.usual
    return Verdict(found or ThreatKind.SUSPICIOUS, threat or told or subject)


def _of_note(form: MailFormat, fields: Mapping[str, str], subject: str) -> Verdict | None:
    """Text without an alert's labels: only what its message or subject says aloud."""
    for text in (fields.get("message", ""), subject):
        found = kind_in([text], form.kinds) if _NEWS_WORDS.search(text) else None
        if found:
            return Verdict(found, text[:200])
    return None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    digest = fields.get("hash", "").strip().lower()
    if re.fullmatch(r"[0-9a-f]+", digest) and len(digest) in _HASHES:
        ecs[_HASHES[len(digest)]] = digest
    if file := fields.get("file"):
        ecs["file.name"] = re.split(r"[\\/]", file)[-1]
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))


FORMAT = Format(
    name="mail",
    title_ja="通知メール (UTM・EDR の管理画面から届くメール)",
    title_en="Mails of UTM consoles and EDR managers",
    shape="mail",
    sniff=_sniff,
    marks=('{"hinomi_mail":',),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={"src_ip": "source_ip", "dst_ip": "destination_ip"},
    device=("device", "gateway", "serial"),
    user=("user",),
    serial=("serial",),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    verdict=_verdict,
    ocsf_class=lambda fields: 2004,
    vendor="",
    product="",
    seen_ja=(
        "Trend Micro、ESET、WithSecure、Sophos、yarai、FortiGate、Defender、オフィス UTM。",
        "お客様ごとの表の UTM レポート。いずれも公開マニュアルの書き方から作成。",
        "本文 (テキスト・HTML の表) と添付 (CSV・テキスト・PDF の文字・zip) の、日本語と英語。",
    ),
    lost_ja=(
        "知らない製品のメールからは、判定を作りません。項目だけを読みます。",
        "画像と、文字のない PDF は読めません。",
    ),
)

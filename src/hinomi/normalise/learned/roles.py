"""What a field of a learned format can be: one table of roles, each with its Japanese word and its
ECS name. A role is also the name under which rules find the value, whatever the device calls it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """`key` is the stored name, `ecs` its name in the ECS view ("" for none)."""

    key: str
    ja: str
    ecs: str


_ROWS = (
    ("src_ip", "送信元のアドレス", "source.ip"),
    ("src_port", "送信元のポート", "source.port"),
    ("src_mac", "送信元のMACアドレス", "source.mac"),
    ("src_host", "送信元の名前", "source.domain"),
    ("dst_ip", "宛先のアドレス", "destination.ip"),
    ("dst_port", "宛先のポート", "destination.port"),
    ("dst_mac", "宛先のMACアドレス", "destination.mac"),
    ("dst_host", "宛先の名前", "destination.domain"),
    ("nat_ip", "変換後のアドレス", "source.nat.ip"),
    ("protocol", "通信の種類", "network.transport"),
    ("service", "サービス・アプリ", "network.protocol"),
    ("direction", "通信の向き", "network.direction"),
    ("bytes_out", "送った量", "source.bytes"),
    ("bytes_in", "受け取った量", "destination.bytes"),
    ("in_interface", "入口のインターフェース", "observer.ingress.interface.name"),
    ("out_interface", "出口のインターフェース", "observer.egress.interface.name"),
    ("host", "機器・パソコンの名前", "host.name"),
    ("host_ip", "機器・パソコンのアドレス", "host.ip"),
    ("user", "利用者", "user.name"),
    ("user_mail", "利用者のメールアドレス", "user.email"),
    ("action", "処理", "event.action"),
    ("outcome", "結果", "event.outcome"),
    ("threat", "見つけたものの名前", "threat.indicator.name"),
    ("rule", "ルール・ポリシー", "rule.name"),
    ("rule_id", "ルールの番号", "rule.id"),
    ("category", "分類", "rule.category"),
    ("event_id", "記録の番号・種類", "event.code"),
    ("severity", "重さ", "log.level"),
    ("reason", "内容・理由", "event.reason"),
    ("url", "URL", "url.original"),
    ("site", "サイトの名前", "url.domain"),
    ("query", "名前の問い合わせ", "dns.question.name"),
    ("method", "Webの操作", "http.request.method"),
    ("status", "Webの応答番号", "http.response.status_code"),
    ("user_agent", "ブラウザー", "user_agent.original"),
    ("file_name", "ファイル名", "file.name"),
    ("file_path", "ファイルの場所", "file.path"),
    ("file_hash", "ファイルのハッシュ", ""),
    ("process", "プログラム", "process.name"),
    ("process_path", "プログラムの場所", "process.executable"),
    ("command", "コマンド", "process.command_line"),
    ("mail_from", "メールの差出人", "email.from.address"),
    ("mail_to", "メールの宛先", "email.to.address"),
    ("mail_subject", "メールの件名", "email.subject"),
    ("serial", "機器のシリアル番号", "observer.serial_number"),
    ("product", "製品名", "observer.product"),
    ("version", "版", "observer.version"),
)
ROLES: dict[str, Role] = {row[0]: Role(*row) for row in _ROWS}
TIME_ROLE = "time"  # part of the stated time; its word on screen is 日時

_BY_ECS: dict[str, str] = {
    **{role.ecs: role.key for role in ROLES.values() if role.ecs},
    "client.ip": "src_ip",
    "client.port": "src_port",
    "server.ip": "dst_ip",
    "server.port": "dst_port",
    "source.address": "src_ip",
    "destination.address": "dst_ip",
    "source.user.name": "user",
    "network.application": "service",
    "rule.ruleset": "category",
    "event.category": "category",
    "event.severity": "severity",
    "observer.hostname": "host",
    "observer.name": "host",
    "host.hostname": "host",
    "url.full": "url",
    "message": "reason",
    "file.hash.md5": "file_hash",
    "file.hash.sha1": "file_hash",
    "file.hash.sha256": "file_hash",
}


def role_of_ecs(name: str) -> str:
    """The role that means what this ECS name means; "" when none does."""
    return _BY_ECS.get(name, "")


def is_role(key: str) -> bool:
    """True for what a field may be, the time included."""
    return key in ROLES or key == TIME_ROLE

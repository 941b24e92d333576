"""Japanese words for what a format says, for screens of the provider's staff."""

from __future__ import annotations

from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.learned import ROLES, TIME_ROLE

DEEDS: dict[str, str] = {
    Disposition.UNKNOWN: "分からない",
    Disposition.STOPPED: "止めた",
    Disposition.SEEN: "見つけただけ",
    Disposition.LET_THROUGH: "通した",
}
THREATS: dict[str, str] = {
    ThreatKind.MALWARE: "ウイルス",
    ThreatKind.RANSOMWARE: "ランサムウェア",
    ThreatKind.UNWANTED: "好ましくないソフト",
    ThreatKind.EXPLOIT: "弱いところを突く攻撃",
    ThreatKind.INTRUSION: "侵入の試み",
    ThreatKind.SCAN: "入口を探す動き",
    ThreatKind.FLOOD: "大量の通信",
    ThreatKind.CALLBACK: "攻撃者との通信",
    ThreatKind.BAD_SITE: "危険なサイト",
    ThreatKind.PHISHING: "フィッシング",
    ThreatKind.MAIL_MALWARE: "ウイルス付きのメール",
    ThreatKind.LOGIN_FAILED: "ログインの失敗",
    ThreatKind.BRUTE_FORCE: "パスワードの総当たり",
    ThreatKind.UNUSUAL_LOGIN: "ふだんとちがうログイン",
    ThreatKind.NEW_ADMIN: "管理者の追加",
    ThreatKind.SETTING_CHANGED: "設定の変更",
    ThreatKind.DATA_LEAVING: "情報の持ち出し",
    ThreatKind.SUSPICIOUS: "不審なふるまい",
    ThreatKind.TAMPERING: "見守りの妨害",
    ThreatKind.POLICY: "社内のきまりの違反",
    ThreatKind.FAULT: "機器そのものの不調",
}
NOTATIONS: dict[str, str] = {
    "pairs": "名前と値の組",
    "columns": "区切られた列",
    "json": "JSON",
    "xml": "XML",
    "cef": "CEF",
    "leef": "LEEF",
    "mail": "メール",
    "sentence": "文",
}
ROLE_CHOICES: list[tuple[str, str]] = [
    ("", "使わない（元の名前で残す）"),
    (TIME_ROLE, "日時"),
    *((role.key, role.ja) for role in ROLES.values()),
]
ROLE_WORDS: dict[str, str] = dict(ROLE_CHOICES[1:])
ZONES: list[tuple[str, str]] = [
    ("source", "機器の設定にしたがう（ふつうは日本時間）"),
    ("Asia/Tokyo", "日本時間"),
    ("UTC", "世界標準時（UTC）"),
]
# Role → how its parts are marked in a line: colour and pattern by kind of thing.
_PARTS: dict[str, str] = {
    "time": "time",
    **dict.fromkeys(
        ("src_ip", "src_port", "src_mac", "src_host", "dst_ip", "dst_port", "dst_mac", "dst_host",
         "nat_ip", "host_ip"), "place"),
    **dict.fromkeys(("host", "user", "user_mail", "serial", "mail_from", "mail_to"), "who"),
    **dict.fromkeys(("action", "outcome", "severity", "category", "event_id", "rule"), "deed"),
    **dict.fromkeys(("threat", "file_name", "file_path", "file_hash", "url", "site"), "thing"),
}  # fmt: skip


def part_of(role: str) -> str:
    """The mark of a role's parts; "other" for what has no role."""
    return _PARTS.get(role, "other")

"""WithSecure Elements' alert mails (F-Secure before), English and Japanese."""

from __future__ import annotations

from hinomi.core.words import ThreatKind
from hinomi.normalise.mail.kinds import kinds
from hinomi.normalise.mail.shape import MailFormat, words

FORMAT = MailFormat(
    name="withsecure",
    title_ja="WithSecure Elements の通知メール",
    title_en="WithSecure Elements alert mail",
    vendor="WithSecure",
    product="Elements",
    marks=words(r"with ?secure|f-?secure|ウィズセキュア|エフセキュア"),
    body_marks=words(r"withsecure|f-secure|elements (security center|epp|edr)"),
    labels={
        "threat": "infectionname 感染名 感染の名前",
        "threat_type": "alerttype securityeventtype セキュリティイベント detectiontype bcdtype",
        "file": "infectedobject 感染オブジェクト objectpath",
        "action": "アクション performedaction",
        "user": "useraccount ユーザアカウント",
        "severity": "リスクスコア riskscore",
        "device": "deviceaffected 影響を受けたデバイス ワークステーション",
    },
    kinds=kinds({
        ThreatKind.RANSOMWARE: r"ransomware|ランサム|rollback|ロールバック",
        ThreatKind.UNWANTED: r"riskware|pua|potentially unwanted|不要な可能性",
        ThreatKind.SUSPICIOUS: r"broad context|bcd|deep ?guard|ディープガード|edr|detection",
        ThreatKind.BAD_SITE: r"browsing protection|ブラウザ保護|webトラフィック|web ?traffic|harmful|reputation|網閲覧",
        ThreatKind.CALLBACK: r"botnet ?blocker|ボットネットブロッカー",
        ThreatKind.POLICY: r"device control|デバイス制御|application control|アプリケーション制御|content control",
        ThreatKind.TAMPERING: r"tamper|改ざん(防止|保護)",
        ThreatKind.MALWARE: r"virus|malware|file scanning|ウイルス|マルウェア|infection|感染|trojan|eicar|amsi",
    }),
    usual=ThreatKind.MALWARE,
    seen_ja=("セキュリティイベントと BCD の通知 (日本語・英語)。公開マニュアルの書き方から作成",),
)  # fmt: skip

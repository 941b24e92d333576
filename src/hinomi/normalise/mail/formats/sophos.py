"""Sophos Central's alert mails, English and Japanese."""

from __future__ import annotations

from hinomi.core.words import ThreatKind
from hinomi.normalise.mail.kinds import kinds
from hinomi.normalise.mail.shape import MailFormat, words

FORMAT = MailFormat(
    name="sophos",
    title_ja="Sophos Central の通知メール",
    title_en="Sophos Central alert mail",
    vendor="Sophos",
    product="Central",
    marks=words(r"sophos|ソフォス"),
    body_marks=words(r"sophos central|intercept x"),
    labels={
        "threat_type": "whathappened 発生した事象 起こったこと 事象",
        "device": "whereithappened where 場所 wheredidithappen 発生場所 影響を受けたデバイス",
        "user": "whowasaffected 関連ユーザー userassociatedwithdevice デバイスに関連付けられたユーザー",
        "action": "whatwasdone whatsophoshasdonesofar whatsophoshasdone sophosが実行した処理 sophosが行った処理 実行された対処",
        "file": "pathtothreat pathtofile 脅威のパス",
        "severity": "howsevere howsevereitis 深刻度",
        "tenant": "customer subestate",
    },
    kinds=kinds({
        ThreatKind.UNWANTED: r"\bpua\b|potentially unwanted|業務上不要",
        ThreatKind.RANSOMWARE: r"cryptoguard|ransomware|ファイルの暗号化",
        ThreatKind.EXPLOIT: r"exploit|エクスプロイト|safe browsing|asr",
        ThreatKind.CALLBACK: r"c2/|malicious traffic|悪質なトラフィック|c2[-_ ]",
        ThreatKind.MALWARE: r"malware|マルウェア|mal/|troj/|w32/|eicar|ml/pe",
        ThreatKind.SUSPICIOUS: r"hpmal|memory|suspicious|behavior|不審",
        ThreatKind.TAMPERING: r"tamper|real[- ]time protection disabled|リアルタイム(保護|検索)[^。]{0,4}無効|services? (not|stopped)",
        ThreatKind.FAULT: r"(failed to|unable to) protect|out of date|update|not compliant|最新の状態では",
        ThreatKind.POLICY: r"web control|peripheral|application control|policy",
    }),
    usual=ThreatKind.MALWARE,
    seen_ja=("アラート通知 (日本語・英語)。公開マニュアルの書き方から作成",),
)  # fmt: skip

"""Trend Micro's mails: Cloud Edge, Worry-Free Business Security, Apex One, Remote Manager."""

from __future__ import annotations

from hinomi.core.words import ThreatKind
from hinomi.normalise.mail.kinds import kinds
from hinomi.normalise.mail.shape import MailFormat, words

FORMAT = MailFormat(
    name="trend_micro",
    title_ja="Trend Micro (Cloud Edge・ウイルスバスター) の通知メール",
    title_en="Trend Micro alert mail (Cloud Edge, Worry-Free, Apex One)",
    vendor="Trend Micro",
    product="Cloud Edge",
    marks=words(
        r"trend ?micro|トレンドマイクロ|cloud ?edge|クラウドエッジ|ウイルスバスター|worry-?free|apex one|\bvbbss\b|\bvbbs\b"
        r"|remote manager"
    ),
    body_marks=words(
        r"trend ?micro|トレンドマイクロ|cloud edge|ウイルスバスター ?(ビジネス|コーポ)|worry-free|apex one"
    ),
    labels={
        "threat": "ウイルス/不正プログラム名 ウイルス/不正プログラム 不正プログラム名 不正プログラム spyware/graywarename"
                  " スパイウェア/グレーウェア スパイウェア/グレーウェア名 virus/malwarename violationname",
        "action": "検出時の処理 処理の結果 firstaction secondaction actionresult",
        "device": "セキュリティエージェント エージェント",
        "serial": "アプライアンスid アプライアンスシリアル番号 gatewayid",
        "tenant": "ビジネス名 登録会社名 accountcompany",
        "threat_type": "違反の種類 イベントの種類 対策 violation detectionmethod",
        "source_ip": "クライアントip",
    },
    kinds=kinds({
        ThreatKind.UNWANTED: r"スパイウェア|グレーウェア|spyware|grayware|adware|\bpua\b|pua_|adw_",
        ThreatKind.RANSOMWARE: r"ランサム|ransom|ransom_|ransom\.",
        ThreatKind.CALLBACK: r"c&c|ボットネット|botnet|コールバック|callback",
        ThreatKind.BAD_SITE: r"web ?レピュテーション|webレピュ|web reputation|不正url|不正な?サイト|wrs",
        ThreatKind.POLICY: r"urlフィルタ|url filter|アプリケーションコントロール|application control|デバイスコントロール|device control",
        ThreatKind.INTRUSION: r"\bips\b|侵入|脆弱性対策|ネットワークウイルス|network virus|不正なパケット",
        ThreatKind.SUSPICIOUS: r"機械学習|挙動監視|behavior monitoring|predictive machine|suspicious",
        ThreatKind.MALWARE: r"ウイルス|不正プログラム|virus|malware|troj|worm_|pe_|eicar",
        ThreatKind.FAULT: r"ライセンス|パターンファイル|アクティベーション|コンポーネント|アップデート|license|outdated|オフライン",
    }),
    usual=ThreatKind.MALWARE,
    seen_ja=("Cloud Edge とウイルスバスター ビジネスセキュリティサービスの通知 (日本語・英語)。公開マニュアルの書き方から作成",),
)  # fmt: skip

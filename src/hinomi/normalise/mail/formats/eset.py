"""ESET PROTECT's notification mails, English and Japanese."""

from __future__ import annotations

import re

from hinomi.core.words import ThreatKind
from hinomi.normalise.mail.kinds import kinds
from hinomi.normalise.mail.shape import MailFormat, words

FORMAT = MailFormat(
    name="eset",
    title_ja="ESET PROTECT の通知メール",
    title_en="ESET PROTECT notification mail",
    vendor="ESET",
    product="PROTECT",
    marks=words(r"\beset\b", r"era[ _-]?server"),
    body_marks=words(r"eset (protect|security|inspect|endpoint|server|management)"),
    labels={
        "threat_type": "threattype マルウェアタイプ 脅威のタイプ スキャナー detectiontype",
        "threat": "threatname マルウェア名 検出の名前 検出名",
        "action": "actiontaken 実行されたアクション actionperformed 実行アクション",
        "file": "objecturi オブジェクトuri uri",
        "hash": "objecthash",
        "message": "circumstances 状況 イベントの詳細",
        "severity": "重大度",
        "source_ip": "sourceaddress ソースアドレス",
        "destination_ip": "targetaddress ターゲットアドレス",
        "policy": "ルール名",
    },
    kinds=kinds({
        ThreatKind.UNWANTED: r"potentially (unwanted|unsafe)|望ましくない可能性|安全ではない可能性|\bpu[as]\b",
        ThreatKind.RANSOMWARE: r"filecoder|ransom|ランサム",
        ThreatKind.PHISHING: r"phish|フィッシング",
        ThreatKind.CALLBACK: r"botnet|ボットネット",
        ThreatKind.EXPLOIT: r"exploit|エクスプロイト|cve-",
        ThreatKind.INTRUSION: r"firewall|ファイアウォール|port scan|network (attack|protection)|ネットワーク(攻撃|アクセス保護)",
        ThreatKind.BAD_SITE: r"(blocked|ブロックされた) ?(web|url)|web (access|protection)|web アクセス保護|ブロックリスト",
        ThreatKind.MALWARE: r"trojan|virus|worm|backdoor|トロイ|ウイルス|ワーム|アプリケーション|application|win32/|win64/|js/|eicar",
        ThreatKind.FAULT: r"モジュール|module|(de)?activat|アクティベー|ライセンス|license|not connecting|接続していません|最終接続",
    }),
    usual=ThreatKind.MALWARE,
    sentences=(
        re.compile(
            r"コンピュータ[ー]?\s*(?P<device>[\w.\-]{1,64})\s*で\s*(?P<threat>[^\s　]{2,120}?)\s*が?(?:検出|検知)されました"
        ),
        re.compile(
            r"(?P<threat>\S{3,120}) (?:was )?(?:found|detected) on (?:the )?computer (?P<device>[\w.\-]{1,64})", re.I
        ),
    ),
    seen_ja=("検出の通知 (日本語・英語)。公開マニュアルの書き方から作成",),
)  # fmt: skip

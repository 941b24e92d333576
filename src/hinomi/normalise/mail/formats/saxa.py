"""Monthly, weekly and alert mails of Japanese office UTMs (Saxa SS, HOME-UNIT and their kin)."""

from __future__ import annotations

import re

from hinomi.core.words import ThreatKind
from hinomi.normalise.mail.kinds import kinds
from hinomi.normalise.mail.shape import MailFormat, words

FORMAT = MailFormat(
    name="saxa",
    title_ja="オフィス UTM (サクサ・HOME-UNIT など) のレポートメール",
    title_en="Office UTM report mail (Saxa, HOME-UNIT and kin)",
    vendor="Saxa",
    product="UTM",
    marks=words(r"saxa|サクサ|home[- ]?unit|ss[5-9]000|ゲートエイド|gate ?aid|\bgx[0-9]{3}"),
    body_marks=words(
        r"saxa|サクサ|home[- ]?unit|\bss[5-9]000", r"(統合脅威管理|utm)[^。\n]{0,20}(月次|週次|日次|レポート|報告)"
    ),
    labels={
        "threat_type": "セキュリティ機能 検知機能名 脅威区分",
        "action": "処理結果 処理区分",
        "tenant": "お客様名称 設置先名称 ご契約名義",
    },
    kinds=kinds({
        ThreatKind.MAIL_MALWARE: r"(メール|pop|smtp|imap)[^。\n]{0,8}(ウイルス|ウィルス)|ウイルスメール|ウィルスメール",
        ThreatKind.POLICY: r"迷惑メール|スパム|spam|url ?フィルタ|webフィルタ|アプリケーション|p2p",
        ThreatKind.CALLBACK: r"ボット|不正通信|c&c|出口対策|内部対策",
        ThreatKind.INTRUSION: r"不正侵入|ips|ids|侵入|不正アクセス",
        ThreatKind.BAD_SITE: r"危険サイト|不正サイト|web(ガード|脅威|アクセス)|有害サイト",
        ThreatKind.MALWARE: r"ウイルス|ウィルス|マルウェア|アンチウイルス|ゲートウェイウイルス",
    }),
    alive=words(r"(月次|週次|日次)?レポート.{0,20}(添付|お送り)|稼働状況"),
    sentences=(
        re.compile(
            r"(?P<threat_type>(?:メール)?ウ[イィ]ルス|不正侵入|不正アクセス|危険サイト|有害サイト|ボット通信|不正通信)"
            r"(?:の|を)?(?P<action>検知|検出|遮断|ブロック|駆除)(?:件数|数|回数)?\s*[:：]?\s*(?P<count>[1-9][0-9,]*)\s*件"
        ),
    ),
    seen_ja=("月次・週次・日次のレポートと検知通知。実物の見本は公開されておらず、項目名は推定",),
)  # fmt: skip

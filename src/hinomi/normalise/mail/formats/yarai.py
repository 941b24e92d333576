"""FFRI yarai's manager: a mail with a CSV of detections, or the detection in the body."""

from __future__ import annotations

from hinomi.core.words import ThreatKind
from hinomi.normalise.mail.kinds import kinds
from hinomi.normalise.mail.shape import MailFormat, words

FORMAT = MailFormat(
    name="yarai",
    title_ja="FFRI yarai 管理サーバーの検出メール・CSV",
    title_en="FFRI yarai manager mail and CSV",
    vendor="FFRI",
    product="yarai",
    marks=words(r"\byarai\b|\bffri\b|アクティブディフェンス|\bedr manager\b"),
    body_marks=words(
        r"ffri|\byarai\b|(static|sandbox|hips|機械学習|zdp) ?(分析|解析)? ?エンジン", r"検知エンジン|検出エンジン"
    ),
    labels={
        "threat_type": "検出エンジン 検知エンジン エンジン エンジン名 検知種別 engine",
        "threat": "検知名 検出ルール 検知ルール 検出種別名 脅威名称",
        "file": "検出対象 検知対象 対象プロセス 検体 検体パス 検出ファイルパス 検知ファイルパス プログラムパス",
        "hash": "検体ハッシュ sha256ハッシュ",
        "device": "端末識別名 クライアント端末",
        "action": "対処状況 処理状態 隔離状況 対処ステータス",
    },
    kinds=kinds({
        ThreatKind.EXPLOIT: r"zdp|脆弱性攻撃|exploit",
        ThreatKind.RANSOMWARE: r"ランサム|ransom",
        ThreatKind.SUSPICIOUS: r"hips|機械学習|ふるまい|sandbox|サンドボックス",
        ThreatKind.MALWARE: r"static|スタティック|マルウェア|defender|ウイルス|av ?エンジン",
    }),
    usual=ThreatKind.MALWARE,
    seen_ja=("検出アラートのメールと検出一覧 CSV。実物の見本は公開されておらず、項目名は推定",),
)  # fmt: skip

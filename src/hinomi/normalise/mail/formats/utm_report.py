"""A provider's or maker's daily UTM report: one table with a row for each company."""

from __future__ import annotations

from hinomi.core.words import ThreatKind
from hinomi.normalise.mail.kinds import kinds
from hinomi.normalise.mail.shape import MailFormat, words

FORMAT = MailFormat(
    name="utm_report",
    title_ja="UTM の日次・月次レポート (お客様ごとの表)",
    title_en="Daily or monthly UTM report, a table over companies",
    product="UTM",
    marks=words(
        r"utm[^\n]{0,24}(レポート|報告|report|通知|アラート|お知らせ|警告|検知|検出|期限)", r"(日次|週次|月次|daily|weekly|monthly)[^\n]{0,16}"
        r"(セキュリティ|security|検知|検出|脅威|utm|threat)[^\n]{0,16}(レポート|報告|report|summary|一覧|サマリ)",
    ),
    body_marks=words(r"utm[^\n]{0,12}(日次|週次|月次)[^\n]{0,6}(レポート|報告)"),
    kinds=kinds({
        ThreatKind.MAIL_MALWARE: r"ウイルスメール|メールウイルス",
        ThreatKind.POLICY: r"迷惑メール|スパム|spam|url ?フィルタ|web ?フィルタ|アプリ",
    }),
    alive=words(r"レポートを?(送付|お送り|お届け)"),
    seen_ja=("表・CSV・PDF の日次レポート。お客様名・件数・検知内容の列を読む",),
)  # fmt: skip

"""Japanese words for intelligence, for screens of the provider's staff."""

from __future__ import annotations

from hinomi.core.indicators import Kind, Trouble
from hinomi.detect.intel import Doubt

KINDS: dict[Kind, str] = {
    Kind.IP: "アドレス",
    Kind.CIDR: "アドレスの範囲",
    Kind.DOMAIN: "ドメイン",
    Kind.HOST: "ホスト名",
    Kind.URL: "URL",
    Kind.MD5: "ファイル（MD5）",
    Kind.SHA1: "ファイル（SHA-1）",
    Kind.SHA256: "ファイル（SHA-256）",
    Kind.MAIL: "メールアドレス",
}
DOUBTS: dict[Doubt, str] = {
    Doubt.PRIVATE: "社内で使うアドレスです。どの会社にもあります。",
    Doubt.TOO_WIDE: "範囲が広すぎます。関係のない相手も含みます。",
    Doubt.WELL_KNOWN: "多くの人が毎日使う相手です。",
    Doubt.CUSTOMER: "お客様が登録したアドレスです。",
    Doubt.SUFFIX: "だれでも名前を取れる、共通の末尾です。",
    Doubt.COMMON_FILE: "どのパソコンにもあるファイルです。",
    Doubt.TOO_MANY: "一度に入ってきた数が多すぎます。",
    Doubt.TOO_LARGE_A_CHANGE: "取り込み元の中身が、急に大きく変わりました。",
}
TROUBLES: dict[Trouble, str] = {
    Trouble.UNREACHABLE: "取り込み元につながりません。アドレスと通信を確かめてください。",
    Trouble.REFUSED: "取り込み元に断られました。利用者と鍵のファイルを確かめてください。",
    Trouble.MISSING: "このアドレスには何もありません。アドレスを確かめてください。",
    Trouble.ANSWER: "取り込み元の答えが、求めたものとちがいます。あとでもう一度ためしてください。",
    Trouble.TOO_LARGE: "大きすぎて読めません。分けたものか、小さいものを使ってください。",
    Trouble.UNREADABLE: "中身を読めません。読める形かどうか確かめてください。",
    Trouble.SETTINGS: "設定が合いません。アドレス、コレクション、鍵のファイルを確かめてください。",
}
SOURCES = {"file": "ファイル", "url": "Web", "taxii": "TAXII"}

"""Japanese words for mails: why one waits, what stands in it, how fetching goes."""

from __future__ import annotations

from hinomi.core.mail import ClaimKind, MailReason, MailState

CLAIMS: dict[ClaimKind, str] = {
    ClaimKind.MAIL: "このメールだけ",
    ClaimKind.TENANT: "テナント名",
    ClaimKind.CUSTOMER: "お客様番号",
    ClaimKind.SERIAL: "シリアル番号",
    ClaimKind.ADDRESS: "宛先アドレス",
    ClaimKind.HOST: "機器の名前",
}
STATES: dict[MailState, str] = {
    MailState.ARRIVED: "読むところ",
    MailState.HELD: "送信者の確認待ち",
    MailState.WAITING: "会社の確認待ち",
    MailState.DELIVERED: "分けました",
    MailState.PUT_AWAY: "対象外",
    MailState.UNREADABLE: "読めません",
}
REASONS: dict[MailReason, str] = {
    MailReason.UNKNOWN_SENDER: "まだ認めていない送信者です。",
    MailReason.NOT_SIGNED: "署名（DKIM）で、送信者を確かめられません。にせのメールかもしれません。",
    MailReason.OTHER_SIGNER: "認めたドメインとは、ちがうドメインの署名です。",
    MailReason.DOUBLE_HEAD: "差出人か件名が2つあります。どちらが本物か分かりません。",
    MailReason.SIGNATURE_LATER: "署名の確認に必要なサーバーが答えません。あとで確かめ直します。",
    MailReason.NO_CLAIM: "どの会社のことか、メールに書かれていません。",
    MailReason.UNKNOWN_CLAIM: "書かれている名前や番号が、まだどの会社にも結び付いていません。",
    MailReason.CONTESTED: "書かれている名前や番号が、2つ以上の会社に結び付いています。",
    MailReason.CONTRADICTORY: "書かれている名前や番号が、別々の会社を指しています。",
    MailReason.NO_SOURCE: "結び付いている機器が、止められたか、なくなりました。",
    MailReason.NO_CONSENT: "見守りの同意がない間のメールです。中身は消しました。",
    MailReason.AUTO_REPLY: "自動の返信です。",
    MailReason.BOUNCE: "届かなかったメールの知らせです。",
    MailReason.LOOP: "同じ所をまわっているメールです。",
    MailReason.OWN_MAIL: "こちらから送ったメールです。",
    MailReason.BY_PERSON: "対象外にしました。",
    MailReason.TOO_LARGE: "大きすぎます。",
    MailReason.BROKEN_MAIL: "メールの形がこわれています。",
    MailReason.TOO_MANY_PARTS: "部品が多すぎます。",
    MailReason.LOCKED: "添付ファイルにパスワードがかかっています。送り方を変えてもらってください。",
    MailReason.CRASHED_READER: "読み取りに失敗しました。こちらで調べます。",
    MailReason.EMPTY: "中身がありません。",
}

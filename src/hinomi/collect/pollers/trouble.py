"""What goes wrong at an API, told to the provider's staff: which, why, and what to do now."""

from __future__ import annotations

from enum import StrEnum

from hinomi.core.errors import HinomiError


class Trouble(StrEnum):
    """Kinds that are told apart because something else is to be done about each."""

    KEY_EXPIRED = "key_expired"
    KEY_REFUSED = "key_refused"
    NO_RIGHT = "no_right"
    NO_LICENCE = "no_licence"
    NO_CUSTOMER = "no_customer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    THEIR_FAULT = "their_fault"
    BROKEN_ANSWER = "broken_answer"
    REFUSED = "refused"
    NO_ROOM = "no_room"
    NO_KEY = "no_key"
    NO_DISK = "no_disk"
    OUR_FAULT = "our_fault"


SENTENCES: dict[Trouble, str] = {
    Trouble.KEY_EXPIRED: "鍵の期限が切れています。新しい鍵を作り、設定に入れてください。",
    Trouble.KEY_REFUSED: (
        "鍵が受け付けられませんでした。クライアントIDと鍵を確かめ、入れ直してください。"
    ),
    Trouble.NO_RIGHT: "読む権限が足りません。先方の管理画面で権限を付けてください。",
    Trouble.NO_LICENCE: "先方の契約に、この記録を読む機能がふくまれていません。",
    Trouble.NO_CUSTOMER: "先方にこのテナントがないか、まだ承認されていません。",
    Trouble.BUSY: "先方のサーバーが混んでいます。時間をおいて、続きから取りに行きます。",
    Trouble.UNREACHABLE: "先方のサーバーにつながりませんでした。時間をおいて、もう一度試します。",
    Trouble.THEIR_FAULT: "先方のサーバーで障害が起きています。時間をおいて、もう一度試します。",
    Trouble.BROKEN_ANSWER: (
        "先方のサーバーの答えが読めませんでした。時間をおいて、もう一度試します。"
    ),
    Trouble.REFUSED: "先方のサーバーが、問い合わせを断りました。設定を確かめてください。",
    Trouble.NO_ROOM: (
        "会社を待っている記録で、置き場所がいっぱいです。会社を選ぶと、続きを取り込みます。"
    ),
    Trouble.NO_KEY: "保存した鍵を開けませんでした。鍵を入れ直してください。",
    Trouble.NO_DISK: "こちらのディスクの空きが足りません。空きができると、続きを取り込みます。",
    Trouble.OUR_FAULT: "取り込みの途中で、こちらの誤りが起きました。こちらで調べます。",
}
# Trying these again soon does harm or is in vain: a person must act first.
NEEDS_PERSON = frozenset(
    {Trouble.KEY_EXPIRED, Trouble.KEY_REFUSED, Trouble.NO_KEY, Trouble.NO_RIGHT,
     Trouble.NO_LICENCE, Trouble.NO_CUSTOMER}
)  # fmt: skip


class PollFailed(HinomiError):
    """Nothing more comes from this stream now. `about` adds what the sentence is about (a right, a
    status); `wait_s`: not before then; `status` and `code`: what the server answered, for those who
    know the API."""

    def __init__(
        self,
        trouble: Trouble,
        *,
        about: str = "",
        wait_s: float = 0.0,
        status: int = 0,
        code: str = "",
    ) -> None:
        super().__init__(f"{SENTENCES[trouble]}{f'（{about}）' if about else ''}")
        self.trouble = trouble
        self.wait_s = wait_s
        self.status = status
        self.code = code

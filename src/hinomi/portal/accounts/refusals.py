"""Why a passkey was not taken, and the sentence for it: what happened, and what to do next."""

from __future__ import annotations

from enum import StrEnum

from hinomi.core.errors import HinomiError


class Reason(StrEnum):
    """For the trail and for branching; people read `SENTENCES`."""

    UNREADABLE = "unreadable"
    LATE = "late"  # no question of ours is open: too old, answered before, or another browser's
    ELSEWHERE = "elsewhere"  # another address, or a page inside another page
    UNKNOWN = "unknown"  # removed, somebody else's, or of a person who was stopped
    NOBODY_THERE = "nobody_there"  # neither finger nor face nor PIN
    SIGNATURE = "signature"
    COUNTER = "counter"  # the device has counted backwards: perhaps a copy
    KNOWN = "known"
    NAME = "name"
    FULL = "full"


SENTENCES = {
    Reason.UNREADABLE: "端末の返事を読めませんでした。もう一度、はじめからやってください。",
    Reason.LATE: "時間が過ぎたか、同じ返事が2度届きました。もう一度、はじめからやってください。",
    Reason.ELSEWHERE: "別の場所のためのパスキーです。いつもの入り口を開きなおしてください。",
    Reason.UNKNOWN: "このパスキーは登録されていません。メールの番号で入ってください。",
    Reason.NOBODY_THERE: "指紋や顔、暗証番号での確認がありませんでした。もう一度やってください。",
    Reason.SIGNATURE: "このパスキーを確かめられませんでした。メールの番号で入ってください。",
    Reason.COUNTER: (
        "このパスキーは、写しが使われているおそれがあります。"
        "メールの番号で入り、このパスキーを外してください。"
    ),
    Reason.KNOWN: "このパスキーは、もう登録されています。",
    Reason.NAME: "同じ名前のパスキーがあります。別の名前にしてください。",
    Reason.FULL: "パスキーは10個までです。使っていないものを外してから加えてください。",
}


class PasskeyRefused(HinomiError):
    """A passkey that was not taken; nothing was changed."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"The passkey was refused: {reason}.")
        self.reason = reason

    @property
    def sentence(self) -> str:
        """What the person reads."""
        return SENTENCES[self.reason]

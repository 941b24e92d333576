"""Japanese words for what kept a hunt from its end."""

from __future__ import annotations

from hinomi.store.hunt_rows import HuntTrouble

TROUBLES: dict[HuntTrouble, str] = {
    HuntTrouble.UNKNOWN_RULE: "使っているルールの中に、そのIDがありません。IDを確かめてください。",
    HuntTrouble.NO_RULE: "ルールを読めませんでした。ルールの書き方を確かめてください。",
    HuntTrouble.UNKNOWN_COMPANY: "お客様ではなくなった会社があります。会社を選び直してください。",
    HuntTrouble.CHANGED: "途中でルールか脅威情報が変わりました。新しい調査を始めてください。",
    HuntTrouble.DAMAGED: "調査の途中の記録がこわれています。新しい調査を始めてください。",
    HuntTrouble.OTHER: "内容を確かめて、もう一度始めてください。",
}

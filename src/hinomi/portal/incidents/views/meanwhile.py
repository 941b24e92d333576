"""Somebody was faster: who, when, what is different now, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.ui.moments import clock_ja

if TYPE_CHECKING:
    from hinomi.portal.incidents.casework import ChangedMeanwhile

_ADVICE = "内容を確かめてから、もう一度行ってください。"


def told(changed: ChangedMeanwhile) -> str:
    """「鈴木さんが10時21分に変更しました」."""
    if changed.last is None:
        return f"この案件は、先に変更されています。{_ADVICE}"
    who = f"{changed.last.actor}さん" if changed.last.actor else "自動の処理"
    return f"{who}が{clock_ja(changed.last.at)}に先に変更しました。{_ADVICE}"

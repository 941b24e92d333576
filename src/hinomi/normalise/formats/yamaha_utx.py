"""Yamaha UTX: a Check Point gateway in Yamaha's box. Its security log has Check Point's names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.normalise.formats import checkpoint

if TYPE_CHECKING:
    from hinomi.normalise.format import Line


def _sniff(line: Line) -> bool:
    """The box names itself in the header or among its fields."""
    return "UTX" in line.text[:4_096] and checkpoint.FORMAT.sniff(line)


FORMAT = replace(
    checkpoint.FORMAT,
    name="yamaha_utx",
    title_ja="ヤマハ UTX",
    title_en="Yamaha UTX",
    shape="yamaha_utx",
    sniff=_sniff,
    marks=("UTX",),
    vendor="Yamaha",
    product="UTX",
    seen_ja=("公開資料による（中身はCheck Pointの小型機）。Check Pointの各書き方を読みます。",),
    lost_ja=("実機の記録では確かめていません。違いがあればフォーマットの学習で直せます。",),
    is_from_manual=True,
)

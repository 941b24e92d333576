"""Japanese words for rule packs, for screens of the provider's staff."""

from __future__ import annotations

from hinomi.pipeline.packs.noise import Reason
from hinomi.pipeline.packs.overview import Standing

STANDINGS: dict[Standing, str] = {
    Standing.IN_USE: "使用中",
    Standing.TRIAL: "お試し中",
    Standing.BEFORE: "前に使った版",
    Standing.INSTALLED: "未使用",
}
REASONS: dict[str, str] = {
    Reason.COMPANY_HOUR: "{companies}社で、1時間に{measured}件も出ました。目安は{most}件までです。",
    Reason.DEVICE_DAY: (
        "{companies}社で、1台あたり1日に{measured}件も出ました。目安は{most}件までです。"
    ),
    Reason.MEDIAN: (
        "{companies}社で、1台あたり1日に{measured}件も出ました。"
        "ほかのルールよりずっと多い数です。目安は{most}件までです。"
    ),
}
COMMAND_JA = "コマンド"  # somebody at the tower's own machine

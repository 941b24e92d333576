"""Japanese words for what the program calls by codes, on the console's pages."""

from __future__ import annotations

from hinomi.portal.incidents.decisions import DecisionKind

LEVELS = {
    "informational": "参考",
    "low": "低",
    "medium": "中",
    "high": "高",
    "critical": "重大",
}
# 判断の控え: what was decided without a person.
DECISIONS: dict[str, str] = {
    DecisionKind.CLOSED_AFTER_QUIET_DAY: "1日なにもなく、閉じた",
    DecisionKind.CLOSED_WHEN_READ: "お客様が読み、閉じた",
    DecisionKind.EXPLAINED_BY_UPDATE: "更新による動きとして、閉じた",
    DecisionKind.FINDING_SILENCED: "例外か保留のため、案件にしなかった",
    DecisionKind.MASS_SILENCE_DROPPED: "記録の中断は一時のこととして、知らせなかった",
    DecisionKind.MASS_SILENCE_HELD: "多くの記録が同時に止まり、原因を調べてから知らせることにした",
    DecisionKind.MASS_SILENCE_SPOKE: "記録がまた届き、知らせなかった",
    DecisionKind.MASS_SILENCE_TOLD: "記録の中断を、知らせることにした",
    DecisionKind.NO_ACTION_NEEDED: "対応は不要とした",
    DecisionKind.NOTICE_SUPPRESSED: "同じお知らせが続くため、送らなかった",
    DecisionKind.SOURCE_SPEAKS_AGAIN: "記録がまた届き、閉じた",
    DecisionKind.SOURCE_WAS_OFF: "休みか電源を切った時間として、閉じた",
    DecisionKind.TOO_FEW_TO_MATTER: "数が少なく、案件にしなかった",
}

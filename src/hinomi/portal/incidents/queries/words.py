"""Japanese words for what the program calls by codes, on the console's pages."""

from __future__ import annotations

LEVELS = {
    "informational": "参考",
    "low": "低",
    "medium": "中",
    "high": "高",
    "critical": "重大",
}
# 判断の控え: what was decided without a person.
DECISIONS = {
    "closed_after_quiet_day": "1日なにもなく、閉じた",
    "closed_when_read": "お客様が読み、閉じた",
    "explained_by_update": "更新による動きとして、閉じた",
    "finding_silenced": "例外か保留のため、案件にしなかった",
    "mass_silence_dropped": "記録の中断は一時のこととして、知らせなかった",
    "mass_silence_spoke": "記録がまた届き、知らせなかった",
    "mass_silence_told": "記録の中断を、知らせることにした",
    "no_action_needed": "対応は不要とした",
    "notice_suppressed": "同じお知らせが続くため、送らなかった",
    "source_speaks_again": "記録がまた届き、閉じた",
    "source_was_off": "休みか電源を切った時間として、閉じた",
    "too_few_to_matter": "数が少なく、案件にしなかった",
}

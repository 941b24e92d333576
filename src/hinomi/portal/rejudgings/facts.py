"""A 判断の控え in words: what was decided, on which facts, by which versions, in whose words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hinomi.core.words import ActionLevel, Certainty
from hinomi.portal.incidents.queries.findings import DISPOSITIONS_JA
from hinomi.portal.incidents.queries.words import DECISIONS
from hinomi.portal.ui.moments import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.portal.incidents.models import DecisionRecord

# What the record says → its name on the page. Bare numbers of rows say nothing to a person.
_NAMES = {
    "level": "緊急度",
    "certainty": "確かさ",
    "disposition": "機器の対処",
    "device": "機器",
    "findings": "記録の数",
    "last_event_at": "最後の出来事",
    "silent_since": "途切れた時刻",
    "choice": "お客様の答え",
    "reasons": "理由",
    "notices_not_sent": "送らなかったお知らせの数",
    "case": "案件の種類",
    "group": "まとまり",
    "rule": "決まり",
    "rules": "決まりと版",
    "rule_pack": "決まりの版",
    "silenced_by": "止めたもの",
    "directory_generation": "会社の設定の版",
    "text_version": "文面の版",
}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "level": {each.value: each.ja for each in ActionLevel},
    "certainty": {each.value: each.ja for each in Certainty},
    "disposition": DISPOSITIONS_JA,
    "silenced_by": {"held": "保留中の決まり"},
}
_TIMES = ("last_event_at", "silent_since")


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One record as the page shows it. `shown` is what the customer's page said, "" for none."""

    row: DecisionRecord
    told: str
    facts: tuple[tuple[str, str], ...]
    shown: str


def decision_view(row: DecisionRecord) -> DecisionView:
    """The record in words."""
    facts = tuple(
        (name, value)
        for key, name in _NAMES.items()
        if key in row.body and (value := _value(key, row.body[key]))
    )
    told = DECISIONS.get(row.kind, row.kind)
    return DecisionView(row, told, facts, str(row.body.get("shown", "")).strip())


def _value(key: str, value: object) -> str:
    if isinstance(value, list):
        return "、".join(_value("", each) for each in value)
    if key in _TIMES:
        return stamp(datetime.fromisoformat(str(value)))
    text = str(value)
    return _WORDS.get(key, {}).get(text, text)

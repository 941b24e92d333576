"""Why a finding fired, in Japanese beside the rule's own words: what was counted, what was usual.

Detection writes its reasons in English, for every reader of a finding. What this module does not
recognise is shown as it stands, with no sentence of ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hinomi.core.findings import Why

# As detect/correlate writes it: `event_count gte 5 within 10m; it was 6`.
_ASKED = re.compile(
    r"(?P<kind>[a-z_]+)(?:\((?P<values>.+?)\))? (?P<bounds>.+) within (?P<span>\w+)"
    r"(?:; it was (?P<found>[\d.e+-]+))?\Z"
)
_BOUND = re.compile(r"(?P<name>gte|gt|lte|lt|eq|neq) (?P<limit>[\d.e+-]+)\Z")
_EVENTS = re.compile(r"(?P<count>[\d,]+) events? (?:at|from) ")
_BOUNDS_JA = {
    "gte": "{}以上",
    "gt": "{}より多い",
    "lte": "{}以下",
    "lt": "{}より少ない",
    "eq": "ちょうど{}",
    "neq": "{}でない",
}
_SPANS_JA = {"s": "秒", "m": "分", "h": "時間", "d": "日", "w": "週間", "M": "か月", "y": "年"}
_MEASURES_JA = {
    "event_count": "記録の数",
    "value_count": "「{values}」の異なる値の数",
    "value_sum": "「{values}」の合計",
    "value_avg": "「{values}」の平均",
    "value_median": "「{values}」のまん中の値",
    "value_percentile": "「{values}」の順位の値",
    "temporal": "そろった条件の数",
    "temporal_ordered": "この順にそろった条件の数",
}
_EVERYTHING = "(all)"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason as shown. `meaning` is ours, "" when there is nothing to add."""

    selection: str
    field: str
    value: str
    pattern: str
    meaning: str


def reason_of(why: Why, *, slots: Mapping[str, str]) -> Reason:
    """`slots` are the finding's: a baseline leaves there what is usual and what differs."""
    tell = _TELLERS.get(why.selection, _events if why.field == "events" else _nothing)
    return Reason(why.selection, why.field, why.value, why.pattern, tell(why, slots))


def _correlation(why: Why, _: Mapping[str, str]) -> str:
    wanted = _wanted(why.pattern)
    whose = "会社のどの記録でも" if why.field == _EVERYTHING else f"「{why.field}」が同じ記録で"
    return f"{whose}、{wanted}" if wanted else ""


def _wanted(pattern: str) -> str:
    """「10分のあいだに、記録の数が5以上。実際は6」; "" for what we do not recognise."""
    asked = _ASKED.match(pattern)
    measure = _MEASURES_JA.get(asked["kind"]) if asked else None
    if asked is None or measure is None:
        return ""
    found = f"。実際は{asked['found']}" if asked["found"] else ""
    counted = measure.format(values=asked["values"])
    return f"{_span(asked['span'])}のあいだに、{counted}が{_limits(asked['bounds'])}{found}"


def _limits(bounds: str) -> str:
    matches = [_BOUND.match(bound) for bound in bounds.split(" and ")]
    if not all(matches):
        return f"「{bounds}」"
    return "、".join(_BOUNDS_JA[each["name"]].format(each["limit"]) for each in matches if each)


def _span(written: str) -> str:
    unit = _SPANS_JA.get(written[-1])
    return f"{written[:-1]}{unit}" if unit and written[:-1].isdigit() else written


def _events(why: Why, _: Mapping[str, str]) -> str:
    """An inner correlation was met so often, by more records than that."""
    found = _EVENTS.match(why.value)
    if found is None:
        return ""
    inner = _wanted(why.pattern.partition(": ")[2])
    met = f"「{inner}」になったのは{found['count']}回" if inner else ""
    return met or f"この条件に合った記録は{found['count']}件"


def _baseline(_: Why, slots: Mapping[str, str]) -> str:
    usual, differs = slots.get("usual", ""), slots.get("differs", "")
    return f"ふだんは「{usual}」、今回は「{differs}」" if usual and differs else ""


def _indicator(_: Why, __: Mapping[str, str]) -> str:
    return "取り込んだ脅威情報にある値と一致"


def _nothing(_: Why, __: Mapping[str, str]) -> str:
    return ""


_TELLERS: Mapping[str, Callable[[Why, Mapping[str, str]], str]] = {
    "correlation": _correlation,
    "baseline": _baseline,
    "indicator": _indicator,
}

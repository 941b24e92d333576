"""The health of one source in sentences: volume, unreadable records, rules, clock, repeats."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from hinomi.business.health import Clock, Figures, figures, first_day
from hinomi.portal.access.time import now
from hinomi.portal.sources import arrivals
from hinomi.portal.sources.coverage import coverage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.portal.sources.models import Source

_ENOUGH_HOURS = 24
_CLOCKS: Mapping[Clock, str] = {
    Clock.RIGHT: "時計は合っています（2分以内）。",
    Clock.AHEAD: "時計が5分以上進んでいます。機器の時刻を合わせてください。",
    Clock.MINUTES: "時計が数分から1時間ほど遅れているか、記録が遅れて届いています。",
    Clock.HOURS: "時計が何時間も遅れているか、記録がまとめて届いています。",
    Clock.ZONE: "時計が9時間ほど遅れています。機器の時差の設定（日本時間）を確かめてください。",
    Clock.DAYS: "日付が違うか、古い記録がまとめて届いています。",
}


def health_of(source: Source) -> list[tuple[str, str]]:
    """Name and sentence of each figure; those that nothing is known of are left out."""
    today = now().astimezone(UTC).date()
    back = (today - first_day(today)).days
    days = arrivals.days(source.organisation_id, back=back)
    found = figures([day for day in days if day.source == source.id], today=today)
    told = (
        ("見守れた時間", _covered(source)),
        ("届く量", _volume(found)),
        ("読み取り", _parse(found)),
        ("検知ルール", _rules(found)),
        ("時計", _CLOCKS.get(found.clock, "")),
        ("くり返し", _repeats(found)),
    )
    return [(name, sentence) for name, sentence in told if sentence]


def _covered(source: Source) -> str:
    """Of the last thirty days. The day on which it began says too little."""
    until = now()
    found = coverage(
        source.organisation_id, since=until - timedelta(days=30), until=until, source=source.id
    )
    (sensor,) = found.sensors
    if sensor.share is None or sensor.due < _ENOUGH_HOURS:
        return ""
    ours = f"。こちらの都合で見守れなかったのは{sensor.ours}時間です" if sensor.ours else ""
    return f"この30日間の{sensor.due:,}時間のうち、{sensor.share * 100:.1f}%を見守れました{ours}。"


def _volume(found: Figures) -> str:
    if not found.records_today and found.usual_records is None:
        return ""
    usual = f"（いつもは1日に約{found.usual_records:,.0f}件）" if found.usual_records else ""
    return f"今日は{found.records_today:,}件届きました{usual}。"


def _parse(found: Figures) -> str:
    if found.parse_rate is None:
        return ""
    return f"最近2日間の記録のうち、{found.parse_rate * 100:.0f}%を読み取れました。"


def _rules(found: Figures) -> str:
    if not found.records_today and found.usual_records is None:
        return ""
    if found.have_rules_stopped:
        return (
            f"この3日間、検知ルールが一度も反応していません（その前は{found.findings_before:,}回）。"
            "記録の形が変わっていないか、確かめます。"
        )
    return f"この3日間に、検知ルールが{found.findings_lately:,}回反応しました。"


def _repeats(found: Figures) -> str:
    if found.repeat_rate is None:
        return ""
    if found.repeat_rate < 0.005:
        return "同じ記録のくり返しは、ほとんどありません。"
    return f"最近2日間の記録のうち、{found.repeat_rate * 100:.0f}%は同じ記録のくり返しです。"

"""Is a source watched? One word and one sentence each, from what has arrived. Pure.

The state itself is decided in business.watching; here it gets its words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.business.rhythm import Usual
from hinomi.business.watching import Heard, Rhythm, SourceClass, Watch, state
from hinomi.business.working_days import Calendar
from hinomi.pipeline.volume import WINDOW_S
from hinomi.portal.sources.classes import class_of
from hinomi.portal.ui.moments import age_ja, moment_ja

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from hinomi.portal.sources.models import Source
    from hinomi.store.health_rows import SourceHealth
    from hinomi.store.pipeline_rows import SourceStatus

__all__ = ["ICONS", "WORDS", "Surroundings", "View", "Watch", "judge"]

WORDS = {
    Watch.WAITING: "設置待ち",
    Watch.UNREADABLE: "読めない",
    Watch.WATCHING: "届いている",
    Watch.TOO_MUCH: "多すぎ",
    Watch.OFF: "電源オフ",
    Watch.QUIET: "しばらく記録がありません",
    Watch.LATE: "遅れ",
    Watch.SILENT: "途絶え",
    Watch.REVOKED: "止めました",
}
ICONS = {
    Watch.WAITING: "hourglass",
    Watch.UNREADABLE: "file-question-mark",
    Watch.WATCHING: "circle-check",
    Watch.TOO_MUCH: "waves",
    Watch.OFF: "power",
    Watch.QUIET: "moon",
    Watch.LATE: "clock-alert",
    Watch.SILENT: "octagon-x",
    Watch.REVOKED: "circle-slash",
}
ARRIVING = (Watch.WATCHING, Watch.TOO_MUCH, Watch.OFF)  # nothing is missing of these
NOT_STARTED_WORD = "試験待ち"
NO_CONSENT_WORD = "同意待ち"
_NO_CONSENT = "見守りの同意がまだないため、記録を受け取っていません。"
_MOSTLY_READABLE = 0.5
_FRESH_VOLUME = timedelta(minutes=20)  # an older window says nothing of now


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a source is judged by besides what it sent: its company's calendar, its health and what
    the bell learned of it."""

    calendar: Calendar = field(default_factory=Calendar)
    health: SourceHealth | None = None
    usual: Usual | None = None
    usual_every_s: int = 0
    parse_rate: float | None = None


NOTHING = Surroundings()


@dataclass(frozen=True, slots=True)
class View:
    """How a source is doing, ready to show. `is_started`: its first try (試験) came back."""

    watch: Watch
    sentence: str
    is_started: bool = True
    own_word: str = ""

    @property
    def word(self) -> str:
        """The state in one word. Watched is only what a try has proved."""
        if self.own_word:
            return self.own_word
        if self.watch is not Watch.WATCHING:
            return WORDS[self.watch]
        return "見守り中" if self.is_started else f"届いている（{NOT_STARTED_WORD}）"

    @property
    def icon(self) -> str:
        """Its own shape per state, so that colour is never alone."""
        return ICONS[self.watch]

    @property
    def is_arriving(self) -> bool:
        """True while nothing is missing of it."""
        return self.watch in ARRIVING

    @property
    def is_watched(self) -> bool:
        """True while nothing is missing and a try has proved that we understand it."""
        return self.is_started and self.is_arriving

    @property
    def is_trouble(self) -> bool:
        """True when somebody should look."""
        return self.watch in (Watch.SILENT, Watch.UNREADABLE, Watch.TOO_MUCH)


def judge(
    source: Source,
    status: SourceStatus | None,
    *,
    now: datetime,
    around: Surroundings = NOTHING,
) -> View:
    """The state of one source. Only a readable record that was not late proves it alive."""
    started = source.started_at is not None
    if source.revoked_at is not None:
        return View(Watch.REVOKED, f"{moment_ja(source.revoked_at)}に止めました。", started)
    if source.awaits_consent:
        return View(Watch.WAITING, _NO_CONSENT, is_started=False, own_word=NO_CONSENT_WORD)
    heard = heard_of(status, around, now=now)
    found = state(heard, rhythm_of(source, around), calendar=around.calendar, now=now)
    return View(found, _SENTENCES.get(found, _last)(_Told(status, heard, around, now)), started)


def heard_of(status: SourceStatus | None, around: Surroundings, *, now: datetime) -> Heard:
    """What is known of a source, as the rules of the trade take it."""
    if status is None:
        return Heard()
    health = around.health
    return Heard(
        records=status.records,
        readable=status.readable,
        last_alive=status.last_alive or status.last_receive,
        last_unreadable=status.last_set_aside_at,
        parse_rate=around.parse_rate,
        volume=_volume(health, now=now),
        off_at=health.off_at if health else None,
        off_reason=health.off_reason if health else "",
    )


def rhythm_of(source: Source, around: Surroundings) -> Rhythm:
    """How often the source should speak."""
    found = class_of(
        kind=source.kind, said=source.source_class, expect_every_s=source.expect_every_s
    )
    return rhythm(found, source.expect_every_s, around)


def rhythm(source_class: SourceClass, expect_every_s: int, around: Surroundings) -> Rhythm:
    """What was promised, else for a report by mail what it has always done."""
    learned_s = around.usual_every_s if source_class is SourceClass.MAIL else 0
    return Rhythm(source_class, expect_every_s or learned_s, around.usual)


def usual_of(open_hours: int | None, closed_hours: int | None) -> Usual | None:
    """What the bell learned, from its row."""
    return None if open_hours is None else Usual(open_hours, closed_hours or 0)


def _volume(health: SourceHealth | None, *, now: datetime) -> str:
    if health is None:
        return "normal"
    behind_s = now.timestamp() - health.volume.window * WINDOW_S
    return health.volume.level if behind_s < _FRESH_VOLUME.total_seconds() else "normal"


@dataclass(frozen=True, slots=True)
class _Told:
    """What a sentence may speak of."""

    status: SourceStatus | None
    heard: Heard
    around: Surroundings
    now: datetime


def _waiting(_: _Told) -> str:
    return "まだ記録が届いていません。"


def _last(told: _Told) -> str:
    last = told.heard.last_alive or told.now
    return f"最後の連絡は{moment_ja(last)}（{age_ja(last, now=told.now)}）です。"


def _unreadable(told: _Told) -> str:
    if not told.heard.readable:
        return f"{told.heard.records:,}件届きましたが、読み取れませんでした。"
    rate = told.heard.parse_rate
    if rate is None or rate >= _MOSTLY_READABLE:
        return "記録は届いていますが、読み取れなくなりました。"
    return f"最近届いた記録のうち、読み取れたのは{round(rate * 100)}%です。"


def _off(told: _Told) -> str:
    off_at = told.heard.off_at
    if off_at is not None:
        verb = (
            "休止しました（スリープ）" if told.heard.off_reason == "sleep" else "電源が切れました"
        )
        return f"{moment_ja(off_at)}に、{verb}。"
    why = told.around.calendar.closed_why(told.around.calendar.local(told.now).date())
    reason = f"今日はお休みです（{why}）。" if why else "いつも記録が届かない時間です。"
    return reason + _last(told)


def _late(told: _Told) -> str:
    if told.heard.off_at is not None:
        return f"{moment_ja(told.heard.off_at)}から、電源が入っていません。使っている機器ですか。"
    return _last(told)


def _silent(told: _Told) -> str:
    if told.heard.off_reason == "removed" and told.heard.off_at is not None:
        return f"{moment_ja(told.heard.off_at)}に、見守りソフトが外されました。"
    return _last(told)


def _too_much(told: _Told) -> str:
    health = told.around.health
    if health is None or health.volume.usual < 1:
        return "とても多くの記録が届いています。"
    times = max(2, round(health.volume.records / health.volume.usual))
    return f"いつもの約{times:,}倍の記録が届いています。"


_SENTENCES: Mapping[Watch, Callable[[_Told], str]] = {
    Watch.WAITING: _waiting,
    Watch.UNREADABLE: _unreadable,
    Watch.OFF: _off,
    Watch.LATE: _late,
    Watch.SILENT: _silent,
    Watch.TOO_MUCH: _too_much,
}

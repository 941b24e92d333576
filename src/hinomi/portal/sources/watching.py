"""Is a source watched? One word and one sentence each, from what has arrived. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from hinomi.portal.ui.moments import age_ja, moment_ja

if TYPE_CHECKING:
    from hinomi.portal.sources.models import Source
    from hinomi.store.pipeline_rows import SourceStatus

_GRACE = 3  # silent after this many expected gaps; late after one
_UNJUDGED_QUIET = timedelta(hours=24)  # no promise of when it sends: a day is worth a word


class Watch(StrEnum):
    """How a source is doing."""

    WAITING = "waiting"
    UNREADABLE = "unreadable"
    WATCHING = "watching"
    QUIET = "quiet"
    LATE = "late"
    SILENT = "silent"
    REVOKED = "revoked"


WORDS = {
    Watch.WAITING: "設置待ち",
    Watch.UNREADABLE: "読み取れません",
    Watch.WATCHING: "見守り中",
    Watch.QUIET: "しばらく記録がありません",
    Watch.LATE: "連絡が遅れています",
    Watch.SILENT: "見守れていません",
    Watch.REVOKED: "止めました",
}
ICONS = {
    Watch.WAITING: "hourglass",
    Watch.UNREADABLE: "file-question-mark",
    Watch.WATCHING: "circle-check",
    Watch.QUIET: "moon",
    Watch.LATE: "clock-alert",
    Watch.SILENT: "octagon-x",
    Watch.REVOKED: "circle-slash",
}


@dataclass(frozen=True, slots=True)
class View:
    """How a source is doing, ready to show."""

    watch: Watch
    sentence: str

    @property
    def word(self) -> str:
        """The state in one word."""
        return WORDS[self.watch]

    @property
    def icon(self) -> str:
        """Its own shape per state, so that colour is never alone."""
        return ICONS[self.watch]

    @property
    def is_watched(self) -> bool:
        """True while readable records arrive as they should."""
        return self.watch is Watch.WATCHING


def judge(source: Source, status: SourceStatus | None, *, now: datetime) -> View:
    """The state of one source. Only a readable record that was not late proves it alive."""
    if source.revoked_at is not None:
        return View(Watch.REVOKED, f"{moment_ja(source.revoked_at)}に止めました。")
    if status is None or not status.records:
        return View(Watch.WAITING, "まだ記録が届いていません。")
    if not status.readable:
        return View(Watch.UNREADABLE, f"{status.records:,}件届きましたが、読み取れませんでした。")
    last = status.last_alive or status.last_receive
    told = f"最後の連絡は{moment_ja(last)}（{age_ja(last, now=now)}）です。"
    return View(_by_age(now - last, expect_every_s=source.expect_every_s), told)


def _by_age(age: timedelta, *, expect_every_s: int) -> Watch:
    if not expect_every_s:
        return Watch.QUIET if age > _UNJUDGED_QUIET else Watch.WATCHING
    gaps = age.total_seconds() / expect_every_s
    if gaps > _GRACE:
        return Watch.SILENT
    return Watch.LATE if gaps > 1 else Watch.WATCHING

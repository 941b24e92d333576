"""What the agent does when the tower does not listen to it: it keeps nothing that nobody agreed to.

Without a live consent nothing more is recorded from the tower's word on, also after a restart; with
a token that nobody knows any more, recording goes on for a week. What waited by then stays on this
machine for that week, so that a mistake costs nothing, and is forgotten after it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hinomi.agent.sending import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.agent.sending import Answer

FILE = "refused.json"
PAUSE_FILE = "refused-pause.json"
KEPT_S = 7 * 86_400.0
_REFUSALS = frozenset({Outcome.NO_CONSENT, Outcome.UNKNOWN_TOKEN})
# A batch that cannot be read, or whose key is taken, is answered only to a sender that is known.
_LISTENS = frozenset({Outcome.TAKEN, Outcome.REFUSED, Outcome.KEY_IN_USE})
_NO_CONSENT = "見守りの同意がないので、記録していません。同意があれば、5分ほどで自動で始まります。"
_UNKNOWN = "送り先が、このトークンを知りません。新しいトークンで登録し直してください。"
_STOPPED = "一週間続いたので、記録を止めました。"
_WAITS = "送れずに残っている{count}件は、{day}に消します。"


@dataclass(frozen=True, slots=True)
class _Since:
    at_s: float
    outcome: Outcome


class Refusal:
    """Whether the tower refuses us, since when and why; kept in `folder`. Any threads may ask, one
    may `note`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._since = _read(self._path)
        self._pause_path = folder / PAUSE_FILE
        self._pause = _read_pause(self._pause_path)

    @property
    def is_on(self) -> bool:
        """The tower said last that it does not listen."""
        return self._since is not None

    def lets_record(self, *, now_s: float) -> bool:
        """Whether what happens on this machine may be written down."""
        since = self._since
        if since is None:
            return True
        return since.outcome is Outcome.UNKNOWN_TOKEN and not self.is_over(now_s=now_s)

    def is_over(self, *, now_s: float) -> bool:
        """What waited has waited long enough."""
        return self._since is not None and now_s - self._since.at_s >= KEPT_S

    def was_on(self, at_s: float) -> bool:
        """Whether nobody had agreed at that time: a new consent does not reach back."""
        begin, end = self._pause
        return begin <= at_s < end

    def note(self, answer: Answer, *, now_s: float) -> None:
        """What the tower said. A tower that cannot be reached says nothing about us."""
        if answer.outcome in _REFUSALS and not self._is_without_consent():
            at_s = self._since.at_s if self._since else now_s
            self._set(_Since(at_s, answer.outcome))
        elif answer.outcome in _LISTENS:
            if answer.paused is not None:
                self._keep_pause(now_s - answer.paused[0], now_s - answer.paused[1])
            self._set(None)

    def sentences(self, *, waiting: int, now_s: float) -> list[str]:
        """For the status."""
        since = self._since
        if since is None:
            return []
        said = [_NO_CONSENT if since.outcome is Outcome.NO_CONSENT else _UNKNOWN]
        if since.outcome is Outcome.UNKNOWN_TOKEN and self.is_over(now_s=now_s):
            said.append(_STOPPED)
        if waiting:
            said.append(_WAITS.format(count=waiting, day=_day(since.at_s + KEPT_S)))
        return said

    def _keep_pause(self, begin_s: float, end_s: float) -> None:
        self._pause = (begin_s, end_s)
        draft = self._pause_path.with_suffix(".draft")
        draft.write_text(json.dumps([begin_s, end_s]), "ascii")
        draft.replace(self._pause_path)

    def _is_without_consent(self) -> bool:
        """A token that is revoked after the consent was withdrawn gives nobody a consent."""
        return self._since is not None and self._since.outcome is Outcome.NO_CONSENT

    def _set(self, since: _Since | None) -> None:
        if since == self._since:
            return
        self._since = since
        if since is None:
            self._path.unlink(missing_ok=True)
            return
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps({"at_s": since.at_s, "why": since.outcome.value}), "ascii")
        draft.replace(self._path)


def _read(path: Path) -> _Since | None:
    try:
        found = json.loads(path.read_text("ascii"))
        return _Since(float(found["at_s"]), Outcome(found["why"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        # We were refused, and cannot read why: the tower is asked before anything is recorded.
        return _Since(path.stat().st_mtime, Outcome.NO_CONSENT)


def _read_pause(path: Path) -> tuple[float, float]:
    """None at all where it cannot be read: the tower tells it again with the next question."""
    try:
        begin, end = json.loads(path.read_text("ascii"))
        return float(begin), float(end)
    except (OSError, ValueError, TypeError):
        return 0.0, 0.0


def _day(at_s: float) -> str:
    day = datetime.fromtimestamp(at_s, UTC).astimezone()
    return f"{day.month}月{day.day}日"

"""The agent at work: collectors → gate → spool in one thread, spool → tower in another.

What happened in the last seconds is in memory, the rest on disk. A tower that cannot be reached
costs nothing but disk, and never more of it than was allowed. While the tower says that nobody
agreed, nothing is listened to at all.
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hinomi import __version__
from hinomi.agent import sysmon
from hinomi.agent.collector import KeepsPlace, line_of
from hinomi.agent.gate import Gate
from hinomi.agent.sending import Answer, Outcome, Sender, pauses, wait_after
from hinomi.agent.settings import STATE
from hinomi.core.ids import ulid
from hinomi.core.records import RawRecord
from hinomi.core.signals import Goodbye, goodbye_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from hinomi.agent.collector import Collector, Told
    from hinomi.agent.refusal import Refusal
    from hinomi.agent.settings import Settings
    from hinomi.store.spool import Batch, Spool
    from hinomi.store.uplink import Backoff

HEARTBEAT_S = 300.0
_AWAY_S = 2 * HEARTBEAT_S
INVENTORY_S = 86_400.0
_STATE_S = 10.0
_FLUSH_S = 2.0
_FLUSH_RECORDS = 1_000
_ROUND_S = 0.5
_GATHER_S = 0.25  # events come in bursts; one wake for many costs far less than one each
_BATCH_RECORDS, _BATCH_BYTES = 2_000, 2 << 20
_SEND_S = 3.0  # a request every few seconds; each costs two writes to the disk
_LAST_WORDS_S = 5.0
_MOST_WAITING = 20_000  # in memory, while the disk takes nothing


@dataclass(slots=True)
class Agent:
    """`ends` and `sleeps` are set from signal handlers. `look` is the inventory, `fingerprint`
    changes when it may have changed. `anew` opens the collectors again after a rest, from then on;
    while the tower does not listen (`refusal`) they are closed."""

    settings: Settings
    folder: Path
    spool: Spool
    collectors: Sequence[Collector]
    sender: Sender
    refusal: Refusal
    anew: Callable[[], Sequence[Collector]]
    look: Callable[[], list[sysmon.Sent]]
    fingerprint: Callable[[], str]
    gate: Gate = field(default_factory=Gate)
    wall: Callable[[], float] = time.time
    ends: threading.Event = field(default_factory=threading.Event)
    sleeps: threading.Event = field(default_factory=threading.Event)
    refused: int = 0
    last_answer: Answer = field(default_factory=lambda: Answer(Outcome.LATER, why="not yet sent"))
    last_taken_s: float = 0.0
    heard_s: float = float("-inf")  # when the tower last listened to us
    _waiting: list[bytes] = field(default_factory=list)
    _flushed: float = 0.0
    _beat: float = float("-inf")
    _looked: tuple[float, str] = (float("-inf"), "")
    _looking: threading.Thread | None = None
    _found: list[list[sysmon.Sent]] = field(default_factory=list)
    _wake: threading.Event = field(default_factory=threading.Event)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _state_at: float = float("-inf")
    _most: int = _BATCH_RECORDS
    _started: float = field(default_factory=time.time)
    _rests: bool = field(init=False)

    def __post_init__(self) -> None:
        self._rests = not self.refusal.lets_record(now_s=self.wall())

    def run(self, *, why_it_ends: Callable[[], Goodbye]) -> None:
        """Until `ends` is set; then the last words are kept, and sent if the tower answers."""
        upload = threading.Thread(target=self._upload, daemon=True, name="upload")
        upload.start()
        try:
            while not self.ends.is_set():
                self._wait()
                self.round()
        finally:
            self.say_goodbye(why_it_ends())
            for each in self.collectors:
                each.close()
            self.write_state()
            self._is_over.set()
            self._wake.set()
            upload.join(_LAST_WORDS_S)

    def close(self) -> None:
        """Release file and connection, after `run` or instead of it."""
        self.sender.close()
        self.spool.close()

    def round(self) -> None:
        """Take what happened; write it down when it is time."""
        now = self.wall()
        if not self.refusal.lets_record(now_s=now):
            self._rest(now)
            return
        if self._rests:
            self._go_on()
        fill = self._fill()
        for collector in self.collectors:
            self._take(collector.read(), fill=fill, now_s=now)
        if self.sleeps.is_set():
            self.sleeps.clear()
            self.say_goodbye(Goodbye.SLEEP)
        if not 0 <= now - self._beat < HEARTBEAT_S:
            self._beat = now
            self._take_stats([self.heartbeat()], now)
            self._maybe_look(now)
        while self._found:
            self._take_stats(self._found.pop(), now)
        self._maybe_write_state(now)
        is_time = not 0 <= now - self._flushed < _FLUSH_S
        if self._waiting and (is_time or len(self._waiting) >= _FLUSH_RECORDS):
            self.flush()

    def say_goodbye(self, reason: Goodbye) -> None:
        """The record that tells why silence follows, on disk at once. Where nobody agreed, nobody
        waits for us."""
        if self._rests:
            return
        record: sysmon.Sent = {**goodbye_record(reason), **self._own()}
        now = self.wall()
        if self.gate.lets("goodbye", fill=0.0, now_s=now):
            self._waiting.append(line_of(record))
        self.flush()

    def flush(self) -> None:
        """To disk. While the disk takes nothing, a bounded number waits in memory."""
        self._flushed = self.wall()
        at = datetime.fromtimestamp(self._flushed, UTC)
        at_ms = int(self._flushed * 1000)
        records = [
            RawRecord(ulid(time_ms=at_ms), "", "", "agent", "UTC", at, each)
            for each in self._waiting
        ]
        try:
            self.spool.append(records)
        except OSError:
            too_many = max(0, len(self._waiting) - _MOST_WAITING)
            del self._waiting[:too_many]
            self.gate.dropped["disk"] = self.gate.dropped.get("disk", 0) + too_many
            return
        self._waiting.clear()
        for collector in self.collectors:
            if isinstance(collector, KeepsPlace):
                collector.keep_place()
        self._wake.set()

    def heartbeat(self) -> sysmon.Sent:
        """How the agent itself is: what waits, what was lost, what does not work."""
        state = self.spool.state()
        oldest = state.oldest_at.timestamp() if state.oldest_at else 0.0
        lost = sum(collector.lost() for collector in self.collectors)
        return {
            "hinomi": "heartbeat",
            **self._own(),
            "version": __version__,
            "collectors": [collector.name for collector in self.collectors],
            "uptime_s": str(int(self.wall() - self._started)),
            "waiting": str(state.records),
            "waiting_bytes": str(state.size_bytes),
            "oldest_s": str(max(0, int(self.wall() - oldest)) if oldest else 0),
            "lost": str(lost + state.dropped),
            "dropped": dict(sorted(self.gate.dropped.items())),
            "refused": str(self.refused),
            "broken": self.broken(),
        }

    def broken(self) -> list[str]:
        """What does not work, in words for the customer's page."""
        return [sentence for collector in self.collectors for sentence in collector.broken()]

    def write_state(self) -> None:
        """For `hinomi agent status`: the same as the heartbeat, and what the tower last said."""
        told = self.heartbeat()
        waiting = self.spool.state().records
        refused = self.refusal.sentences(waiting=waiting, now_s=self.wall())
        told |= {
            "broken": [*refused, *self.broken()],
            "last_taken_s": self.last_taken_s,
            "last_answer": self.last_answer.outcome.value,
            "why": self.last_answer.why,
        }
        draft = self.folder / f"{STATE}.draft"
        draft.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        draft.replace(self.folder / STATE)

    def send_once(self, backoff: Backoff) -> float:
        """Send the oldest batch; seconds to wait before the next try, -1 when nothing waits."""
        if self.refusal.is_on or (self._was_away() and self.spool.state().records):
            return self._ask(backoff)
        batch = self.spool.batch(most_records=self._most, most_bytes=_BATCH_BYTES)
        if batch is None:
            return -1.0
        key = batch.key.replace("relay", "agent", 1)
        lines = [
            each.raw for each in batch.records if not self.refusal.was_on(each.heard_at.timestamp())
        ]
        if not lines:
            self._give_up(batch)
            return 0.0
        self.last_answer = self.sender.send(key, lines)
        if self.last_answer.outcome is Outcome.TAKEN:
            self.spool.sent(batch)
            self.last_taken_s, self._most = self.wall(), _BATCH_RECORDS
            self.heard_s = self.last_taken_s
            self.refused += len(batch.records) - len(lines)
        elif self.last_answer.outcome is Outcome.REFUSED:
            self._make_smaller(batch)
        elif self.last_answer.outcome is Outcome.KEY_IN_USE:
            self.spool.rename()
        self.refusal.note(self.last_answer, now_s=self.wall())
        return wait_after(self.last_answer, backoff)

    def _ask(self, backoff: Backoff) -> float:
        """Records are for a tower that listens: it is asked without any whether it does, and since
        when."""
        while self.refusal.is_over(now_s=self.wall()):
            batch = self.spool.batch(most_records=_BATCH_RECORDS, most_bytes=_BATCH_BYTES)
            if batch is None:
                break
            self._give_up(batch)
        self.last_answer = self.sender.ask()
        if self.last_answer.outcome is Outcome.TAKEN:
            self.heard_s = self.wall()
        self.refusal.note(self.last_answer, now_s=self.wall())
        return wait_after(self.last_answer, backoff)

    def _give_up(self, batch: Batch) -> None:
        self.refused += len(batch.records)
        self.spool.sent(batch)

    def _was_away(self) -> bool:
        """The company may have withdrawn and agreed again while the tower could not be reached."""
        return not 0 <= self.wall() - self.heard_s < _AWAY_S

    def _rest(self, now: float) -> None:
        """Nothing is listened to, and what was heard in the last seconds is not written down."""
        if not self._rests:
            self._state_at = float("-inf")  # whoever asks is told at once
        for each in self.collectors:
            each.close()
        self.collectors, self._rests = (), True
        self._waiting.clear()
        self._found.clear()
        self.sleeps.clear()
        self._maybe_write_state(now)

    def _go_on(self) -> None:
        """As after a start: the tower hears at once how this machine is."""
        self.collectors, self._rests = self.anew(), False
        self._beat = self._state_at = float("-inf")
        self._looked = (float("-inf"), "")

    def _maybe_write_state(self, now: float) -> None:
        if not 0 <= now - self._state_at < _STATE_S:
            self._state_at = now
            self.write_state()

    def _make_smaller(self, batch: Batch) -> None:
        """Until the one record stands alone that the tower will not take; only that one goes."""
        if len(batch.records) > 1:
            self._most = len(batch.records) // 2
            self.spool.thaw()
            return
        self._give_up(batch)

    def _upload(self) -> None:
        backoff = pauses()
        while True:
            is_last = self._is_over.is_set()
            try:
                wait_s = self.send_once(backoff)
            except OSError as error:  # the disk: what was not forgotten is sent again, same key
                self.last_answer = Answer(Outcome.LATER, why=f"the spool: {error}")
                wait_s = wait_after(self.last_answer, backoff)
            if is_last and wait_s:
                return
            if wait_s < 0:
                self._is_over.wait(_SEND_S)
                self._wake.wait(HEARTBEAT_S)
                self._wake.clear()
            elif wait_s:
                self._is_over.wait(wait_s)

    def _own(self) -> sysmon.Sent:
        return {"UtcTime": sysmon.utc(int(self.wall() * 1000)), "Computer": socket.gethostname()}

    def _fill(self) -> float:
        return self.spool.state().size_bytes / max(1, self.settings.spool_bytes)

    def _take(self, told: Iterable[Told], *, fill: float, now_s: float) -> None:
        name = json.dumps(socket.gethostname(), ensure_ascii=False).encode()
        for each in told:
            if self.gate.lets(each.kind, fill=fill, now_s=now_s):
                is_ours = each.body[:10] == b'{"hinomi":'
                tail = b',"Computer":' + name + b"}"
                self._waiting.append(each.body[:-1] + tail if is_ours else each.body)

    def _take_stats(self, records: Iterable[sysmon.Sent], now_s: float) -> None:
        fill = self._fill()
        for record in records:
            if self.gate.lets("stats", fill=fill, now_s=now_s):
                self._waiting.append(line_of(record))

    def _maybe_look(self, now: float) -> None:
        """Daily, and when something changed; beside the loop, because it may take seconds."""
        if self._looking is not None and self._looking.is_alive():
            return
        mark = self.fingerprint()
        if mark == self._looked[1] and now - self._looked[0] < INVENTORY_S:
            return
        self._looked = (now, mark)
        self._looking = threading.Thread(target=self._look, daemon=True, name="inventory")
        self._looking.start()

    def _look(self) -> None:
        self._found.append([{**each, **self._own()} for each in self.look()])

    def _wait(self) -> None:
        numbers = [n for n in (each.fileno() for each in self.collectors) if n is not None]
        if not numbers:
            self.ends.wait(_ROUND_S)
            return
        ready, _, _ = select.select(numbers, [], [], _ROUND_S)
        if ready:
            self.ends.wait(_GATHER_S)


def hello(*, now_s: float) -> tuple[str, list[bytes]]:
    """(key, lines) of the first request: whether the tower knows us."""
    sent: sysmon.Sent = {
        "hinomi": "heartbeat",
        "UtcTime": sysmon.utc(int(now_s * 1000)),
        "Computer": socket.gethostname(),
        "version": __version__,
        "enrolled": "true",
    }
    return f"agent-hello-{ulid(time_ms=int(now_s * 1000))}", [line_of(sent)]

"""Refusing in time: a full queue, a full disk, a source that sends too much. In one process."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from hinomi.collect.commit import Committer, QueueFull, Stopping
from hinomi.collect.counts import Counts
from hinomi.collect.framing import Frame
from hinomi.collect.http import Health, IngestApp
from hinomi.collect.identity import token_sha256
from hinomi.collect.intake import Intake
from hinomi.collect.limits import Limits
from hinomi.collect.rate import Rates
from hinomi.core.clock import FixedClock
from hinomi.core.directory import Directory, Organisation, Source
from hinomi.store.memory import MemoryLog

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from hinomi.core.records import RawRecord
    from hinomi.core.transport import KeyedAnswer

pytestmark = pytest.mark.sockets  # the event loop wakes itself through a socket pair

NOW = datetime(2026, 11, 21, tzinfo=UTC)
AOI = Source("aoi", "org_aoi", "auto", "PC", token_sha256=token_sha256("token"))
FUMI = Source("fumi", "org_fumi", "auto", "PC", token_sha256=token_sha256("fumi"))
DIRECTORY = Directory(
    generation=1,
    organisations=(Organisation("org_aoi", "葵"), Organisation("org_fumi", "文")),
    sources=(AOI, FUMI),
)
ROOMY = (10**12, 10**12)


class SlowLog(MemoryLog):
    """A log whose disk waits until `gate` is opened, and that counts its commits."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.commits: list[int] = []
        self.batches: list[set[bytes]] = []

    def append(self, records: Sequence[RawRecord], *, answers: Sequence[KeyedAnswer] = ()) -> None:
        self.gate.wait(10)
        super().append(records, answers=answers)
        self.commits.append(len(records))
        self.batches.append({record.raw for record in records})

    def first_commit_with(self, raw: bytes) -> int:
        """From 0."""
        return next(number for number, raws in enumerate(self.batches) if raw in raws)

    def kept(self) -> list[bytes]:
        chunks = self.read(offsets=dict.fromkeys(range(64), 0), limit=10**9)
        return [logged.record.raw for chunk in chunks for logged in chunk.records]


@dataclass(slots=True)
class Room:
    """Everything of collect but the sockets."""

    limits: Limits = field(default_factory=Limits)
    log: SlowLog = field(default_factory=SlowLog)
    disk: tuple[int, int] = ROOMY
    app: IngestApp = field(init=False)

    def run(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def main() -> None:
            committer = Committer(
                self.log, limits=self.limits, counts=Counts(), disk=lambda: self.disk
            )
            rates = Rates(rate=self.limits.source_rate, burst=self.limits.source_burst)
            intake = Intake(committer, rates, self.limits, Counts(), FixedClock(NOW))
            intake.know(DIRECTORY)
            self.app = IngestApp(intake, Health(list, list))
            try:
                await act()
            finally:
                self.log.gate.set()
                await committer.close()

        # In a thread of its own: a browser test before this one leaves its loop in ours.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: asyncio.run(main())).result()

    async def post(self, body: bytes, **headers: str) -> tuple[int, str, dict[str, str]]:
        """Status, the error's word and the headers."""
        sent: list[dict[str, Any]] = []
        pairs = {"authorization": "Bearer token", **headers}
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/ingest/v1/events",
            "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in pairs.items()],
            "client": ("127.0.0.1", 5),
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        answered = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        return sent[0]["status"], json.loads(sent[1]["body"]).get("error", ""), answered


def test_no_answer_comes_before_the_commit() -> None:
    room = Room()

    async def act() -> None:
        room.log.gate.clear()
        answer = asyncio.create_task(room.post(b"line"))
        await asyncio.sleep(0.2)
        assert not answer.done()
        room.log.gate.set()
        assert (await answer)[0] == 200

    room.run(act)
    assert room.log.kept() == [b"line"]


def test_many_senders_share_one_commit() -> None:
    room = Room()

    async def act() -> None:
        room.log.gate.clear()
        answers = [asyncio.create_task(room.post(b"%d" % number)) for number in range(50)]
        await asyncio.sleep(0.05)
        room.log.gate.set()
        assert [(await answer)[0] for answer in answers] == [200] * 50

    room.run(act)
    assert len(room.log.commits) <= 3
    assert len(room.log.kept()) == 50


def test_a_full_queue_says_come_back_and_keeps_nothing_of_it() -> None:
    room = Room(limits=Limits(queue_bytes=10_000))

    async def act() -> None:
        room.log.gate.clear()
        first = asyncio.create_task(room.post(b"x" * 6_000))
        await asyncio.sleep(0.05)  # the disk has it; it no longer counts as queued
        second = asyncio.create_task(room.post(b"y" * 6_000))
        await asyncio.sleep(0.05)
        status, word, headers = await room.post(b"z" * 6_000)
        assert (status, word) == (503, "queue_full")
        assert int(headers["retry-after"]) >= 1
        room.log.gate.set()
        assert [(await first)[0], (await second)[0]] == [200, 200]
        assert (await room.post(b"z"))[0] == 200

    room.run(act)
    assert [raw[:1] for raw in room.log.kept()] == [b"x", b"y", b"z"]


def test_a_flood_of_one_company_neither_shuts_out_another_nor_goes_first() -> None:
    room = Room(limits=Limits(queue_bytes=4_000_000, commit_records=2_000))

    async def act() -> None:
        room.log.gate.clear()
        batch = b"\n".join([b"flood"] * 500)
        flood = [asyncio.create_task(room.post(batch)) for _ in range(40)]
        await asyncio.sleep(0.1)
        quiet = asyncio.create_task(room.post(b"quiet", authorization="Bearer fumi"))
        await asyncio.sleep(0.05)
        room.log.gate.set()
        assert (await quiet)[0] == 200
        answers = [(await each)[:2] for each in flood]
        assert set(answers) == {(200, ""), (503, "queue_full")}

    room.run(act)
    assert room.log.kept().count(b"quiet") == 1
    # At the disk: what was on its way already, then both companies take turns.
    assert room.log.first_commit_with(b"quiet") <= 2


def test_a_disk_that_fails_is_503_and_the_repeat_is_kept() -> None:
    room = Room()

    async def act() -> None:
        room.log.is_full = True
        status, word, headers = await room.post(b"line", idempotency_key="k")
        assert (status, word) == (503, "log_unwritable")
        assert "retry-after" in headers
        assert "refused" in room.app.intake.committer.trouble
        room.log.is_full = False
        assert (await room.post(b"line", idempotency_key="k"))[0] == 200
        assert room.app.intake.committer.trouble == ""

    room.run(act)
    assert room.log.kept() == [b"line"]


@pytest.mark.parametrize(
    ("disk", "status"),
    [
        ((3_000_000_000, 10**12), 200),  # 0.3 % of a large disk, but more than 2 GB
        ((1_900_000_000, 10**12), 503),
        ((20_000_000, 100_000_000), 200),  # 20 % of a small one
        ((9_000_000, 100_000_000), 503),
    ],
)
def test_refusal_starts_before_the_disk_is_full(disk: tuple[int, int], status: int) -> None:
    room = Room(disk=disk)

    async def act() -> None:
        assert (await room.post(b"line"))[0] == status

    room.run(act)
    assert room.log.kept() == ([b"line"] if status == 200 else [])


def test_a_source_that_sends_too_much_is_told_when_to_come_back() -> None:
    room = Room(limits=Limits(source_rate=1.0, source_burst=10.0))

    async def act() -> None:
        assert (await room.post(b"x\n" * 10))[0] == 200
        status, word, headers = await room.post(b"x\n" * 5)
        assert (status, word) == (429, "too_many_records")
        assert 4 <= int(headers["retry-after"]) <= 5

    room.run(act)
    assert len(room.log.kept()) == 10


def test_two_equal_keys_in_one_commit_become_one() -> None:
    room = Room()

    async def act() -> None:
        room.log.gate.clear()
        await asyncio.sleep(0)
        blocker = asyncio.create_task(room.post(b"first"))
        await asyncio.sleep(0.05)
        twins = [asyncio.create_task(room.post(b"twin", idempotency_key="k")) for _ in range(3)]
        other = asyncio.create_task(room.post(b"other", idempotency_key="k"))
        await asyncio.sleep(0.05)
        room.log.gate.set()
        assert [(await each)[0] for each in (blocker, *twins, other)] == [200, 200, 200, 200, 422]

    room.run(act)
    assert room.log.kept() == [b"first", b"twin"]


def test_closing_commits_what_waits_and_refuses_what_comes_later() -> None:
    room = Room()

    async def act() -> None:
        intake = room.app.intake
        waiting = intake.take([Frame(b"waiting")], source=AOI, peer="")
        await intake.committer.close()
        assert await waiting == b""
        with pytest.raises(Stopping):
            intake.take([Frame(b"late")], source=AOI, peer="")

    room.run(act)
    assert room.log.kept() == [b"waiting"]


def test_a_submission_larger_than_the_queue_is_let_in_alone() -> None:
    room = Room(limits=Limits(queue_bytes=1_000))

    async def act() -> None:
        intake = room.app.intake
        room.log.gate.clear()
        blocked = intake.take([Frame(b"first")], source=AOI, peer="")
        await asyncio.sleep(0.05)
        large = intake.take([Frame(b"x" * 5_000)], source=AOI, peer="")
        with pytest.raises(QueueFull):
            intake.take([Frame(b"y")], source=AOI, peer="")
        room.log.gate.set()
        await blocked
        await large

    room.run(act)
    assert len(room.log.kept()) == 2

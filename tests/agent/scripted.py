"""An agent whose collector tells what it is given, and whose clock stands still."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.agent.collector import Told, told
from hinomi.agent.refusal import Refusal
from hinomi.agent.running import Agent
from hinomi.agent.sending import Sender
from hinomi.agent.settings import Settings
from hinomi.store.spool import Spool
from hinomi.store.uplink import Backoff
from tests.agent.tower import TOKEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass
class Scripted:
    """A collector that tells what it was given."""

    name: str = "scripted"
    waiting: list[Told] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    is_closed: bool = False

    def fileno(self) -> int | None:
        return None

    def read(self) -> Sequence[Told]:
        found, self.waiting = self.waiting, []
        return found

    def broken(self) -> Sequence[str]:
        return self.sentences

    def lost(self) -> int:
        return 3

    def close(self) -> None:
        self.is_closed = True


class Clock:
    def __init__(self) -> None:
        self.now = 1_795_165_200.0

    def __call__(self) -> float:
        return self.now


def made(folder: Path, url: str, *, token: str = TOKEN, spool_bytes: int = 8 << 20) -> Agent:
    settings = Settings(url, token, spool_bytes=spool_bytes)
    folder.mkdir(exist_ok=True)
    clock = Clock()
    return Agent(
        settings=settings,
        folder=folder,
        spool=Spool(folder, limit_bytes=spool_bytes),
        collectors=[Scripted()],
        sender=Sender(settings),
        refusal=Refusal(folder),
        anew=lambda: [Scripted()],
        look=lambda: [{"hinomi": "inventory", "os": "debian"}],
        fingerprint=lambda: "same",
        wall=clock,
        heard_s=clock.now,
    )


def happens(agent: Agent, *numbers: int) -> None:
    collector = agent.collectors[0]
    assert isinstance(collector, Scripted)
    collector.waiting += [told({"hinomi": "process", "n": number}) for number in numbers]
    agent.round()
    agent.flush()


def send_all(agent: Agent) -> None:
    backoff = Backoff(draw=lambda: 0.0)
    for _ in range(60):
        if agent.send_once(backoff) < 0:
            return
    raise AssertionError("still not sent")

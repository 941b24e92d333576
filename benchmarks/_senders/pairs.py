"""A pair is one real sender on one listener: how it is opened, what it promises, and how the text
it was given is read back from the record that was kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path


class Promise(StrEnum):
    """What may be lost or doubled when the tower dies, by what the protocol has."""

    ONCE = "each once"
    ACKED = "acked is kept"
    STREAM = "stream"
    DATAGRAM = "datagram"


@dataclass(frozen=True, slots=True)
class Way:
    """A company's way in: one source's token and own port. `authority`: the tower's certificate,
    None where it speaks plain HTTP. `folder` is the sender's own, and empty."""

    ingest: str
    token: str
    port: int
    folder: Path
    authority: Path | None = None
    host: str = "127.0.0.1"

    @property
    def base(self) -> str:
        """Scheme, host and port of the HTTP listener."""
        return "{0.scheme}://{0.netloc}".format(urlsplit(self.ingest))

    @property
    def ingest_port(self) -> int:
        """Of the HTTP listener."""
        return int(urlsplit(self.ingest).port or 0)

    @property
    def is_tls(self) -> bool:
        """Whether the HTTP listener speaks TLS."""
        return self.authority is not None


class Sender(Protocol):
    """Hands texts to the listener; each is one record."""

    def __call__(self, texts: Sequence[str]) -> Iterable[str]:
        """Returns the texts the listener acknowledged. An error: it knows of none of them."""


def _any_text(company: str, number: int) -> str:
    return f'{company} {number}: 日本語の行 "quoted" \\ tab\t end'


@dataclass(frozen=True, slots=True)
class Pair:
    """`open` gives the sender; `text_of` reads the text back, None for a record that carries none
    of ours. `sends_again`: our driver repeats what was not acknowledged, as an agent with a queue
    does; others repeat by themselves, or cannot. `missing` says why it cannot run here."""

    sender: str
    listener: str
    kind: str
    promise: Promise
    open: Callable[[Way], AbstractContextManager[Sender]]
    text_of: Callable[[bytes], str | None]
    sends_again: bool = False
    tells_acks: bool = False
    write: Callable[[str, int], str] = _any_text
    missing: Callable[[], str] = lambda: ""
    each: int = 20  # records a round, of each company

    @property
    def name(self) -> str:
        """As the table shows it."""
        return f"{self.sender} → {self.listener}"

    def texts(self, company: str, numbers: Iterable[int]) -> list[str]:
        """What a company sends."""
        return [self.write(company, number) for number in numbers]

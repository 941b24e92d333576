"""What the pollroom keeps, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - values of dataclasses that callers read

FILE = "pollroom.sqlite"


@dataclass(frozen=True, slots=True)
class Step:
    """Which stream of which customer ("" tenant: of all at once) an account asks for."""

    account: str
    tenant: str
    stream: str


@dataclass(frozen=True, slots=True)
class Way:
    """How fetching one stream goes. `trouble` is a word or "", `sentence`
    tells it to staff; `gap` says what the API no longer had. `fetched` counts records so far."""

    step: Step
    name: str
    cursor: str
    reached_at: datetime | None
    at: datetime | None
    well_at: datetime | None
    trouble: str
    sentence: str
    gap: str
    fetched: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record of a customer that no route names. `digest` names it within its account; `at`: when
    it was fetched, `written`: when it says it was written, if it does."""

    account: str
    digest: str
    customer: str
    name: str
    kind: str
    at: datetime
    raw: bytes
    written: datetime | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody an API names and we do not know: how many records wait, of which kinds."""

    account: str
    customer: str
    name: str
    kinds: tuple[str, ...]
    records: int
    first_at: datetime
    last_at: datetime
